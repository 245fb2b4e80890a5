#pragma once
// Vectors seen along the directions in which they vary most: few numbers that keep most of their distances.

#include <vector>

#include "base/task.h"
#include "index/neighbours.h"

namespace kalon {

struct AxisValues {
  int64_t dimension = 0;
  std::vector<float> values;  // rows x dimension: the axis of the largest variance first
};

// At most `most` axes: of vectors with no more values all directions, turned. Axes are found by orthogonal iteration on
// an even sample of at most 4,096 rows, so they are near the principal ones and orthonormal, not exactly the principal
// ones. Values must be finite. The same for any number of threads. Memory beside the result: the sample. [worker]
AxisValues along_axes(MatrixView vectors, int64_t most, uint64_t seed, Task &task);

}  // namespace kalon
