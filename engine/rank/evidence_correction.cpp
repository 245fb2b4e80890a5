#include "rank/evidence_correction.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kalon {
namespace {

constexpr int64_t most_entries = 20000;

// Gauss and Hermite's rule of seventeen points for the standard normal distribution, its upper half.
struct Node {
  double at, weight;
};
constexpr std::array<Node, 9> rule = {{{0, 0.29953837012660545},
                                       {0.75184260070389619, 0.22670630846897691},
                                       {1.5098833077967408, 0.097406371162721106},
                                       {2.2810194402529889, 0.023086657025710968},
                                       {3.0737971753281936, 0.0028589460622846191},
                                       {3.90006571719801, 0.00016849143155133839},
                                       {4.778531589629984, 4.0126794479798437e-06},
                                       {5.7444600786594062, 2.8080161179305654e-08},
                                       {6.889122439895333, 2.5843149193748912e-11}}};

// The log likelihood of an entry's votes at x, the difference times the factor.
double curve(double x, double net, double count, double tie_rate) {
  double h = std::exp(-0.5 * std::fabs(x));
  return 0.5 * net * x - count * (0.5 * std::fabs(x) + std::log(1 + h * h + tie_rate * h));
}

// log E[exp r] of one entry; x and the variance are of the difference times the factor.
double missed(double x, double variance, double net, double count, double tie_rate) {
  double h = std::exp(-0.5 * std::fabs(x)), t = h * h, whole = 1 / (1 + t + tie_rate * h);
  double slope = 0.5 * (net - count * std::copysign((1 - t) * whole, x));
  double weight = 0.25 * count * (4 * t + tie_rate * h * (1 + t)) * whole * whole;
  double here = curve(x, net, count, tie_rate), sum = rule[0].weight, deviation = std::sqrt(variance);
  for (size_t k = 1; k < rule.size(); ++k)
    for (double step : {rule[k].at * deviation, -rule[k].at * deviation})
      sum += rule[k].weight *
             std::exp(curve(x + step, net, count, tie_rate) - here - slope * step + 0.5 * weight * step * step);
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
      sum += missed(factor * difference, factor * factor * difference_variance(item, other, slot),
                    static_cast<double>(pairs.net[at]), static_cast<double>(pairs.count[at]), tie_rate);
    }
  }
  return looked_at == 0 ? 0 : sum * static_cast<double>(met) / static_cast<double>(looked_at);
}

}  // namespace kalon
