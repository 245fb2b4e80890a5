#pragma once
// How annotators vote, whatever they prefer: which side they choose, how long they take.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rank/proportion.h"
#include "rank/votes.h"

namespace kalon {

class Estimator;

// What else is known of the comparisons of a history, by comparison.
struct VoteCircumstances {
  std::span<const int64_t> times;      // microseconds since 1970; 0: unknown; empty: all unknown. May go backwards.
  std::span<const int64_t> durations;  // microseconds from showing to choosing; 0 or less: unknown; empty: all unknown
  std::span<const uint8_t> placed;     // 1: left and right are the sides they were shown on; empty: all are
};

// Throws invalid_argument when a span is neither empty nor as long as the comparisons. [any]
void require_valid(const VoteCircumstances &circumstances, const VoteHistory &history);

struct SideBias {
  Share left;              // of the votes for one of two items, with known sides
  double probability = 1;  // that somebody without a bias is as far from a half (exact binomial test)
  // The same corrected for what stood on the sides: how often left would be chosen between two items of equal utility,
  // by logistic regression with the difference of utilities as a given part. Needs an estimator with variances.
  std::optional<double> of_equals;
  Bounds of_equals_interval;  // 95 %
};

// By annotator; the last entry is of all together. scales: by annotator, EstimatorOptions::annotator_scales that the
// estimator was made with; empty: 1. estimator may be null. [worker]
std::vector<SideBias> side_bias(const VoteHistory &history, std::span<const uint8_t> placed, const Estimator *estimator,
                                std::span<const double> scales);

struct VotingTimes {
  uint64_t known = 0;                                         // votes whose duration is known, skips among them
  double lower_quartile = 0, median = 0, upper_quartile = 0;  // seconds
  Share hurried;                                              // faster than somebody can look
  uint64_t sessions = 0;  // of votes with known times: a pause of half an hour begins another
  // What 100 more votes of one session do to the time for a vote, as a factor (0.9: a tenth faster): least squares of
  // the logarithms on the place in the session, each session with a level of its own. Of 30 votes or more.
  std::optional<double> drift;
  Bounds drift_interval;  // 95 %
};

// By annotator; the last entry is of all together. A vote faster than `hurry` seconds is hurried. [any]
std::vector<VotingTimes> voting_times(const VoteHistory &history, const VoteCircumstances &circumstances, double hurry);

}  // namespace kalon
