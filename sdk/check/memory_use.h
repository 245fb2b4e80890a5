#pragma once
// Whether a step that is done again and again keeps memory.

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "check.h"
#include "check_host.h"

namespace kalon::check {

inline size_t bytes_in_use() {
  auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd + host_bytes_in_use();
}

// What is kept once (caches, pools, what the system keeps of threads that ended) is no leak, whenever it is: after a
// warm-up, one of several series of rounds must keep less than a few bytes each.
inline void require_no_leak(const std::function<void()> &step, const char *what) {
  constexpr int warm_up = 10, rounds = 100, series = 3;
  for (int i = 0; i < warm_up; ++i) step();
  size_t least = SIZE_MAX;
  for (int i = 0; i < series && least >= rounds * 16; ++i) {
    size_t before = bytes_in_use();
    for (int round = 0; round < rounds; ++round) step();
    size_t after = bytes_in_use();
    least = std::min(least, after > before ? after - before : 0);
  }
  require(least < rounds * 16, std::string(what) + " keeps " + std::to_string(least / rounds) + " bytes each time");
}

}  // namespace kalon::check
