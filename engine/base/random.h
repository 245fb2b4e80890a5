#pragma once
// Random numbers that are the same with every standard library.

#include <cstdint>
#include <vector>

namespace kalon {

// splitmix64 (Steele, Lea and Flood 2014). Not thread-safe.
class Random {
 public:
  // What the state grows by with each number: Random(seed + n * step) goes on where n numbers of Random(seed) end.
  static constexpr uint64_t step = 0x9e3779b97f4a7c15u;

  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += step;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Below bound, which is 1 to 2^32; the bias is bound / 2^32.
  uint64_t below(uint64_t bound) { return ((next() >> 32) * bound) >> 32; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // in [0, 1)

 private:
  uint64_t state_;
};

// `count` of the numbers below `size` (all of them when they are no more), drawn without replacement, ascending. [any]
std::vector<int32_t> random_sample(int64_t size, int64_t count, Random &random);

}  // namespace kalon
