#pragma once
// How a session of ranking asks and learns, as its start was told.

#include <cstdint>
#include <optional>
#include <string>

#include "facade/vectors.h"
#include "rank/estimator.h"
#include "rank/questionnaire.h"
#include "rank/strategy.h"

namespace kalon {

// How utilities are learned from votes.
struct EstimatorSettings {
  EstimatorOptions options;  // without scales of annotators and vectors
  bool reliability = true;   // votes of annotators count by how far they can be relied on, where there are several
  enum class Vectors { where_there, never, always } vectors = Vectors::where_there;
  SpaceChoice space;
};

struct RankingSettings {
  std::string criterion;  // empty: the one without a name
  Choice choice;          // the photos that are candidates
  EstimatorSettings estimator;
  std::optional<StrategyKind> kind;  // not given: same-prompt where prompts exist, else active
  StrategyOptions strategy;
  std::string attribute = "prompt";  // same-prompt: what the pictures of a pair have in common
  std::string groups;                // within-groups, same-cluster: the column of scores that numbers the groups
  int64_t clusters = 48;             // same-cluster: how many are made where no column is named
  std::string scores;                // same-score: the column; empty: what the votes say so far
  QuestionnaireOptions questions;
  int64_t most_votes = 0;   // of the session; 0: no end
  double most_minutes = 0;  // since it was started or resumed; 0: no end
};

// The estimator from the parameters `estimator prior_variance reliability use_vectors model crop seed` and those of its
// kind: `mu sigma beta tau draw_probability`, `initial k_factor scale`. Throws invalid_argument for what does not go
// together.
EstimatorSettings estimator_settings_from(const Parameters &parameters);

// Whether one of the parameters that estimator_settings_from() takes is there. [any]
bool has_estimator_parameters(const Parameters &parameters);
// Those of a session, but for what is given beside it: the session's estimator with other parameters, or another one.
EstimatorSettings estimator_settings_beside(const Parameters &parameters, const std::string &session_parameters);

// Whether the strategy draws its pairs once, `max_pairs` of them. [any]
bool draws_pairs(StrategyKind kind);

// All of a session's.
RankingSettings ranking_settings_from(const Parameters &parameters);

}  // namespace kalon
