// Against SciPy, statsmodels and NumPy (tests/golden/rank/vote_quality.py).
#include "rank/voting_habits.h"

#include <cmath>

#include "base/error.h"
#include "unit/rank/normal_estimator.h"
#include "unit/rank/quality_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

struct TimedVotes {
  VoteHistory history;
  std::vector<int64_t> times, durations;
  VoteCircumstances circumstances() const { return {times, durations, {}}; }
};

TimedVotes timed_votes() {
  TimedVotes timed;
  timed.history.items = 2;
  timed.history.annotators = 2;
  for (const auto &line : golden_lines("timed_vote")) {
    timed.history.comparisons.push_back(vote(0, 1, 1, static_cast<int32_t>(line[0])));
    timed.times.push_back(static_cast<int64_t>(line[1]));
    timed.durations.push_back(static_cast<int64_t>(line[2]));
  }
  return timed;
}

}  // namespace

TEST_CASE("shares and their intervals are SciPy's, and so is the binomial test") {
  for (const auto &line : golden_lines("share")) {
    auto count = static_cast<uint64_t>(line[0]), of = static_cast<uint64_t>(line[1]);
    CAPTURE(count, of);
    auto share = share_of(count, of);
    CHECK(share.share == Approx(line[0] / line[1]));
    CHECK(share.interval.lower == Approx(line[2]).epsilon(1e-12).margin(1e-15));
    CHECK(share.interval.upper == Approx(line[3]).epsilon(1e-12).margin(1e-15));
    // Logarithms of factorials of a million have nine digits after the point.
    CHECK(fair_coin_probability(count, of) == Approx(line[4]).epsilon(1e-8).margin(1e-300));
  }
  auto none = share_of(0, 0);
  CHECK_FALSE(none.known());
  CHECK(none.interval.lower == 0);
  CHECK(none.interval.upper == 1);
  CHECK(fair_coin_probability(0, 0) == 1);
}

TEST_CASE("side bias is counted, and corrected as by logistic regression with an offset") {
  std::vector<double> utilities;
  for (const auto &line : golden_lines("side_utility")) utilities.push_back(line[0]);
  auto scales = golden_lines("side_scales")[0];
  auto history = history_of(12, 3, {});
  std::vector<uint8_t> placed;
  for (const auto &line : golden_lines("side_vote")) {
    history.comparisons.push_back(vote(static_cast<int32_t>(line[0]), static_cast<int32_t>(line[1]),
                                       static_cast<int>(line[3]), static_cast<int32_t>(line[2])));
    placed.push_back(1);
  }
  // None of these may count.
  for (int verdict : {0, 2, 3}) history.comparisons.push_back(vote(0, 1, verdict)), placed.push_back(1);
  for (int i = 0; i < 9; ++i) history.comparisons.push_back(vote(0, 1, 1)), placed.push_back(0);

  auto estimator = NormalEstimator::independent(utilities, 0);
  auto found = side_bias(history, placed, &estimator, scales);
  auto expected = golden_lines("side_of_equals");
  REQUIRE(found.size() == expected.size());
  uint64_t left = 0;
  for (size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(found[i].left.of == (i < 3 ? 160 : 480));
    REQUIRE(found[i].of_equals.has_value());
    CHECK(*found[i].of_equals == Approx(expected[i][0]).epsilon(1e-6));
    CHECK(found[i].of_equals_interval.lower == Approx(expected[i][1]).epsilon(1e-6));
    CHECK(found[i].of_equals_interval.upper == Approx(expected[i][2]).epsilon(1e-6));
    CHECK(found[i].probability == fair_coin_probability(found[i].left.count, found[i].left.of));
    left += i < 3 ? found[i].left.count : 0;
  }
  CHECK(found[3].left.count == left);
  CHECK(found[0].probability < 0.01);  // leans by 0.8
  CHECK(found[2].probability > 0.05);  // does not lean

  // Where utilities are hardly known, what stood there explains nothing: the share of left itself, drawn to a half.
  auto vague = NormalEstimator::independent(utilities, 1e6);
  auto uncorrected = side_bias(history, placed, &vague, scales);
  CHECK(*uncorrected[0].of_equals == Approx(found[0].left.share).margin(0.01));
  CHECK_FALSE(side_bias(history, placed, nullptr, {})[0].of_equals.has_value());
  CHECK_FALSE(side_bias(history_of(2, 1, {}), {}, &estimator, {})[0].of_equals.has_value());
}

