#pragma once
// A study that is simulated: utilities, people of known reliability, and their votes by the model.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "base/random.h"
#include "rank/votes.h"

namespace kalon::testing {

struct SimulatedPerson {
  double scale = 1;
  int64_t votes = 0;
};

struct SimulatedStudy {
  VoteHistory history;
  std::vector<double> truth;
};

// Davidson's model; ties: its rate. Pairs are drawn at random, votes of all people mixed.
inline SimulatedStudy simulated_study(int32_t items, double deviation, const std::vector<SimulatedPerson> &people,
                                      double ties, uint64_t seed) {
  Random random(seed);
  SimulatedStudy study;
  study.history.items = items;
  study.history.annotators = static_cast<int32_t>(people.size());
  for (int32_t item = 0; item < items; ++item)  // Box and Muller
    study.truth.push_back(deviation * std::sqrt(-2 * std::log(1 - random.unit())) *
                          std::cos(2 * std::numbers::pi * random.unit()));
  std::vector<int32_t> turns;
  for (size_t person = 0; person < people.size(); ++person)
    turns.insert(turns.end(), static_cast<size_t>(people[person].votes), static_cast<int32_t>(person));
  for (size_t i = turns.size(); i > 1; --i) std::swap(turns[i - 1], turns[random.below(i)]);
  for (auto person : turns) {
    auto count = static_cast<uint64_t>(items);
    auto left = static_cast<int32_t>(random.below(count)), right = static_cast<int32_t>(random.below(count - 1));
    right += right >= left ? 1 : 0;
    double x = people[static_cast<size_t>(person)].scale *
               (study.truth[static_cast<size_t>(left)] - study.truth[static_cast<size_t>(right)]);
    double first = std::exp(x / 2), second = std::exp(-x / 2), draw = random.unit() * (first + second + ties);
    auto verdict = draw < first ? Verdict::left : draw < first + second ? Verdict::right : Verdict::tie;
    study.history.comparisons.push_back({left, right, verdict, person, 1});
  }
  return study;
}

// Spearman's rank correlation of values without ties.
inline double rank_correlation(std::span<const double> a, std::span<const double> b) {
  auto ranks_of = [](std::span<const double> values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return values[i] < values[j]; });
    std::vector<double> ranks(values.size());
    for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<double>(i);
    return ranks;
  };
  auto first = ranks_of(a), second = ranks_of(b);
  auto n = static_cast<double>(a.size());
  double squares = 0;
  for (size_t i = 0; i < first.size(); ++i) squares += (first[i] - second[i]) * (first[i] - second[i]);
  return 1 - 6 * squares / (n * (n * n - 1));
}

}  // namespace kalon::testing
