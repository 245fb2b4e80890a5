#pragma once
// The variance v of the normal prior, fitted to the votes: that of greatest evidence times a weak belief of its own,
// log v ~ N(log 5, 1), for the histories that say nothing of it (one vote; an item that always wins). Where log v is
// uncertain, v's mean is above its most probable value; the belief is centred so much higher than tastes are, about 3,
// as makes the maximum the mean.
//
// Of few votes on pairs the evidence is expectation propagation's (moment_matching.h) up to 400 items, and else
// Laplace's,
//   log p(votes | u, t) - |u|² / 2v - log det(1 + v H) / 2  at the mode (u, t) that belongs to v,
// with most of what that misses (evidence_correction.h); of many votes Laplace's alone. Up to 400 items determinant and
// variances are exact; above, the variances that the correction needs are local ones, and the determinant's derivative
// is estimated from seeded probes, which leaves an error far below the uncertainty that the votes themselves leave in v
// (standard deviation of log v at least sqrt(2 / items)).

#include <cstdint>

#include "base/task.h"
#include "rank/posterior_mode.h"

namespace kalon {

inline constexpr double usual_variance = 5;

// Returns the variance and leaves the mode near that which belongs to it. [worker]
double fit_prior_variance(const VoteGraph &graph, uint64_t seed, Mode &mode, Task &task);

}  // namespace kalon
