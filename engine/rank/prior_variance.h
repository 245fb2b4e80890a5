#pragma once
// The variance of the normal prior, fitted to the votes: the maximum of Laplace's approximation to the evidence,
//   log p(votes | u, t) - |u|² / 2v - log det(1 + v H) / 2  at the mode (u, t) that belongs to v,
// with what it misses of the votes on pairs (evidence_correction.h),
// times a weak belief of its own, log v ~ N(log 3, 1), for the histories that say nothing of it (one vote; an item that
// always wins). Up to 400 items determinant and variances are exact; above, the variances that the correction needs are
// local ones, and the determinant's derivative is estimated from seeded probes, which
// leaves an error far below the uncertainty that the votes themselves leave in v (standard deviation of log v at least
// sqrt(2 / items)).

#include <cstdint>

#include "base/task.h"
#include "rank/posterior_mode.h"

namespace kalon {

inline constexpr double usual_variance = 3;

// Returns the variance and leaves the mode near that which belongs to it. [worker]
double fit_prior_variance(const VoteGraph &graph, uint64_t seed, Mode &mode, Task &task);

}  // namespace kalon
