#pragma once
// Histories and what others find in them (tests/golden/rank/estimators.py).

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "rank/estimator.h"

namespace kalon::testing {

struct EstimatorCase {
  EstimatorOptions options;
  VoteHistory history;
  std::vector<double> means, deviations;  // a deviation of -1: unknown
  struct Difference {
    int32_t a, b;
    double deviation;
  };
  std::vector<Difference> differences;
};

inline void set_option(EstimatorOptions &options, const std::string &name, double value) {
  if (name == "prior_variance") return void(options.prior_variance = value);
  std::pair<const char *, double *> known[] = {{"mu", &options.mu},
                                               {"sigma", &options.sigma},
                                               {"beta", &options.beta},
                                               {"tau", &options.tau},
                                               {"draw_probability", &options.draw_probability},
                                               {"initial", &options.initial},
                                               {"k_factor", &options.k_factor},
                                               {"scale", &options.scale}};
  for (auto [key, place] : known)
    if (name == key) return void(*place = value);
  FAIL("unknown option " << name);
}

inline std::vector<EstimatorCase> estimator_cases(const std::string &name) {
  std::ifstream file(std::string(KALON_SOURCE_DIR) + "/tests/golden/rank/" + name);
  REQUIRE(file);
  std::vector<EstimatorCase> cases;
  for (std::string line, kind; std::getline(file, line);) {
    std::istringstream words(line);
    words >> kind;
    if (kind == "case") {
      cases.emplace_back();
      words >> cases.back().history.items;
      for (std::string option; words >> option;) {
        auto equals = option.find('=');
        set_option(cases.back().options, option.substr(0, equals), std::stod(option.substr(equals + 1)));
      }
    } else if (kind == "c") {
      Comparison vote;
      int verdict = 0;
      words >> vote.left >> vote.right >> verdict >> vote.weight;
      vote.verdict = static_cast<Verdict>(verdict);
      cases.back().history.comparisons.push_back(vote);
    } else if (kind == "o") {
      Ordering vote;
      words >> vote.weight;
      vote.after = cases.back().history.comparisons.size();
      int32_t item = 0;
      for (uint16_t rank = 0; words >> item >> rank;) vote.items.push_back(item), vote.ranks.push_back(rank);
      cases.back().history.orderings.push_back(vote);
    } else if (kind == "m") {
      double mean = 0, deviation = 0;
      words >> mean >> deviation;
      cases.back().means.push_back(mean), cases.back().deviations.push_back(deviation);
    } else if (kind == "d") {
      EstimatorCase::Difference difference{};
      words >> difference.a >> difference.b >> difference.deviation;
      cases.back().differences.push_back(difference);
    }
  }
  REQUIRE_FALSE(cases.empty());
  return cases;
}

// Means within `tolerance` of the case's, deviations too where it has any.
inline void check_case(const Estimator &estimator, const EstimatorCase &expected, double tolerance) {
  REQUIRE(estimator.means().size() == expected.means.size());
  for (size_t i = 0; i < expected.means.size(); ++i) {
    INFO("item " << i);
    CHECK(estimator.means()[i] == Approx(expected.means[i]).margin(tolerance).epsilon(0));
    if (expected.deviations[i] >= 0)
      CHECK(std::sqrt(estimator.variances()[i]) == Approx(expected.deviations[i]).margin(tolerance).epsilon(0));
  }
  for (auto [a, b, deviation] : expected.differences) {
    INFO("difference of " << a << " and " << b);
    CHECK(std::sqrt(estimator.difference_variance(a, b)) == Approx(deviation).margin(tolerance).epsilon(0));
  }
}

inline bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

inline void fit(Estimator &estimator, const VoteHistory &history) {
  Task task;
  estimator.fit(history, task);
}

// Votes with logistic noise on items whose utilities are spread evenly over [-width, width].
inline VoteHistory simulated_votes(int32_t items, int64_t count, double width, double ties, uint64_t seed) {
  Random random(seed);
  VoteHistory history;
  history.items = items;
  auto below = [&](int32_t bound) { return static_cast<int32_t>(random.below(static_cast<uint64_t>(bound))); };
  for (int64_t i = 0; i < count; ++i) {
    auto left = below(items), right = below(items - 1);
    right += right >= left;
    double apart = 2 * width * (left - right) / items;
    auto verdict = random.unit() < ties                         ? Verdict::tie
                   : random.unit() < 1 / (1 + std::exp(-apart)) ? Verdict::left
                                                                : Verdict::right;
    history.comparisons.push_back({left, right, verdict});
  }
  return history;
}

}  // namespace kalon::testing
