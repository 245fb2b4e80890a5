#pragma once
// The two rows that are least alike.

#include <span>

#include "index/neighbours.h"

namespace kalon {

// The least cosine of a row of one list with a row of the other, over all pairs, by matrix products in float: exact to
// 1e-6; 1 when a list is empty. Rows are of unit length. [worker]
double least_similarity_between(MatrixView unit_rows, std::span<const int32_t> a, std::span<const int32_t> b,
                                const Task &task);

}  // namespace kalon
