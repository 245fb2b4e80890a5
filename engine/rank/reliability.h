#pragma once
// How far each annotator's votes can be relied on: a factor on the differences of utilities, found together with them.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "rank/estimator.h"
#include "rank/proportion.h"

namespace kalon {

// A pair with a known answer.
struct GoldPair {
  int32_t better = 0, worse = 0;
};

enum class Judgement {
  good,           // surely better than chance
  careless,       // surely less than half as reliable as the usual annotator
  adversarial,    // surely prefers what others find worse
  too_few_votes,  // none of these is sure, or hardly anything was voted on
  alone,          // nobody to compare with
};
std::string_view judgement_name(Judgement judgement);  // "good", "careless", "adversarial", "too few votes", "alone"

struct AnnotatorReliability {
  uint64_t votes = 0;  // that tell an order
  // The factor: 1 what is usual (the median annotator), 0 chance, negative the contrary. With its 95 % interval.
  double scale = 1;
  Bounds interval{1, 1};
  Judgement judgement = Judgement::alone;
  // Of the votes for one of two items, how many are for the one that the votes without these prefer: without all of
  // this annotator's where left_out, else each vote against all others. Empty unless wanted.
  Share agreement;
  bool left_out = false;
  Share gold;  // right answers to pairs with known answers
};

struct Reliability {
  std::vector<AnnotatorReliability> annotators;
  std::vector<double> scales;            // for EstimatorOptions::annotator_scales
  std::unique_ptr<Estimator> estimator;  // fitted with these
  int rounds = 0;
};

// Model: P(a preferred to b by annotator k) = logistic(scale_k (utility_a - utility_b)), ties after Davidson (1970) at
// a rate of each annotator's own, orderings after Plackett and Luce. The scales maximise the likelihood with the
// utilities integrated out, under a normal prior about 1: Newton steps by the score and the observed information of
// Fisher's and Louis's identities (Louis 1982) over draws of the posterior, in turn with refits of "bayes". The first
// fit gives all annotators the same say, so that most annotators, not most votes, tell which way is up.
//
// options: of "bayes"; its annotator_scales are not looked at, and its vectors only in the estimator that is given back.
// One annotator alone has the scale 1. Agreements take a fit for each annotator: they stay empty unless wanted. Throws
// what the estimator throws. Deterministic for options.seed. [worker]
enum class Agreements { wanted, unwanted };
Reliability estimate_reliability(const VoteHistory &history, const EstimatorOptions &options,
                                 std::span<const GoldPair> gold, Agreements agreements, Task &task);

}  // namespace kalon
