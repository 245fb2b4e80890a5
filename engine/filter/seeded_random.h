#pragma once
// Random numbers that are the same everywhere: splitmix64 (Steele, Lea, Flood 2014).

#include <cstdint>

namespace kalon {

class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  // [0, bound), bound at least 1; its bias is below 2^-32 for bounds of 32 bits.
  uint64_t below(uint64_t bound) { return static_cast<uint64_t>(uniform() * static_cast<double>(bound)); }

 private:
  uint64_t state_;
};

}  // namespace kalon
