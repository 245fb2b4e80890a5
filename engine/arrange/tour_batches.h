#pragma once
// Many steps of a tour search on all threads.

#include <cstdint>
#include <functional>

#include "arrange/tour_search.h"

namespace kalon {

struct BatchLimits {
  int64_t most_steps = INT64_MAX;
  int64_t patience = INT64_MAX;   // steps without gain after which the search ends
  double end = 0;                 // of monotonic_seconds()
  std::function<void()> between;  // called between batches; may throw
};

// Steps are taken in batches: those of one batch start from the same tour, each on a thread's own copy of it, and then
// the gains are made on all copies in the order of the steps, without those that an earlier one of the batch made
// impossible. So the result depends on the seed and the number of steps, not on the number of threads. Copies hold
// about 110 bytes a node, together at most 512 MB. Returns the number of steps. [worker]
int64_t search_in_batches(TourSearch &search, uint64_t seed, const BatchLimits &limits);

}  // namespace kalon
