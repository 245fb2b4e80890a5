#pragma once
// How far annotators agree with one another, and each with himself.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/task.h"
#include "rank/pair_answers.h"
#include "rank/proportion.h"

namespace kalon {

// Krippendorff's alpha for nominal values (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"): 1 where
// all agree, 0 where they agree as by chance, negative where they contradict one another. counts: units x values, row
// by row, how many annotators gave the unit this value; units with fewer than two count for nothing. Nothing where no
// unit has two values or all values are the same. [any]
std::optional<double> nominal_alpha(std::span<const uint32_t> counts, int64_t values);

// "too little", "tentative" or "good": what Krippendorff (2004, Content Analysis, 2nd edition, page 241) asks of alpha
// for conclusions, .667 for tentative and .8 for other ones. [any]
std::string agreement_word(double alpha);

struct Agreement {
  std::optional<double> alpha;
  Bounds interval;        // 95 %, by drawing pairs anew; of a known alpha
  std::string unknown;    // why alpha is not known
  uint64_t pairs = 0;     // that two or more annotators answered
  uint64_t answers = 0;   // to these
  double same_share = 0;  // of two answers to the same pair by different annotators, how often they are the same
};

// Of answers by pair, then annotator, then time. The values are: the one is preferred, the other is preferred, a tie;
// both_bad and skip are missing values. Of an annotator's several answers to a pair the latest counts. Which item of a
// pair is called the first is arbitrary, so that each pair is a unit twice, once either way round: what is expected by
// chance then does not depend on how items are numbered. Deterministic for a seed. [worker]
Agreement agreement(std::span<const PairAnswer> answers, uint64_t seed, Task &task);

// Answers to questions that the same annotator had answered before, against the answer before.
struct SelfConsistency {
  Share same;            // the same item was preferred, or a tie again
  Share same_side;       // of those asked with the same item on the left
  Share swapped;         // of those asked with the sides swapped
  uint64_t opposed = 0;  // the other item was preferred
};

// Of comparisons alone; placed: by comparison, 1 where it is known which side each item was shown on; empty: all are.
// The last entry is of all annotators together. [any]
std::vector<SelfConsistency> self_consistency(std::span<const PairAnswer> answers, int32_t annotators,
                                              std::span<const uint8_t> placed);

}  // namespace kalon
