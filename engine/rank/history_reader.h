#pragma once
// Reads a history that mostly grows at its end, each vote once.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "rank/votes.h"

namespace kalon {

// So that what is derived from all votes costs only what the new ones do, and is still right after an undo.
class HistoryReader {
 public:
  void forget() { items_ = -1; }

  // Calls compare(const Comparison &) and order(const Ordering &), in order of time, for all votes since the last call;
  // restart() and then all of them when this is no continuation of the history that it saw then. That is told from the
  // last 16 votes and their number: a history that lost a vote, wherever, has moved up by one there.
  template <class Restart, class Compare, class Order>
  void read(const VoteHistory &history, const Restart &restart, const Compare &compare, const Order &order) {
    if (!continues(history)) {
      comparisons_ = orderings_ = 0;
      restart();
    }
    auto compare_until = [&](size_t end) {
      for (; comparisons_ < end; ++comparisons_) compare(history.comparisons[comparisons_]);
    };
    for (; orderings_ < history.orderings.size(); ++orderings_) {
      const auto &ordering = history.orderings[orderings_];
      compare_until(std::min<size_t>(ordering.after, history.comparisons.size()));
      order(ordering);
    }
    compare_until(history.comparisons.size());
    remember(history);
  }

 private:
  static constexpr size_t remembered = 16;

  static bool equal(const Comparison &a, const Comparison &b) {
    return a.left == b.left && a.right == b.right && a.verdict == b.verdict && a.annotator == b.annotator;
  }
  bool continues(const VoteHistory &history) const {
    if (items_ != history.items || history.comparisons.size() < comparisons_ || history.orderings.size() < orderings_)
      return false;
    for (size_t i = 0; i < last_.size(); ++i)
      if (!equal(last_[i], history.comparisons[comparisons_ - last_.size() + i])) return false;
    if (orderings_ > 0) {
      const auto &last = history.orderings[orderings_ - 1];
      if (last.after != last_ordering_.after || last.items != last_ordering_.items ||
          last.ranks != last_ordering_.ranks || last.annotator != last_ordering_.annotator)
        return false;
    }
    return orderings_ == history.orderings.size() || history.orderings[orderings_].after >= comparisons_;
  }
  void remember(const VoteHistory &history) {
    items_ = history.items;
    auto count = static_cast<std::ptrdiff_t>(std::min(remembered, comparisons_));
    last_.assign(history.comparisons.end() - count, history.comparisons.end());
    if (orderings_ > 0) last_ordering_ = history.orderings.back();
  }

  int32_t items_ = -1;
  size_t comparisons_ = 0, orderings_ = 0;  // read so far
  std::vector<Comparison> last_;
  Ordering last_ordering_;
};

}  // namespace kalon
