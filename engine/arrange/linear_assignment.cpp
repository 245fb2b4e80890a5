#include "arrange/linear_assignment.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/cpu.h"

namespace kalon {
namespace {

#define KALON_INSIDE __attribute__((always_inline)) inline

// While a row is free a column is, at its first price: no path and no price passes a few costs. What is added to rule a
// column out lies above that, and a key of all of it fits into 32 bits.
constexpr int32_t no_column = 1 << 22, done_column = 1 << 23;
constexpr int column_bits = 6, key_bits = column_bits + 1;
static_assert(most_assigned <= 1 << column_bits);
static_assert(8 * most_assigned_cost < no_column);
static_assert(int64_t{no_column + done_column} + no_column <= int64_t{1} << (31 - key_bits));

struct Problem {
  const int32_t *costs;
  int size;
  int32_t *row_of;  // column -> row, -1: free
  alignas(64) int32_t price[most_assigned];
  int32_t column_of[most_assigned];
  int32_t free[most_assigned];
  int free_rows = 0;
};

// Each column offers itself to its cheapest row.
template <int Width>
KALON_INSIDE void reduce_columns(Problem &p) {
  alignas(64) int32_t row[Width];
  for (int j = 0; j < Width; ++j) {
    p.price[j] = p.costs[j];
    row[j] = 0;
  }
  for (int i = 1; i < p.size; ++i) {
    const int32_t *cost = p.costs + i * Width;
    for (int j = 0; j < Width; ++j) {
      bool less = cost[j] < p.price[j];
      p.price[j] = less ? cost[j] : p.price[j];
      row[j] = less ? i : row[j];
    }
  }
  std::fill(p.price + p.size, p.price + Width, 0);  // else what stands beside the matrix would cost nothing
  std::fill_n(p.column_of, p.size, -1);
  for (int j = 0; j < p.size; ++j) {
    p.row_of[j] = -1;
    if (p.column_of[row[j]] >= 0) continue;
    p.column_of[row[j]] = j;
    p.row_of[j] = row[j];
  }
  for (int i = 0; i < p.size; ++i)
    if (p.column_of[i] < 0) p.free[p.free_rows++] = i;
}

// The column of the smallest value, and that value.
template <int Width>
KALON_INSIDE std::pair<int, int32_t> smallest(const int32_t *keys) {
  int32_t least = keys[0];
  for (int j = 1; j < Width; ++j) least = std::min(least, keys[j]);
  return {least & ((1 << column_bits) - 1), least >> column_bits};
}

// Free rows take their best column and make it as dear as their second best; whoever had it is free again.
template <int Width>
KALON_INSIDE void reduce_rows(Problem &p) {
  int next = 0, rows = std::exchange(p.free_rows, 0);
  while (next < rows) {
    int i = p.free[next++];
    const int32_t *cost = p.costs + i * Width;
    alignas(64) int32_t keys[Width];
    for (int j = 0; j < Width; ++j) keys[j] = (cost[j] - p.price[j]) * (1 << column_bits) + j;
    auto [column, least] = smallest<Width>(keys);
    keys[column] = std::numeric_limits<int32_t>::max();
    auto [other, second] = smallest<Width>(keys);
    int32_t before = p.row_of[column];
    if (least < second) {
      p.price[column] -= second - least;
    } else if (before >= 0) {
      column = other;
      before = p.row_of[column];
    }
    p.column_of[i] = column;
    p.row_of[column] = i;
    if (before < 0) continue;
    if (least < second)
      p.free[--next] = before;
    else
      p.free[p.free_rows++] = before;
  }
}

// The cheapest way to a free column, along which all columns change hands.
template <int Width>
KALON_INSIDE void augment(Problem &p, int start) {
  alignas(64) int32_t length[Width], from[Width], done[Width], free[Width], keys[Width];
  const int32_t *cost = p.costs + start * Width;
  for (int j = 0; j < Width; ++j) {
    length[j] = cost[j] - p.price[j];
    from[j] = start;
    done[j] = 0;
    free[j] = p.row_of[j < p.size ? j : 0] >= 0 ? 1 << column_bits : 0;
  }
  int column;
  int32_t reached;
  while (true) {
    // Of columns that are equally near a free one comes first.
    for (int j = 0; j < Width; ++j) keys[j] = (length[j] + done[j]) * (1 << key_bits) + free[j] + j;
    int32_t least = keys[0];
    for (int j = 1; j < Width; ++j) least = std::min(least, keys[j]);
    column = least & ((1 << column_bits) - 1);
    reached = least >> key_bits;
    int i = p.row_of[column];
    if (i < 0) break;
    done[column] = done_column;
    cost = p.costs + i * Width;
    int32_t base = reached - (cost[column] - p.price[column]);
    for (int j = 0; j < Width; ++j) {
      int32_t by_this = cost[j] - p.price[j] + base;
      bool shorter = by_this < length[j];
      length[j] = shorter ? by_this : length[j];
      from[j] = shorter ? i : from[j];
    }
  }
  for (int j = 0; j < Width; ++j) p.price[j] += done[j] != 0 ? length[j] - reached : 0;
  int row;
  do {
    row = from[column];
    p.row_of[column] = row;
    std::swap(column, p.column_of[row]);
  } while (row != start);
}

template <int Width>
KALON_INSIDE void solve(int32_t *costs, int size, int32_t *row_of_column) {
  for (int i = 0; i < size; ++i) std::fill(costs + i * Width + size, costs + (i + 1) * Width, no_column);
  Problem p;
  p.costs = costs;
  p.size = size;
  p.row_of = row_of_column;
  reduce_columns<Width>(p);
  for (int pass = 0; pass < 2 && p.free_rows > 0; ++pass) reduce_rows<Width>(p);
  for (int f = 0; f < p.free_rows; ++f) augment<Width>(p, p.free[f]);
}

}  // namespace

KALON_MULTIVERSION void assign_cheapest(int32_t *costs, int size, int32_t *row_of_column) {
  if (size == 1) {
    row_of_column[0] = 0;
    return;
  }
  switch (assignment_stride(size)) {
    case 16:
      return solve<16>(costs, size, row_of_column);
    case 32:
      return solve<32>(costs, size, row_of_column);
    case 48:
      return solve<48>(costs, size, row_of_column);
    default:
      return solve<64>(costs, size, row_of_column);
  }
}

}  // namespace kalon
