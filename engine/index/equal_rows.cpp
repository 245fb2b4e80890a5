#include "index/equal_rows.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/cpu.h"
#include "base/hash.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr int64_t rows_per_part = 1024;

int64_t parts_of(int64_t rows) {
  return (rows + rows_per_part - 1) / rows_per_part;
}

// Integers, because a comparison of exponents vectorises and no compiler flag can take it away.
KALON_MULTIVERSION bool all_finite(const float *values, int64_t count) {
  uint32_t bad = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits = std::bit_cast<uint32_t>(values[i]) & 0x7fffffffu;
    bad |= bits >= 0x7f800000u ? 1u : 0u;
  }
  return bad == 0;
}

struct Keyed {
  Hash128 key;
  int32_t row;
};

}  // namespace

void require_finite(MatrixView matrix, Task &task) {
  if (matrix.rows < 0 || matrix.dimension < 0 || matrix.rows > std::numeric_limits<int32_t>::max() ||
      (matrix.data == nullptr && matrix.rows > 0 && matrix.dimension > 0))
    throw Error(Status::invalid_argument, "a table of " + std::to_string(matrix.rows) + " x " +
                                              std::to_string(matrix.dimension) + " values cannot be searched");
  std::atomic<int64_t> first_bad{matrix.rows};
  parallel_for(parts_of(matrix.rows), [&](int64_t part) {
    task.throw_if_cancelled();
    int64_t end = std::min(matrix.rows, (part + 1) * rows_per_part);
    for (int64_t row = part * rows_per_part; row < end; ++row) {
      if (all_finite(matrix.row(row), matrix.dimension)) continue;
      int64_t known = first_bad.load();
      while (row < known && !first_bad.compare_exchange_weak(known, row)) {
      }
      return;
    }
  });
  if (first_bad < matrix.rows)
    throw Error(Status::invalid_argument,
                "row " + std::to_string(first_bad.load()) + " holds a value that is not finite: leave that vector out");
}

RowGroups group_equal_rows(MatrixView matrix, Task &task) {
  require_finite(matrix, task);
  int64_t rows = matrix.rows, dimension = matrix.dimension;
  std::vector<Keyed> keyed(static_cast<size_t>(rows));
  parallel_for(parts_of(rows), [&](int64_t part) {
    task.throw_if_cancelled();
    std::vector<float> copy(static_cast<size_t>(dimension));
    int64_t end = std::min(rows, (part + 1) * rows_per_part);
    for (int64_t row = part * rows_per_part; row < end; ++row) {
      const float *values = matrix.row(row);
      for (int64_t i = 0; i < dimension; ++i) copy[i] = values[i] == 0 ? 0.0f : values[i];
      keyed[row] = {hash_of(ByteView(reinterpret_cast<const uint8_t *>(copy.data()), copy.size() * sizeof(float))),
                    static_cast<int32_t>(row)};
    }
  });
  std::sort(keyed.begin(), keyed.end(),
            [](const Keyed &a, const Keyed &b) { return a.key != b.key ? a.key < b.key : a.row < b.row; });

  // The leader of a row is the smallest row that equals it. Rows of one hash are compared, so that even a collision
  // merges nothing unequal.
  std::vector<int32_t> leader(static_cast<size_t>(rows));
  std::vector<int32_t> leaders;
  for (size_t i = 0; i < keyed.size(); ++i) {
    if (i == 0 || keyed[i].key != keyed[i - 1].key) leaders.clear();
    const float *values = matrix.row(keyed[i].row);
    auto same = std::find_if(leaders.begin(), leaders.end(),
                             [&](int32_t other) { return std::equal(values, values + dimension, matrix.row(other)); });
    if (same == leaders.end()) same = leaders.insert(leaders.end(), keyed[i].row);
    leader[keyed[i].row] = *same;
  }

  RowGroups groups;
  groups.group.resize(static_cast<size_t>(rows));
  for (int32_t row = 0; row < rows; ++row) {
    if (leader[row] == row) {
      groups.group[row] = static_cast<int32_t>(groups.representative.size());
      groups.representative.push_back(row);
    } else {
      groups.group[row] = groups.group[leader[row]];
    }
  }
  groups.begin.assign(groups.representative.size() + 1, 0);
  for (int32_t g : groups.group) ++groups.begin[g + 1];
  for (size_t g = 1; g < groups.begin.size(); ++g) groups.begin[g] += groups.begin[g - 1];
  std::vector<int64_t> next(groups.begin.begin(), groups.begin.end() - 1);
  groups.members.resize(static_cast<size_t>(rows));
  for (int32_t row = 0; row < rows; ++row) groups.members[next[groups.group[row]]++] = row;
  return groups;
}

}  // namespace kalon
