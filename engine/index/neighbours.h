#pragma once
// Exact nearest neighbours.

#include <cstdint>
#include <span>
#include <vector>

#include "base/task.h"

namespace kalon {

// Vectors as rows: borrowed, rows x dimension, tightly packed.
struct MatrixView {
  const float *data = nullptr;
  int64_t rows = 0;
  int64_t dimension = 0;
  const float *row(int64_t i) const { return data + i * dimension; }
};

// For each query its neighbours, nearest first, equal distances by row number.
struct Neighbours {
  int64_t k = 0;
  std::vector<int32_t> rows;     // queries x k
  std::vector<float> distances;  // queries x k, Euclidean
};

// The k nearest rows of base for each query by Euclidean distance; k is reduced to what exists. Dimensions up to 10 go
// to a k-d tree (nanoflann), others to blocked matrix products (bf16 where the CPU has it, else f32) whose candidates
// are re-ranked in f32: distances are exact to f32 rounding, and recall is 1 up to ties. Memory beside the result is
// bounded by blocks. Values must be finite (invalid_argument). [worker]
Neighbours nearest(MatrixView base, MatrixView queries, int k, Task &task);

// The k nearest other rows for each row of base. [worker]
Neighbours nearest_others(MatrixView base, int k, Task &task);

// The same within the listed rows, which must be finite and distinct in value; the result holds places in the list.
// Advances the task by one per row. [worker]
Neighbours nearest_others_among(MatrixView matrix, std::span<const int32_t> rows, int k, Task &task);

// The k nearest of the listed base rows, which must be finite and distinct in value, for each of the listed query rows;
// the result holds places in the list of base rows. Advances the task by one per query. [worker]
Neighbours nearest_among(MatrixView base, std::span<const int32_t> base_rows, MatrixView queries,
                         std::span<const int32_t> query_rows, int k, Task &task);

}  // namespace kalon
