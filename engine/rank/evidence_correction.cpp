#include "rank/evidence_correction.h"

#include <algorithm>
#include <cmath>

#include "rank/pair_curve.h"

namespace kalon {
namespace {

constexpr int64_t most_entries = 20000;

// log E[exp r] of one entry; x and the variance are of the difference times the factor.
double missed(const PairCurve &curve, double x, double variance) {
  auto [slope, weight] = curve.slope(x);
  double here = curve.value(x), sum = normal_rule[0].weight, deviation = std::sqrt(variance);
  for (size_t k = 1; k < normal_rule.size(); ++k)
    for (double step : {normal_rule[k].at * deviation, -normal_rule[k].at * deviation})
      sum += normal_rule[k].weight * std::exp(curve.value(x + step) - here - slope * step + 0.5 * weight * step * step);
  return std::log(sum);
}

}  // namespace

double local_difference_variance(const Curvature &curvature, double prior_variance, int32_t item, int32_t other,
                                 int64_t slot) {
  double least = 1 / prior_variance, shared = static_cast<double>(curvature.weights[static_cast<size_t>(slot)]);
  double here = std::max(least, curvature.diagonal[static_cast<size_t>(item)] + least - shared);
  double there = std::max(least, curvature.diagonal[static_cast<size_t>(other)] + least - shared);
  return (here + there) / (shared * (here + there) + here * there);
}

double evidence_correction(
    const VoteGraph &graph, double tie_rate, std::span<const double> utilities,
    const std::function<double(int32_t item, int32_t other, int64_t slot)> &difference_variance) {
  const auto &pairs = graph.pairs;
  double sum = 0;
  int64_t step = std::max<int64_t>(1, pairs.used / 2 / most_entries), met = 0, looked_at = 0;
  for (int32_t item = 0; item < graph.items; ++item) {
    const auto &row = pairs.rows[static_cast<size_t>(item)];
    for (auto slot = row.begin; slot < row.begin + row.size; ++slot) {
      auto at = static_cast<size_t>(slot);
      auto other = pairs.other[at];
      if (other < item || met++ % step != 0) continue;
      ++looked_at;
      double factor = static_cast<double>(pairs.scale[at]);
      double difference = utilities[static_cast<size_t>(item)] - utilities[static_cast<size_t>(other)];
      PairCurve curve{static_cast<double>(pairs.net[at]), static_cast<double>(pairs.count[at]), tie_rate};
      sum += missed(curve, factor * difference, factor * factor * difference_variance(item, other, slot));
    }
  }
  return looked_at == 0 ? 0 : sum * static_cast<double>(met) / static_cast<double>(looked_at);
}

}  // namespace kalon
