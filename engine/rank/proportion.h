#pragma once
// How sure a count of yes and no is.

#include <cstdint>

namespace kalon {

// Of an interval.
struct Bounds {
  double lower = 0, upper = 0;
};

// So many of so many, with the interval that holds the true share 95 times of 100 (Wilson 1927).
struct Share {
  uint64_t count = 0, of = 0;
  double share = 0;  // 0 of none
  Bounds interval{0, 1};
  bool known() const { return of > 0; }
};

Share share_of(uint64_t count, uint64_t of);  // count <= of [any]

// The probability that a fair coin gives `count` of `of` or what is as far from a half: the exact two-sided binomial
// test. 1 of none. [any]
double fair_coin_probability(uint64_t count, uint64_t of);

inline constexpr double normal_95 = 1.959963984540054;  // half the width of a normal's 95 % interval

}  // namespace kalon
