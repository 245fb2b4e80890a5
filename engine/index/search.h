#pragma once
// The searches behind neighbours.h. All give the same exact result: for each query the k best base places by
// (distance rounded to float, place). Base rows are distinct, finite, and at least k >= 1.

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

// Some rows of a matrix; a place is an index into the list.
struct Subset {
  MatrixView matrix;
  std::span<const int32_t> rows;
  int64_t size() const { return static_cast<int64_t>(rows.size()); }
  const float *at(int64_t place) const { return matrix.row(rows[static_cast<size_t>(place)]); }
};

// The k best (distance, place) pairs offered so far: a heap with the worst on top.
class NearestList {
 public:
  explicit NearestList(int64_t k) : k_(static_cast<size_t>(k)) { heap_.reserve(k_); }
  bool full() const { return heap_.size() == k_; }
  float worst() const { return heap_.front().first; }  // of a full list
  void offer(float distance, int32_t place) {
    std::pair<float, int32_t> entry{distance, place};
    if (!full()) {
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end());
    } else if (entry < heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = entry;
      std::push_heap(heap_.begin(), heap_.end());
    }
  }
  // Writes k places and distances, nearest first, and empties the list.
  void finish(int32_t *places, float *distances) {
    std::sort_heap(heap_.begin(), heap_.end());
    for (auto [distance, place] : heap_) {
      *distances++ = distance;
      *places++ = place;
    }
    heap_.clear();
  }

 private:
  size_t k_;
  std::vector<std::pair<float, int32_t>> heap_;
};

// `rows` of the result are base places. Each advances the task by one per query.
Neighbours scan_search(Subset base, Subset queries, int64_t k, Task &task);     // every pair in double
Neighbours tree_search(Subset base, Subset queries, int64_t k, Task &task);     // k-d tree, for few dimensions
Neighbours product_search(Subset base, Subset queries, int64_t k, Task &task);  // matrix products

}  // namespace kalon
