#pragma once
// What Laplace's approximation to the evidence misses of the votes on pairs.

#include <cstdint>
#include <functional>
#include <span>

#include "rank/likelihood.h"

namespace kalon {

// The sum over the entries of pairs of log E[exp r], where r is the log likelihood of an entry less its parabola at the
// mode, and the mean is over its difference of utilities as Laplace's approximation has it: each curve put exactly in
// its parabola's place, one at a time (as in Opper, Paquet and Winther 2013, first order). Without it the evidence of a
// vote on two items that nothing else is known of falls with the variance, although the vote has probability 1/2 at
// every variance, and few votes on many items make the fitted variance far too small.
//
// difference_variance(item, other, slot): that of Laplace's approximation. Of more than 20,000 entries as many are
// looked at, evenly spaced. Orderings are left as they are. The sum's order is fixed. [worker]
double evidence_correction(const VoteGraph &graph, double tie_rate, std::span<const double> utilities,
                           const std::function<double(int32_t item, int32_t other, int64_t slot)> &difference_variance);

// The variance of a difference as the curvature of its two items alone has it, all others held: never too large. [any]
double local_difference_variance(const Curvature &curvature, double prior_variance, int32_t item, int32_t other,
                                 int64_t slot);

}  // namespace kalon
