#include "arrange/distinct_rows.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace kalon {

DistinctRows::DistinctRows(MatrixView vectors, int64_t start, Task &task) : scaled_(vectors) {
  if (start < -1 || start >= vectors.rows)
    throw Error(Status::invalid_argument, "the order is to begin with row " + std::to_string(start) +
                                              ", but there are " + std::to_string(vectors.rows) + ", counted from 0");
  groups_ = group_equal_rows(vectors, task);
  if (start >= 0) {
    start_ = static_cast<int32_t>(start);
    start_group_ = groups_.group[start_];
  }
  int64_t count = vectors.rows * vectors.dimension;
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(vectors.data[i]));
  if (largest == 0 || (largest < 1e12f && largest > 1e-6f)) return;
  double factor = std::ldexp(1.0, -std::ilogb(largest));
  copy_.resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) copy_[i] = static_cast<float>(static_cast<double>(vectors.data[i]) * factor);
  scaled_.data = copy_.data();
}

std::vector<int32_t> DistinctRows::all_along(const std::vector<int32_t> &path) const {
  std::vector<int32_t> sequence;
  sequence.reserve(groups_.members.size());
  for (int32_t row : path) {
    auto members = groups_.of(groups_.group[row]);
    sequence.insert(sequence.end(), members.begin(), members.end());
  }
  if (start_ >= 0 && groups_.group[sequence.front()] == start_group_) {
    auto own = std::find(sequence.begin(), sequence.end(), start_);
    std::rotate(sequence.begin(), own, own + 1);
  }
  return sequence;
}

}  // namespace kalon
