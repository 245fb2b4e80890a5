#pragma once
// What was said of each pair, whoever said it and whichever side it stood on: what agreement, consistency, cycles and
// contested pairs are counted from.

#include <cstdint>
#include <span>
#include <vector>

namespace kalon {

struct VoteHistory;

struct PairAnswer {
  int32_t low = 0, high = 0;  // the items, the smaller number first
  int32_t annotator = 0;
  int8_t preferred = 0;     // 1: low, -1: high, 0: a tie
  bool low_left = false;    // of a comparison: low stood left
  int64_t comparison = -1;  // its number; -1: an ordering said so
};

// All votes that tell an order, by pair, then by annotator, then by time. An ordering answers each of its pairs of
// different ranks up to `largest` items, and none beyond. [any]
std::vector<PairAnswer> pair_answers(const VoteHistory &history, int32_t largest = 16);

// How often each item of a pair was preferred.
struct PairTally {
  int32_t low = 0, high = 0;
  uint32_t low_wins = 0, high_wins = 0, ties = 0;
  uint32_t votes() const { return low_wins + high_wins + ties; }
  int64_t margin() const { return int64_t{low_wins} - int64_t{high_wins}; }  // positive: low is preferred by most
};

// Of answers by pair; by pair again. [any]
std::vector<PairTally> pair_tallies(std::span<const PairAnswer> answers);
// The same of each annotator alone, by annotator. [any]
std::vector<std::vector<PairTally>> pair_tallies_by_annotator(std::span<const PairAnswer> answers, int32_t annotators);

// The pairs that voters are most divided about: the most votes for the less preferred item first, then the smallest
// margin. At most `count`; those that everybody agrees on are none. [any]
std::vector<PairTally> most_contested(std::span<const PairTally> tallies, size_t count);

// Which items can be compared at all, directly or through others.
struct Connection {
  std::vector<int32_t> without_vote;  // items that no vote told an order of, ascending
  std::vector<int32_t> part_sizes;    // of items that are connected by votes, largest first
  int32_t parts() const { return static_cast<int32_t>(part_sizes.size()); }  // 1 where all can be compared
};

Connection connection(int32_t items, std::span<const PairTally> tallies);  // [any]

}  // namespace kalon
