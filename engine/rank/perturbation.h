#pragma once
// Right-hand sides whose covariance is the precision itself: solved for, they are draws from the posterior about its
// mean (Papandreou and Yuille 2011).

#include <cstdint>
#include <span>

#include "rank/conjugate_gradients.h"

namespace kalon {

// `many_columns` of them, rows by item. Each entry of a pair gives both its items opposite numbers, sums of sixteen
// signs; each item has a normal number from the prior; each choice of an ordering draws eight items from its shares.
// The numbers belong to the votes, not to where they lie in memory. [worker]
void perturb(const Precision &precision, uint64_t seed, std::span<float> to);

}  // namespace kalon
