#pragma once
// Votes as the estimators and strategies see them: items are numbers from 0, people are numbers from 0, the order is
// that of time.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

enum class Verdict : int8_t { right = -1, tie = 0, left = 1, both_bad = 2, skip = 3 };

// Whether a verdict says anything of the order; both_bad and skip say nothing.
constexpr bool tells_order(Verdict verdict) {
  return verdict == Verdict::left || verdict == Verdict::right || verdict == Verdict::tie;
}

// One vote over two different items.
struct Comparison {
  int32_t left = 0, right = 0;
  Verdict verdict = Verdict::skip;
  int32_t annotator = 0;
  float weight = 1;  // how often it counts; positive and finite
};

// One vote over three or more different items. Each item was preferred to all of a greater rank; of items of equal rank
// nothing is said, so that the best of four has the ranks 1 2 2 2 and a full order 1 2 3 4.
struct Ordering {
  std::vector<int32_t> items;   // by slot
  std::vector<uint16_t> ranks;  // by slot, 1 = best
  int32_t annotator = 0;
  float weight = 1;
  uint64_t after = 0;  // how many comparisons came before it
};

struct VoteHistory {
  int32_t items = 0;
  int32_t annotators = 1;
  std::vector<Comparison> comparisons;
  std::vector<Ordering> orderings;
};

// Throws invalid_argument, with the number of the vote, for items or annotators that are none, an item against itself,
// weights that are not positive, and ranks that do not begin with 1. [any]
void require_valid(const VoteHistory &history);

// Calls compare(const Comparison &) and order(const Ordering &) for all votes in order of time, or for those behind the
// first so many comparisons and orderings. [any]
template <class Compare, class Order>
void in_order_of_time(const VoteHistory &history, const Compare &compare, const Order &order, size_t comparisons = 0,
                      size_t orderings = 0) {
  auto compare_until = [&](size_t end) {
    for (; comparisons < end; ++comparisons) compare(history.comparisons[comparisons]);
  };
  for (; orderings < history.orderings.size(); ++orderings) {
    const auto &ordering = history.orderings[orderings];
    compare_until(std::min<size_t>(ordering.after, history.comparisons.size()));
    order(ordering);
  }
  compare_until(history.comparisons.size());
}

}  // namespace kalon
