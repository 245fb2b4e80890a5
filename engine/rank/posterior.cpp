#include "rank/posterior.h"

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace kalon {

Posterior posterior_of(const Estimator &estimator) {
  return {estimator.means(), estimator.variances(),
          [&estimator](int32_t a, int32_t b) { return estimator.difference_variance(a, b); },
          [&estimator](int64_t count, uint64_t seed) { return estimator.draws(count, seed); }, estimator.unit()};
}

double probability_better(const Posterior &posterior, int32_t a, int32_t b) {
  return probability_above(posterior.means[static_cast<size_t>(a)] - posterior.means[static_cast<size_t>(b)],
                           posterior.difference_variance(a, b));
}

double normal_quantile(double probability) {
  // Bisection on the complementary error function: exact to the last bits in the tails too, and asked for once a table.
  bool upper = probability > 0.5;
  double tail = upper ? 1 - probability : probability;
  double low = 0, high = 40;
  for (int i = 0; i < 80; ++i) {
    double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > tail ? low : high) = middle;
  }
  return upper ? low : -low;
}

CombinedPosterior::CombinedPosterior(std::span<const WeightedCriterion> criteria, std::span<const uint8_t> ranked) {
  double weights = 0;
  bool certain = true;
  for (const auto &criterion : criteria) {
    if (!(criterion.weight >= 0) || !std::isfinite(criterion.weight))
      throw Error(Status::invalid_argument, "the weight of a criterion must be a number of 0 or more");
    if (criterion.estimator->means().size() != criteria.front().estimator->means().size())
      throw Error(Status::invalid_argument, "criteria over different items cannot be combined");
    weights += criterion.weight;
    if (criterion.weight > 0 && criterion.estimator->variances().empty()) certain = false;
  }
  if (!(weights > 0)) throw Error(Status::invalid_argument, "combining needs a criterion with a weight above 0");
  size_t items = criteria.front().estimator->means().size();
  means_.assign(items, 0);
  if (certain) variances_.assign(items, 0);
  for (const auto &criterion : criteria) {
    if (criterion.weight <= 0) continue;
    auto means = criterion.estimator->means();
    auto variances = criterion.estimator->variances();
    double count = 0, sum = 0, squares = 0, variance = 0;
    for (size_t i = 0; i < items; ++i)
      if (ranked.empty() || ranked[i] != 0) {
        ++count;
        sum += means[i];
        if (!variances.empty()) variance += variances[i];
      }
    double centre = count > 0 ? sum / count : 0;
    for (size_t i = 0; i < items; ++i)
      if (ranked.empty() || ranked[i] != 0) squares += (means[i] - centre) * (means[i] - centre);
    double spread = count > 0 ? std::sqrt((squares + variance) / count) : 0;
    // Of a criterion that tells no item from another nothing is added.
    double factor = spread > 0 ? criterion.weight / (weights * spread) : 0;
    for (size_t i = 0; i < items; ++i) {
      means_[i] += factor * (means[i] - centre);
      if (certain) variances_[i] += factor * factor * variances[i];
    }
    parts_.push_back({criterion.estimator, factor, centre});
  }
}

Posterior CombinedPosterior::posterior() const {
  return {means_, variances_, [this](int32_t a, int32_t b) { return difference_variance(a, b); },
          [this](int64_t count, uint64_t seed) { return draws(count, seed); }, 1};
}

double CombinedPosterior::difference_variance(int32_t a, int32_t b) const {
  double variance = 0;
  for (const auto &part : parts_) variance += part.factor * part.factor * part.estimator->difference_variance(a, b);
  return variance;
}

std::vector<double> CombinedPosterior::draws(int64_t count, uint64_t seed) const {
  std::vector<double> sum(static_cast<size_t>(count) * means_.size());
  Random seeds(seed);
  for (const auto &part : parts_) {
    auto drawn = part.estimator->draws(count, seeds.next());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += part.factor * (drawn[i] - part.centre);
  }
  return sum;
}

}  // namespace kalon
