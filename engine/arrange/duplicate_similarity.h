#pragma once
// How alike vectors are, pair by pair.

#include <cstdint>
#include <span>

#include "base/task.h"

namespace kalon {

// The cosine of the angle between two vectors of any length, sums in double; exactly 1 for equal ones. NaN when one of
// them is zero or not finite. [any]
double cosine(const float *a, const float *b, int64_t dimension);

// The least cosine over all pairs of some vectors, none of them zero; 1 for fewer than two. Beyond a few hundred the
// farthest of each is found by exact nearest-neighbour search, on a copy of the vectors. [worker]
double least_cosine(std::span<const float *const> vectors, int64_t dimension, Task &task);

}  // namespace kalon
