#pragma once
// Groups of rows, and what is told of each.

#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

constexpr int32_t no_group = -1;

// Which group each row is in. Groups are numbered from 0 by their smallest row.
struct Grouping {
  std::vector<int32_t> group;  // row -> group, or no_group
  int64_t count = 0;
};

// Any numbers of groups (negative: none) as a Grouping. [any]
Grouping numbered_by_first_row(std::span<const int32_t> group);

// The rows of each group, ascending. [any]
std::vector<std::vector<int32_t>> members_of(const Grouping &grouping);

// Brings every row to unit length; a row of zeros, which has no direction, stays. Values must be finite
// (invalid_argument). [worker]
void make_unit_rows(std::span<float> values, int64_t dimension, Task &task);

// The cosine of two unit rows. A row of zeros is 0 like any other, and 1 like another row of zeros. [any]
double row_similarity(const float *a, const float *b, int64_t dimension);

// Whether a similarity meets a level: vectors in float carry it to about 1e-7, so it is taken to 1e-6. [any]
inline bool meets_level(double similarity, double level) {
  return similarity >= level - 1e-6;
}

struct GroupFigures {
  double least_similarity = 1;  // over all pairs; 1 for a single row
  int32_t medoid = 0;           // the row with the greatest mean similarity to all others; the first of equals
};

// The figures of each group of unit rows. All pairs of a group are compared (by matrix products where they are many);
// the least similarity is exact to 1e-6. [worker]
std::vector<GroupFigures> group_figures(MatrixView unit_rows, const std::vector<std::vector<int32_t>> &groups,
                                        Task &task);

// Up to `count` of the rows, each the one least similar to those before it, beginning with `first`. [worker]
std::vector<int32_t> spread_rows(MatrixView unit_rows, std::span<const int32_t> rows, int32_t first, int64_t count,
                                 Task &task);

}  // namespace kalon
