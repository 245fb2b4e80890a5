#pragma once
// Where the least of a range of numbers stands.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

// A segment tree: linear to build, logarithmic to ask; the first of equal ones.
class LeastInRange {
 public:
  LeastInRange() = default;
  explicit LeastInRange(std::vector<double> values) : values_(std::move(values)), least_(2 * values_.size()) {
    const size_t size = values_.size();
    for (size_t i = 0; i < size; ++i) least_[size + i] = static_cast<int32_t>(i);
    for (size_t i = size; i-- > 1;) least_[i] = better(least_[2 * i], least_[2 * i + 1]);
  }
  // From `first` up to but not including `end`; -1 for an empty range.
  int32_t operator()(int32_t first, int32_t end) const {
    int32_t best = -1;
    const size_t size = values_.size();
    if (first >= end) return best;
    for (size_t low = size + static_cast<size_t>(first), high = size + static_cast<size_t>(end); low < high;
         low /= 2, high /= 2) {
      if (low % 2 == 1) best = better(best, least_[low++]);
      if (high % 2 == 1) best = better(best, least_[--high]);
    }
    return best;
  }

 private:
  int32_t better(int32_t a, int32_t b) const {
    if (a < 0) return b;
    if (b < 0) return a;
    const double x = values_[static_cast<size_t>(a)], y = values_[static_cast<size_t>(b)];
    return x < y || (x == y && a < b) ? a : b;
  }

  std::vector<double> values_;
  std::vector<int32_t> least_;
};

}  // namespace kalon
