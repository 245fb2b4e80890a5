#include "arrange/grid_filter.h"

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "base/threads.h"

namespace kalon {
namespace {

// to += factor * from
KALON_MULTIVERSION void add(const float *__restrict from, float factor, int64_t count, float *__restrict to) {
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

// to = (sum + part * edges) * scale, of which either edge may be missing.
KALON_MULTIVERSION void write_mean(const float *__restrict sum, const float *low, const float *high, float part,
                                   float scale, int64_t count, float *__restrict to) {
  if (low != nullptr && high != nullptr)
    for (int64_t i = 0; i < count; ++i) to[i] = (sum[i] + part * (low[i] + high[i])) * scale;
  else if (low != nullptr || high != nullptr)
    for (int64_t i = 0; i < count; ++i) to[i] = (sum[i] + part * (low != nullptr ? low : high)[i]) * scale;
  else
    for (int64_t i = 0; i < count; ++i) to[i] = sum[i] * scale;
}

// Means along a line of so many items, each `count` numbers wide and `stride` apart.
struct Line {
  const float *from;
  float *to;
  int64_t items, stride, count;
  double radius;
};

void filter_line(const Line &line, std::vector<float> &sum) {
  auto whole = static_cast<int64_t>(line.radius);
  auto part = static_cast<float>(line.radius - static_cast<double>(whole));
  sum.assign(static_cast<size_t>(line.count), 0);
  int64_t low = 0, high = -1;
  for (int64_t i = 0; i < line.items; ++i) {
    int64_t first = std::max<int64_t>(0, i - whole), last = std::min(line.items - 1, i + whole);
    while (high < last) add(line.from + ++high * line.stride, 1, line.count, sum.data());
    while (low < first) add(line.from + low++ * line.stride, -1, line.count, sum.data());
    const float *below = part > 0 && first > 0 ? line.from + (first - 1) * line.stride : nullptr;
    const float *above = part > 0 && last + 1 < line.items ? line.from + (last + 1) * line.stride : nullptr;
    float weight =
        static_cast<float>(last - first + 1) + part * static_cast<float>((below != nullptr) + (above != nullptr));
    write_mean(sum.data(), below, above, part, 1 / weight, line.count, line.to + i * line.stride);
  }
}

}  // namespace

void filter_grid(const GridShape &shape, int64_t dimension, double radius, std::vector<float> &values,
                 std::vector<float> &space, const Task &task) {
  constexpr int64_t numbers_at_a_time = int64_t{1} << 16, strip = 256;
  int64_t columns = shape.columns, row_numbers = columns * dimension;
  int64_t rows = (shape.cells + columns - 1) / columns;
  space.resize(values.size());
  int64_t rows_at_a_time = std::max<int64_t>(1, numbers_at_a_time / row_numbers);
  parallel_for((rows + rows_at_a_time - 1) / rows_at_a_time, [&](int64_t part) {
    task.throw_if_cancelled();
    std::vector<float> sum;
    for (int64_t y = part * rows_at_a_time; y < std::min(rows, (part + 1) * rows_at_a_time); ++y) {
      int64_t items = std::min(columns, shape.cells - y * columns);
      filter_line(
          {values.data() + y * row_numbers, space.data() + y * row_numbers, items, dimension, dimension, radius}, sum);
    }
  });
  // Columns that the last row does not reach are a row shorter. A strip of numbers is filtered at once.
  int64_t full = shape.cells - (rows - 1) * columns;
  for (int side = 0; side < 2; ++side) {
    int64_t begin = side == 0 ? 0 : full * dimension, end = side == 0 ? full * dimension : row_numbers;
    int64_t items = side == 0 ? rows : rows - 1;
    int64_t width = std::max(strip, numbers_at_a_time / std::max<int64_t>(1, rows));
    parallel_for((end - begin + width - 1) / width, [&](int64_t part) {
      task.throw_if_cancelled();
      std::vector<float> sum;
      int64_t first = begin + part * width, count = std::min(width, end - first);
      filter_line({space.data() + first, values.data() + first, items, row_numbers, count, radius}, sum);
    });
  }
}

}  // namespace kalon
