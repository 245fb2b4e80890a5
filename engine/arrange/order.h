#pragma once
// A 1-D order in which neighbours look alike: a short open path through all vectors.

#include <cstdint>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

struct OrderOptions {
  double seconds = 3;   // time for the local search after construction; 0 = down to the local optimum only
  int neighbours = 16;  // looked at from each vector; 4 to 100
  uint64_t seed = 1;
  int64_t most_steps = INT64_MAX;  // of the local search: with ample seconds, makes the result the same on any machine
  int64_t start = -1;              // the row that the order begins with; -1: any
};

struct Order {
  std::vector<int32_t> sequence;  // rows in order; every row once
  std::vector<double> steps;      // Euclidean distances between neighbours along it, one fewer
  double length = 0;              // their sum
  double mean_step = 0;
  double p99_step = 0;  // 99th percentile
  double max_step = 0;
};

// Exact kNN graph -> greedy edge -> sequential moves of up to four edges (2-opt and Or-opt among them) on neighbour
// lists -> time-boxed restarts of that search on all threads: nine tenths of the time on the closed tour, which is then
// opened at its longest edge, or at the longer edge of the start, the rest on the open path. Up to 12 vectors, and
// vectors of one value, are ordered exactly. Equal vectors are merged first, so that pictures at distance zero end up
// side by side. The same input, seed and number of search steps give the same order, whatever the number of threads; a
// time box makes the number of steps, not the method, depend on the machine. The search ends early when it has long
// found nothing. 0, 1, 2, 3 rows are fine. Throws invalid_argument for values that are not finite and for a start that
// does not exist. Memory beside the vectors: about 400 bytes a row, and 110 for each thread (at most 512 MB). [worker]
Order order_by_similarity(MatrixView vectors, const OrderOptions &options, Task &task);

// The figures of a given sequence of rows (any rows, in range). [worker]
Order measure_order(MatrixView vectors, std::vector<int32_t> sequence);

}  // namespace kalon
