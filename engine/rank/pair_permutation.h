#pragma once
// All pairs of so many items in an order at random, without a list of them.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/random.h"

namespace kalon {

// A Feistel network of four rounds over the numbers of pairs; those beyond the last are passed through it again until
// they fall below (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
class PairPermutation {
 public:
  PairPermutation() = default;
  PairPermutation(int64_t items, uint64_t seed)
      : pairs_(static_cast<uint64_t>(items < 2 ? 0 : items * (items - 1) / 2)),
        half_(std::max(1, (static_cast<int>(std::bit_width(pairs_)) + 1) / 2)),
        seed_(seed) {}
  uint64_t size() const { return pairs_; }
  // Two different numbers below `items`, for `at` below size(): each pair once.
  std::pair<int32_t, int32_t> operator[](uint64_t at) const {
    do at = mix(at);
    while (at >= pairs_);
    auto high = static_cast<uint64_t>((1 + std::sqrt(1 + 8 * static_cast<double>(at))) / 2);
    while (high * (high - 1) / 2 > at) --high;
    while (high * (high + 1) / 2 <= at) ++high;
    return {static_cast<int32_t>(at - high * (high - 1) / 2), static_cast<int32_t>(high)};
  }

 private:
  uint64_t mix(uint64_t at) const {
    const uint64_t mask = (uint64_t{1} << half_) - 1;
    uint64_t left = at >> half_, right = at & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      auto next = left ^ (Random(seed_ ^ (right * 4 + round)).next() & mask);
      left = right;
      right = next;
    }
    return left << half_ | right;
  }

  uint64_t pairs_ = 0;
  int half_ = 1;
  uint64_t seed_ = 0;
};

}  // namespace kalon
