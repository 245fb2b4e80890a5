#include "filter/score_scale.h"

#include <algorithm>
#include <cmath>

namespace kalon {

ScoreScale::ScoreScale(std::vector<double> scores) : scores_(std::move(scores)) {
  std::sort(scores_.begin(), scores_.end());
}

double ScoreScale::position(double score) const {
  auto [first, last] = std::equal_range(scores_.begin(), scores_.end(), score);
  return (static_cast<double>(first - scores_.begin()) + 0.5 * static_cast<double>(last - first)) /
         static_cast<double>(scores_.size());
}

double ScoreScale::quantile(double share) const {
  double place = share * static_cast<double>(scores_.size() - 1);
  auto below = static_cast<size_t>(std::floor(place));
  if (below + 1 >= scores_.size()) return scores_.back();
  return std::lerp(scores_[below], scores_[below + 1], place - std::floor(place));
}

}  // namespace kalon
