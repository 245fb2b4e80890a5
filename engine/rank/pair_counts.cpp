#include "rank/pair_counts.h"

#include <algorithm>

#include "base/random.h"
#include "rank/votes.h"

namespace kalon {
namespace {

uint64_t key_of(int32_t a, int32_t b) {
  auto [low, high] = std::minmax(a, b);
  return (static_cast<uint64_t>(low) << 32 | static_cast<uint32_t>(high)) + 1;
}

}  // namespace

PairCounts PairCounts::of(const VoteHistory &history) {
  PairCounts counts(history.items);
  for (const auto &vote : history.comparisons) counts.add(vote);
  for (const auto &vote : history.orderings) counts.add(vote);
  return counts;
}

void PairCounts::add(const Comparison &vote) {
  add(vote.left, vote.right);
}

void PairCounts::add(const Ordering &vote) {
  if (vote.items.size() > largest) return;
  for (size_t i = 0; i < vote.items.size(); ++i)
    for (size_t j = 0; j < i; ++j) add(vote.items[i], vote.items[j]);
}

// Of the slot with this key, or of the free one where it would stand.
size_t PairCounts::place(uint64_t key) const {
  size_t mask = slots_.size() - 1, at = Random(key).next() & mask;
  while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & mask;
  return at;
}

void PairCounts::grow() {
  auto old = std::move(slots_);
  slots_.assign(std::max<size_t>(64, old.size() * 2), Slot());
  for (const auto &slot : old)
    if (slot.key != 0) slots_[place(slot.key)] = slot;
}

void PairCounts::add(int32_t a, int32_t b, int32_t times) {
  if ((used_ + 1) * 3 > slots_.size() * 2) grow();
  auto &slot = slots_[place(key_of(a, b))];
  if (slot.key == 0) {
    slot.key = key_of(a, b);
    ++used_;
  }
  times = std::max(times, -slot.count);
  slot.count += times;
  of_item_[static_cast<size_t>(a)] += times;
  of_item_[static_cast<size_t>(b)] += times;
}

int32_t PairCounts::of(int32_t a, int32_t b) const {
  return slots_.empty() ? 0 : slots_[place(key_of(a, b))].count;
}

}  // namespace kalon
