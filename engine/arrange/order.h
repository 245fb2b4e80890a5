#pragma once
// A 1-D order in which neighbours look alike: a short open path through all vectors.

#include <cstdint>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

struct OrderOptions {
  double seconds = 3;  // time for the local search after construction; 0 = Or-opt and 2-opt to their optimum only
  int neighbours = 10;
  uint64_t seed = 1;
  int64_t most_steps = INT64_MAX;  // of the local search: with ample seconds, makes the result the same on any machine
};

struct Order {
  std::vector<int32_t> sequence;  // rows in order; every row once
  double length = 0;              // sum of the steps (Euclidean)
  double p99_step = 0;            // 99th percentile of the steps
  double max_step = 0;
};

// Exact kNN graph -> greedy edge -> 2-opt and Or-opt on neighbour lists -> time-boxed local search on the closed tour,
// opened at its longest edge; up to 12 vectors, and vectors of one value, are ordered exactly. Equal vectors are merged first, so that pictures at distance zero end up side by side. The
// same input, seed and number of search steps give the same order; a time box makes the number of steps, not the method,
// depend on the machine. 0, 1, 2, 3 rows are fine. [worker]
Order order_by_similarity(MatrixView vectors, const OrderOptions &options, Task &task);

// The figures of a given sequence. [worker]
Order measure_order(MatrixView vectors, std::vector<int32_t> sequence);

}  // namespace kalon
