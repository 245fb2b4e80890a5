#pragma once
// All that votes tell of those who gave them, in one value: what a report shows.

#include <cstdint>
#include <span>
#include <vector>

#include "base/task.h"
#include "rank/agreement.h"
#include "rank/cycles.h"
#include "rank/pair_answers.h"
#include "rank/reliability.h"
#include "rank/voting_habits.h"

namespace kalon {

struct VerdictCounts {
  uint64_t preferences = 0, ties = 0, both_bad = 0, skips = 0;
  uint64_t orderings = 0;  // votes over three or more items
  uint64_t all() const { return preferences + ties + both_bad + skips + orderings; }
};

// One annotator, or all together.
struct AnnotatorQuality {
  VerdictCounts counts;
  SelfConsistency consistency;
  SideBias side;
  VotingTimes times;
  Cycles cycles;  // among this annotator's own majorities
};

struct VoteQuality {
  int32_t items = 0;
  AnnotatorQuality all;
  std::vector<AnnotatorQuality> annotators;
  Reliability reliability;  // by annotator too
  Agreement agreement;
  Connection connection;
  std::vector<PairTally> contested;
};

struct VoteQualityOptions {
  EstimatorOptions estimator;  // of "bayes"
  std::vector<GoldPair> gold;
  double hurry = 0.3;     // seconds; a faster vote is hurried
  size_t contested = 20;  // pairs that are told
  uint64_t seed = 1;      // of the agreement's interval and of sampled cycles
};

// The votes of one criterion. Throws what require_valid() throws for the history and its circumstances. [worker]
VoteQuality vote_quality(const VoteHistory &history, const VoteCircumstances &circumstances,
                         const VoteQualityOptions &options, Task &task);

}  // namespace kalon
