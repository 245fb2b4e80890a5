#include "rank/moment_matching.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "rank/pair_curve.h"
#include "rank/symmetric_inverse.h"

namespace kalon {
namespace {

constexpr int32_t most_items = 400;
constexpr double most_votes_each = 24;
constexpr double matched = 1e-4;  // of a difference's standard deviations
constexpr int most_rounds = 60;

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

// Mean and variance of x under N(mean, variance) with a parabola in it replaced by the true curve.
struct Tilted {
  double mean, variance;
};
Tilted tilted(const PairCurve &curve, double mean, double variance, double pull, double precision) {
  double deviation = std::sqrt(variance), here = curve.value(mean);
  double whole = normal_rule[0].weight, first = 0, second = 0;
  for (size_t k = 1; k < normal_rule.size(); ++k)
    for (double z : {normal_rule[k].at, -normal_rule[k].at}) {
      double step = z * deviation;
      double rest = curve.value(mean + step) - here - (pull - precision * mean) * step + 0.5 * precision * step * step;
      double weight = normal_rule[k].weight * std::exp(rest);
      whole += weight;
      first += weight * z;
      second += weight * z * z;
    }
  first /= whole;
  return {mean + deviation * first, variance * (second / whole - first * first)};
}

}  // namespace

bool has_few_votes(const VoteGraph &graph) {
  double votes = 0;  // twice, in both rows
  for (const auto &row : graph.pairs.rows)
    for (auto slot = at(row.begin); slot < at(row.begin + row.size); ++slot)
      votes += static_cast<double>(graph.pairs.count[slot]);
  return votes < most_votes_each * graph.items;
}

bool can_match(const VoteGraph &graph) {
  return graph.items <= most_items && graph.choices.sequences.empty();
}

MomentMatching::MomentMatching(const VoteGraph &graph) : graph_(graph) {
  const auto &pairs = graph.pairs;
  // Rows are ascending by the other item: the entries of a row whose other item is less come first, in the order in
  // which they are met here.
  std::vector<int64_t> met(at(graph.items), 0);
  for (int32_t item = 0; item < graph.items; ++item) {
    const auto &row = pairs.rows[at(item)];
    for (auto slot = row.begin; slot < row.begin + row.size; ++slot) {
      auto other = pairs.other[at(slot)];
      if (other < item) continue;
      entries_.push_back({item, other, slot, pairs.rows[at(other)].begin + met[at(other)]++,
                          static_cast<double>(pairs.net[at(slot)]), static_cast<double>(pairs.count[at(slot)]),
                          static_cast<double>(pairs.scale[at(slot)])});
    }
  }
  means_.resize(at(graph.items));
  covariance_.resize(at(graph.items) * at(graph.items));
}

void MomentMatching::match(std::span<const double> prior_precision, double tie_rate, Task &task) {
  auto items = at(graph_.items);
  if (!started_)
    for (auto &entry : entries_) {
      auto [slope, weight] = PairCurve{entry.net, entry.count, tie_rate}.slope(0);
      entry.pull = slope;
      entry.precision = weight;
    }
  started_ = true;
  std::vector<double> pulled(items);
  for (int round = 0; round < most_rounds; ++round) {
    task.throw_if_cancelled();
    std::copy(prior_precision.begin(), prior_precision.end(), covariance_.begin());
    std::fill(pulled.begin(), pulled.end(), 0);
    for (const auto &entry : entries_) {
      auto a = at(entry.a), b = at(entry.b);
      double precision = entry.factor * entry.factor * entry.precision, pull = entry.factor * entry.pull;
      covariance_[a * items + a] += precision;
      covariance_[b * items + b] += precision;
      covariance_[b * items + a] -= precision;  // what is below the diagonal is read
      pulled[a] += pull;
      pulled[b] -= pull;
    }
    if (!invert_symmetric(covariance_, graph_.items))
      throw Error(Status::internal, "the precision of the utilities is not positive definite");
    for (size_t i = 0; i < items; ++i) {
      double sum = 0;
      for (size_t j = 0; j < items; ++j) sum += covariance_[i * items + j] * pulled[j];
      means_[i] = sum;
    }
    double most = 0;
    for (auto &entry : entries_) {
      auto a = at(entry.a), b = at(entry.b);
      double mean = entry.factor * (means_[a] - means_[b]);
      double variance = entry.factor * entry.factor *
                        (covariance_[a * items + a] + covariance_[b * items + b] - 2 * covariance_[a * items + b]);
      auto wanted = tilted({entry.net, entry.count, tie_rate}, mean, variance, entry.pull, entry.precision);
      // What the others say of the difference stays: all else is the parabola's.
      double precision = entry.precision + 1 / wanted.variance - 1 / variance;
      double pull = entry.pull + wanted.mean / wanted.variance - mean / variance;
      most = std::max(
          {most, std::abs(precision - entry.precision) * variance, std::abs(wanted.mean - mean) / std::sqrt(variance)});
      entry.precision = std::max(0.0, precision);
      entry.pull = pull;
    }
    if (most < matched) return;
  }
}

Curvature MomentMatching::curvature() const {
  Curvature curvature;
  curvature.weights.resize(graph_.pairs.other.size());
  curvature.pair_diagonal.resize(at(graph_.items));
  for (const auto &entry : entries_) {
    double weight = entry.factor * entry.factor * entry.precision;
    for (auto slot : {entry.slot, entry.mirrored}) curvature.weights[at(slot)] = static_cast<float>(weight);
    for (auto item : {entry.a, entry.b}) curvature.pair_diagonal[at(item)] += weight;
  }
  curvature.diagonal = curvature.pair_diagonal;
  return curvature;
}

}  // namespace kalon
