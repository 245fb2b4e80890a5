#pragma once
// The cheapest assignment of a few rows to as many columns.

#include <cstdint>

namespace kalon {

constexpr int most_assigned = 64;             // rows of one problem
constexpr int32_t most_assigned_cost = 1023;  // of one pair

// Columns of a cost matrix in memory: the next multiple of 16, so that rows are whole vectors of any processor.
constexpr int assignment_stride(int size) {
  return (size + 15) / 16 * 16;
}

// size: 1 to most_assigned. costs: size x assignment_stride(size), row-major, 0 to most_assigned_cost, aligned to 64
// bytes; what stands in the columns from `size` on is overwritten. row_of_column: size entries, which receive an
// assignment of the smallest sum (one of them, always the same for the same costs). Jonker and Volgenant 1987: column
// reduction, augmenting row reduction, shortest augmenting paths. [any]
void assign_cheapest(int32_t *costs, int size, int32_t *row_of_column);

}  // namespace kalon
