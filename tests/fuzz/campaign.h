#pragma once
// One parser against many inputs.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "fuzz/allocations.h"
#include "fuzz/mutator.h"

// How often each parser is tried: KALON_FUZZ_ITERATIONS, else a number that takes seconds in total.
inline uint64_t iterations(uint64_t usual) {
  const char *asked = std::getenv("KALON_FUZZ_ITERATIONS");
  return asked && *asked ? std::strtoull(asked, nullptr, 10) : usual;
}

inline std::string hex_of(const std::string &bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char c : bytes.substr(0, 2048)) text += {digits[c >> 4], digits[c & 15]};
  return text;
}

// parse gives an empty text, or says which promise was broken. It may throw kalon::Error and nothing else, and may ask
// for no piece of memory above 64 MiB, whatever the input's own numbers say. An input is told by its iteration alone; a
// crash is reported with it too.
template <class Parse>
void campaign(Mutator mutator, uint64_t usual, Parse parse) {
  constexpr size_t most_memory = size_t{64} << 20;
  uint64_t count = iterations(usual), accepted = 0;
  for (uint64_t iteration = 0; iteration < count; ++iteration) {
    CAPTURE(iteration);
    auto input = mutator.input(iteration);
    std::string broken;
    forget_allocations();
    try {
      broken = parse(input);
      ++accepted;
    } catch (const kalon::Error &) {
    } catch (...) {
      broken = "threw " + kalon::outcome_of_current_exception().text;
    }
    if (largest_allocation() > most_memory)
      broken = "asked for " + std::to_string(largest_allocation()) + " bytes at once";
    if (broken.empty()) continue;
    CAPTURE(broken, hex_of(input));
    FAIL("a parser broke its promise");
  }
  CHECK(accepted > 0);  // sound inputs are among them, so that not all ended at the first byte
}
