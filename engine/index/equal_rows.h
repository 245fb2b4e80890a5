#pragma once
// Rows that are equal, so that searches see each vector once.

#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

// Rows by value. Groups are numbered by their smallest row; members of a group ascend. -0 equals 0.
struct RowGroups {
  std::vector<int32_t> representative;  // group -> smallest row
  std::vector<int32_t> group;           // row -> group
  std::vector<int64_t> begin;           // group -> first place in members; one more at the end
  std::vector<int32_t> members;
  int64_t size() const { return static_cast<int64_t>(representative.size()); }
  std::span<const int32_t> of(int64_t g) const {
    return std::span(members).subspan(static_cast<size_t>(begin[g]), static_cast<size_t>(begin[g + 1] - begin[g]));
  }
};

// Throws invalid_argument for values that are not finite, naming the row, and for shapes that are none. [worker]
RowGroups group_equal_rows(MatrixView matrix, Task &task);

// Throws invalid_argument, naming the row, unless all values are finite. [worker]
void require_finite(MatrixView matrix, Task &task);

}  // namespace kalon