TEST_CASE("somebody who always chooses one side has a finite bias") {
  auto history = history_of(2, 1, std::vector<Comparison>(500, vote(0, 1, 1)));
  auto estimator = NormalEstimator::independent({0, 0}, 0.1);
  auto found = side_bias(history, {}, &estimator, {})[0];
  CHECK(found.left.share == 1);
  CHECK(found.probability < 1e-100);
  CHECK(*found.of_equals > 0.95);
  CHECK(*found.of_equals < 1);
}

TEST_CASE("times are NumPy's quantiles, and the drift is statsmodels'") {
  auto timed = timed_votes();
  auto found = voting_times(timed.history, timed.circumstances(), 0.3);
  auto quartiles = golden_lines("time_quartiles"), sessions = golden_lines("time_sessions"),
       drift = golden_lines("time_drift");
  REQUIRE(found.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(found[i].lower_quartile == Approx(quartiles[i][0]).epsilon(1e-12));
    CHECK(found[i].median == Approx(quartiles[i][1]).epsilon(1e-12));
    CHECK(found[i].upper_quartile == Approx(quartiles[i][2]).epsilon(1e-12));
    CHECK(static_cast<double>(found[i].sessions) == sessions[i][0]);
    REQUIRE(found[i].drift.has_value());
    CHECK(*found[i].drift == Approx(drift[i][0]).epsilon(1e-8));
    CHECK(found[i].drift_interval.lower == Approx(drift[i][1]).epsilon(1e-8));
    CHECK(found[i].drift_interval.upper == Approx(drift[i][2]).epsilon(1e-8));
  }
}

TEST_CASE("hurried votes are those faster than the threshold") {
  auto history = history_of(2, 1, std::vector<Comparison>(6, vote(0, 1, 1)));
  std::vector<int64_t> durations{299'999, 300'000, 300'001, 1, 0, -5};
  auto found = voting_times(history, {{}, durations, {}}, 0.3)[0];
  CHECK(found.known == 4);  // 0 and less are unknown
  CHECK(found.hurried.count == 2);
  CHECK(found.sessions == 0);
  CHECK_FALSE(found.drift.has_value());
}

TEST_CASE("a clock that goes backwards, unknown times and a long lunch change little") {
  auto timed = timed_votes();
  auto usual = voting_times(timed.history, timed.circumstances(), 0.3);
  // The clock is set back by a day in the middle of the last session.
  auto back = timed;
  for (size_t i = back.times.size() - 20; i < back.times.size(); ++i) back.times[i] -= 86'400'000'000;
  CHECK(voting_times(back.history, back.circumstances(), 0.3)[2].sessions <= usual[2].sessions);
  CHECK(std::isfinite(voting_times(back.history, back.circumstances(), 0.3)[2].drift.value()));
  // A vote that lay open for a day tells nothing of the drift, and a vote without a time belongs to no session.
  auto open = timed;
  open.durations[60] = 86'400'000'000;
  CHECK(voting_times(open.history, open.circumstances(), 0.3)[2].drift.value() == Approx(*usual[2].drift).epsilon(0.1));
  auto unknown = timed;
  std::fill(unknown.times.begin(), unknown.times.end(), 0);
  auto without = voting_times(unknown.history, unknown.circumstances(), 0.3)[2];
  CHECK(without.sessions == 0);
  CHECK_FALSE(without.drift.has_value());
  CHECK(without.median == usual[2].median);
}

TEST_CASE("circumstances that do not fit the votes are refused") {
  auto history = history_of(2, 1, {vote(0, 1, 1), vote(1, 0, 1)});
  std::vector<int64_t> one{1};
  std::vector<uint8_t> three{1, 1, 1};
  CHECK_NOTHROW(require_valid(VoteCircumstances{}, history));
  CHECK_THROWS_AS(require_valid(VoteCircumstances{one, {}, {}}, history), Error);
  CHECK_THROWS_AS(require_valid(VoteCircumstances{{}, one, {}}, history), Error);
  CHECK_THROWS_AS(require_valid(VoteCircumstances{{}, {}, three}, history), Error);
}
