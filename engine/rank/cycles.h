#pragma once
// Preferences that go round: a before b before c before a.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/task.h"
#include "rank/pair_answers.h"
#include "rank/proportion.h"

namespace kalon {

struct Cycle {
  std::array<int32_t, 3> items{};  // each preferred to the next and the last to the first; begins with the smallest
  uint64_t votes = 0;              // in its three pairs
  int64_t margin = 0;              // of the least decided of its pairs, in votes
};

// Triads are three items of which each pair has a majority of the votes.
struct Cycles {
  double triads = 0, circular = 0;
  double share = 0;          // circular of the triads; a quarter is what chance gives
  bool exact = true;         // else estimated from a sample of triads
  Bounds circular_interval;  // 95 %; of an exact count the count itself
  // Kendall's coefficient of consistence (Kendall and Babington Smith 1940): 1 without cycles, 0 with as many as there
  // can be. Only where every pair of the items that were voted on has a majority, and there are three of them.
  std::optional<double> consistence;
  std::vector<Cycle> examples;  // the best supported that were met: by margin, then by votes
};

struct CycleOptions {
  uint64_t most_work = 100'000'000;  // looks at a third item; beyond that triads are sampled
  uint64_t samples = 1'000'000;
  size_t examples = 10;
  uint64_t seed = 1;
};

// Tallies by pair, of items below `items`. Memory is linear in both. [worker]
Cycles find_cycles(int32_t items, std::span<const PairTally> tallies, const CycleOptions &options, Task &task);

}  // namespace kalon
