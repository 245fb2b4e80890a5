#pragma once
// The lines of tests/golden/rank/vote_quality.txt: what krippendorff, SciPy, statsmodels and NumPy say.

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rank/votes.h"

namespace kalon::testing {

// The numbers of every line of this name.
inline std::vector<std::vector<double>> golden_lines(const std::string &name) {
  std::ifstream file(KALON_SOURCE_DIR "/tests/golden/rank/vote_quality.txt");
  REQUIRE(file);
  std::vector<std::vector<double>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream text(line);
    std::string own;
    text >> own;
    if (own != name) continue;
    lines.emplace_back();
    for (double value; text >> value;) lines.back().push_back(value);
  }
  REQUIRE_FALSE(lines.empty());
  return lines;
}

inline Comparison vote(int32_t left, int32_t right, int verdict, int32_t annotator = 0) {
  return {left, right, static_cast<Verdict>(verdict), annotator, 1};
}

inline VoteHistory history_of(int32_t items, int32_t annotators, std::vector<Comparison> comparisons) {
  VoteHistory history;
  history.items = items;
  history.annotators = annotators;
  history.comparisons = std::move(comparisons);
  return history;
}

}  // namespace kalon::testing
