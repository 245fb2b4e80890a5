#pragma once
// Sets of numbers that grow together.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace kalon {

// The numbers below a count, each alone at first (union and find, with path halving: Tarjan and van Leeuwen 1984). A
// set goes by its smallest number. Not thread-safe: looking for a set shortens the way to it.
class DisjointSets {
 public:
  explicit DisjointSets(int64_t count) : parent_(static_cast<size_t>(count)), count_(count) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  int64_t count() const { return count_; }  // of the sets
  int64_t numbers() const { return static_cast<int64_t>(parent_.size()); }

  int32_t of(int32_t number) {
    int32_t *parent = parent_.data();
    while (parent[number] != number) number = parent[number] = parent[parent[number]];
    return number;
  }

  // False when both are in one set already.
  bool join(int32_t a, int32_t b) {
    a = of(a);
    b = of(b);
    if (a == b) return false;
    parent_[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
    --count_;
    return true;
  }

 private:
  std::vector<int32_t> parent_;
  int64_t count_;
};

}  // namespace kalon
