#pragma once
// Whether a step that is done again and again keeps memory.

#include <malloc.h>

#include <functional>
#include <string>

#include "check.h"
#include "check_host.h"

namespace kalon::check {

inline size_t bytes_in_use() {
  auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd + host_bytes_in_use();
}

// What is kept once (caches, pools) is no leak: after a warm-up so many more rounds may keep less than a few bytes
// each.
inline void require_no_leak(const std::function<void()> &step, const char *what) {
  constexpr int warm_up = 10, rounds = 100;
  for (int i = 0; i < warm_up; ++i) step();
  size_t before = bytes_in_use();
  for (int i = 0; i < rounds; ++i) step();
  size_t after = bytes_in_use();
  size_t kept = after > before ? after - before : 0;
  require(kept < rounds * 16, std::string(what) + " keeps " + std::to_string(kept / rounds) + " bytes each time");
}

}  // namespace kalon::check
