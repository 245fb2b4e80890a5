#pragma once
// The shortest open path through a few vectors.

#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

inline constexpr int64_t most_in_small_path = 12;

// Of at most most_in_small_path rows; dynamic programming over subsets (Held and Karp 1962): n² 2ⁿ steps. It begins at
// the place `first` of rows, or anywhere when that is -1. [any]
std::vector<int32_t> shortest_path(MatrixView vectors, std::span<const int32_t> rows, int32_t first = -1);

}  // namespace kalon
