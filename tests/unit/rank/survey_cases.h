#pragma once
// Surveys for the tests of strategies: an estimator, votes, and what is pending.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "rank/strategies.h"
#include "unit/rank/laplace_reference.h"

namespace kalon::testing {

struct SurveyCase {
  explicit SurveyCase(int32_t items, std::unique_ptr<Estimator> with = std::make_unique<LaplaceReference>())
      : estimator(std::move(with)), asked(items), pending(items) {
    history.items = items;
    fit();
  }
  Survey survey() const { return {*estimator, history, asked, pending, candidates, {}, {}, most_asked}; }
  void fit() {
    Task task;
    estimator->fit(history, task);
    asked = PairCounts::of(history);
  }
  void vote(int32_t left, int32_t right, Verdict verdict = Verdict::left, int32_t annotator = 0) {
    history.annotators = std::max(history.annotators, annotator + 1);
    history.comparisons.push_back({left, right, verdict, annotator, 1});
    asked.add(left, right);
    estimator->add(history.comparisons.back());
  }
  void undo(size_t number) {
    history.comparisons.erase(history.comparisons.begin() + static_cast<std::ptrdiff_t>(number));
    fit();
  }

  std::unique_ptr<Estimator> estimator;
  VoteHistory history;
  PairCounts asked, pending;
  std::vector<uint8_t> candidates;
  int64_t most_asked = 1;
};

// What somebody prefers who sees utilities, with the logistic model's doubt.
inline Verdict answer(const std::vector<double> &utilities, ItemPair pair, Random &random) {
  const double d = utilities[static_cast<size_t>(pair.a)] - utilities[static_cast<size_t>(pair.b)];
  return random.unit() < 1 / (1 + std::exp(-d)) ? Verdict::left : Verdict::right;
}
// The greater number is the better item, always.
inline Verdict sure_answer(ItemPair pair) {
  return pair.a > pair.b ? Verdict::left : Verdict::right;
}

inline std::vector<double> normal_numbers(int32_t count, double sd, Random &random) {
  std::vector<double> numbers;
  for (int32_t i = 0; i < count; ++i)
    numbers.push_back(sd * std::sqrt(-2 * std::log(1 - random.unit())) *
                      std::cos(2 * std::numbers::pi * random.unit()));
  return numbers;
}

inline std::pair<int32_t, int32_t> sorted_pair(ItemPair pair) {
  return std::minmax(pair.a, pair.b);
}

inline std::unique_ptr<Strategy> strategy_of(StrategyKind kind) {
  StrategyOptions options;
  options.kind = kind;
  return make_strategy(options);
}

}  // namespace kalon::testing
