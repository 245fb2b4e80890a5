#pragma once
// TrueSkill's model as its estimators share it.

#include "rank/estimator.h"
#include "rank/probit_pair.h"

namespace kalon {

// Throws invalid_argument for constants of TrueSkill that make no model. [any]
void require_trueskill_constants(const EstimatorOptions &options);
// The votes for either item of a comparison that tells an order, in its items' order. [any]
ProbitVotes probit_votes(const Comparison &vote);

}  // namespace kalon
