#pragma once
// What an order is sought for: each value once, in a range that float can square.

#include <cstdint>
#include <vector>

#include "base/task.h"
#include "index/equal_rows.h"

namespace kalon {

class DistinctRows {
 public:
  // `start` is the row that the order is to begin with, or -1. Throws invalid_argument when it does not exist or a
  // value is not finite. The vectors are borrowed. [worker]
  DistinctRows(MatrixView vectors, int64_t start, Task &task);
  DistinctRows(const DistinctRows &) = delete;  // its vectors may be its own
  DistinctRows &operator=(const DistinctRows &) = delete;

  // The vectors, all multiplied by one power of two, which changes no order, when their values are very large or small.
  MatrixView vectors() const { return scaled_; }
  const std::vector<int32_t> &rows() const { return groups_.representative; }  // the smallest row of each value
  int32_t start() const { return start_group_; }                               // as a place in rows, or -1
  // All rows along a path through rows(), equal ones side by side; the start first if the path begins with its value.
  std::vector<int32_t> all_along(const std::vector<int32_t> &path) const;

 private:
  RowGroups groups_;
  int32_t start_ = -1, start_group_ = -1;
  std::vector<float> copy_;
  MatrixView scaled_;
};

}  // namespace kalon
