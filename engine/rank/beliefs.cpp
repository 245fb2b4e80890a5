#include "rank/beliefs.h"

#include <cmath>

#include "rank/askable.h"

namespace kalon {
namespace {

constexpr double prior_variance = 4, information_of_a_vote = 1.0 / 6;

}  // namespace

const std::vector<int32_t> &Beliefs::refresh(const Survey &survey, double ignored) {
  survey_ = &survey;
  const auto size = static_cast<size_t>(survey.history.items);
  const auto means = survey.estimator.means(), variances = survey.estimator.variances();
  const double unit = survey.estimator.unit();
  per_unit_ = std::isfinite(unit) && unit > 0 ? 1 / unit : 1;
  has_variances_ = variances.size() == size;
  const bool has_means = means.size() == size;
  items_.resize(size);
  changed_.clear();
  for (size_t i = 0; i < size; ++i) {
    const auto item = static_cast<int32_t>(i);
    Item now;
    now.asked = survey.asked.of_item(item);
    now.candidate = is_candidate(survey, item);
    now.mean = has_means ? means[i] * per_unit_ : 0;
    if (!std::isfinite(now.mean)) now.mean = 0;
    now.variance = has_variances_ ? variances[i] * per_unit_ * per_unit_
                                  : 1 / (1 / prior_variance + information_of_a_vote * now.asked);
    if (!(now.variance >= 0) || !std::isfinite(now.variance)) now.variance = prior_variance;
    const auto &before = items_[i];
    if (now == before) continue;
    const double apart = now.mean - before.mean;
    if (ignored > 0 && now.asked == before.asked && now.candidate == before.candidate &&
        apart * apart <= ignored * ignored * before.variance &&
        std::abs(now.variance - before.variance) <= ignored * before.variance)
      continue;
    items_[i] = now;
    changed_.push_back(item);
  }
  return changed_;
}

double Beliefs::difference_variance(int32_t a, int32_t b) const {
  if (has_variances_) {
    double variance = survey_->estimator.difference_variance(a, b) * per_unit_ * per_unit_;
    if (variance >= 0 && std::isfinite(variance)) return variance;
  }
  return variance(a) + variance(b);
}

}  // namespace kalon
