#pragma once
// Histories with what SciPy says of them, and simulated ones.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "rank/votes.h"

namespace kalon::testing {

struct BayesCase {
  std::string name;
  std::vector<double> scales;
  VoteHistory history;
  double fitted_variance = 0;
  // At a variance of 3.
  double tie_rate = 0;
  std::vector<double> means, covariance;
  std::vector<double> exact;  // mean and variance of utility 0 less utility 1 by quadrature; empty: not known
};

inline std::vector<BayesCase> bayes_cases() {
  std::ifstream in(std::string(KALON_SOURCE_DIR) + "/tests/golden/rank/bayes_cases.txt");
  std::vector<BayesCase> cases;
  std::string word;
  auto numbers = [&](size_t count) {
    std::vector<double> values(count);
    for (auto &value : values) in >> value;
    return values;
  };
  while (in >> word) {
    size_t count = 0;
    if (word == "case") {
      auto &one = cases.emplace_back();
      in >> one.name >> one.history.items;
      continue;
    }
    auto &one = cases.back();
    auto items = static_cast<size_t>(one.history.items);
    if (word == "scales") {
      in >> count;
      one.scales = numbers(count);
      one.history.annotators = static_cast<int32_t>(count);
    } else if (word == "comparisons") {
      in >> count;
      for (size_t i = 0; i < count; ++i) {
        auto v = numbers(5);
        one.history.comparisons.push_back({static_cast<int32_t>(v[0]), static_cast<int32_t>(v[1]),
                                           static_cast<Verdict>(static_cast<int>(v[2])), static_cast<int32_t>(v[3]),
                                           static_cast<float>(v[4])});
      }
    } else if (word == "orderings") {
      in >> count;
      for (size_t i = 0; i < count; ++i) {
        size_t size = 0;
        in >> size;
        Ordering vote;
        for (double item : numbers(size)) vote.items.push_back(static_cast<int32_t>(item));
        for (double rank : numbers(size)) vote.ranks.push_back(static_cast<uint16_t>(rank));
        auto rest = numbers(2);
        vote.annotator = static_cast<int32_t>(rest[0]);
        vote.weight = static_cast<float>(rest[1]);
        one.history.orderings.push_back(vote);
      }
    } else if (word == "fitted") {
      in >> one.fitted_variance;
    } else if (word == "rate") {
      in >> one.tie_rate;
    } else if (word == "means") {
      one.means = numbers(items);
    } else if (word == "covariance") {
      one.covariance = numbers(items * items);
    } else if (word == "exact") {
      in >> count;
      one.exact = numbers(count);
    }
  }
  return cases;
}

inline double simulated_normal(Random &random) {
  return std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(2 * M_PI * random.unit());
}

// Utilities of N(0, 2²), random pairs, logistic noise.
inline VoteHistory simulated_history(int32_t items, int64_t votes, int32_t annotators, double share_of_ties,
                                     int64_t orderings, uint64_t seed = 1, std::vector<double> *truth_to = nullptr) {
  Random random(seed);
  std::vector<double> truth(static_cast<size_t>(items));
  for (auto &value : truth) value = 2 * simulated_normal(random);
  auto utility = [&](int32_t item) { return truth[static_cast<size_t>(item)]; };
  auto below = [&](int32_t bound) { return static_cast<int32_t>(random.below(static_cast<uint64_t>(bound))); };
  VoteHistory history;
  history.items = items;
  history.annotators = annotators;
  for (int64_t i = 0; i < votes; ++i) {
    int32_t a = below(items), b = (a + 1 + below(items - 1)) % items;
    double wins = 1 / (1 + std::exp(utility(b) - utility(a)));
    auto verdict = random.unit() < share_of_ties * 4 * wins * (1 - wins) ? Verdict::tie
                   : random.unit() < wins                                ? Verdict::left
                                                                         : Verdict::right;
    history.comparisons.push_back({a, b, verdict, below(annotators), 1});
  }
  for (int64_t i = 0; i < orderings; ++i) {
    Ordering vote;
    vote.items = random_sample(items, 3 + below(3), random);
    for (size_t k = 0; k < vote.items.size(); ++k) vote.ranks.push_back(static_cast<uint16_t>(k + 1));
    std::sort(vote.items.begin(), vote.items.end(), [&](int32_t a, int32_t b) { return utility(a) > utility(b); });
    vote.annotator = below(annotators);
    vote.after = static_cast<uint64_t>(votes);
    history.orderings.push_back(vote);
  }
  if (truth_to) *truth_to = truth;
  return history;
}

}  // namespace kalon::testing
