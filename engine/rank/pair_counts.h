#pragma once
// How often pairs were asked, whichever side they stood on. Memory is linear in the number of different pairs.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

struct Comparison;
struct Ordering;
struct VoteHistory;

class PairCounts {
 public:
  PairCounts() = default;
  explicit PairCounts(int32_t items) : of_item_(static_cast<size_t>(items)) {}
  static PairCounts of(const VoteHistory &history);  // all its votes

  void add(const Comparison &vote);  // skips too
  void add(const Ordering &vote);    // once for each of its pairs; not at all one of more than `largest` items
  void add(int32_t a, int32_t b, int32_t times = 1);  // a != b; negative takes back, not below 0
  int32_t of(int32_t a, int32_t b) const;
  int32_t of_item(int32_t item) const { return of_item_[static_cast<size_t>(item)]; }  // in all pairs
  int32_t items() const { return static_cast<int32_t>(of_item_.size()); }
  uint64_t different_pairs() const { return used_; }
  static constexpr size_t largest = 16;

 private:
  struct Slot {
    uint64_t key = 0;  // 0: free; else both items, the smaller in the upper half, plus 1
    int32_t count = 0;
  };
  size_t place(uint64_t key) const;
  void grow();

  std::vector<Slot> slots_;  // open addressing; a power of two
  uint64_t used_ = 0;        // slots whose count may be 0 again
  std::vector<int32_t> of_item_;
};

}  // namespace kalon
