#include "image/resample_kernels.h"

#include <algorithm>
#include <cstring>

#include "base/cpu.h"

// Keeps GCC from merging turns of an outer loop (unroll and jam), after which it no longer sees that the inner one fits
// vectors.
#define KEEP_LOOPS_APART asm volatile("")

namespace kalon {
namespace {

// Transposition works on tiles of 16 rows of 16 bytes.
constexpr size_t tile = 16;
using TileRow = uint8_t __attribute__((vector_size(tile)));

TileRow interleave_low(TileRow a, TileRow b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
TileRow interleave_high(TileRow a, TileRow b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Four rounds of interleaving row i with row i + 8 transpose a tile.
void transpose_tile(const uint8_t *from, size_t from_stride, uint8_t *to, size_t to_stride) {
  TileRow a[tile], b[tile];
  for (size_t i = 0; i < tile; ++i) std::memcpy(&a[i], from + i * from_stride, tile);
  for (int rounds = 0; rounds < 2; ++rounds) {
    for (size_t i = 0; i < tile / 2; ++i) {
      b[2 * i] = interleave_low(a[i], a[i + tile / 2]);
      b[2 * i + 1] = interleave_high(a[i], a[i + tile / 2]);
    }
    for (size_t i = 0; i < tile / 2; ++i) {
      a[2 * i] = interleave_low(b[i], b[i + tile / 2]);
      a[2 * i + 1] = interleave_high(b[i], b[i + tile / 2]);
    }
  }
  for (size_t i = 0; i < tile; ++i) std::memcpy(to + i * to_stride, &a[i], tile);
}

KALON_MULTIVERSION void widen(const uint8_t *__restrict from, size_t count, float *__restrict to) {
  for (size_t i = 0; i < count; ++i) to[i] = from[i];
}

// Bytes [first, first + tile) of up to tile rows become tile columns of tile floats; what lies outside is 0.
void columns_from_rows(const uint8_t *source, size_t stride, size_t rows, size_t first, size_t row_bytes,
                       float *columns) {
  uint8_t turned[tile * tile];
  if (rows == tile && first + tile <= row_bytes) {
    transpose_tile(source + first, stride, turned, tile);
  } else {
    uint8_t padded[tile * tile] = {};
    const size_t bytes = std::min(tile, row_bytes - first);
    for (size_t y = 0; y < rows; ++y) std::memcpy(padded + y * tile, source + y * stride + first, bytes);
    transpose_tile(padded, tile, turned, tile);
  }
  widen(turned, tile * tile, columns);
}

void rows_from_columns(const uint8_t *columns, size_t rows, size_t first, size_t row_bytes, uint8_t *target,
                       size_t stride) {
  if (rows == tile && first + tile <= row_bytes) return transpose_tile(columns, tile, target + first, stride);
  uint8_t padded[tile * tile];
  transpose_tile(columns, tile, padded, tile);
  const size_t bytes = std::min(tile, row_bytes - first);
  for (size_t y = 0; y < rows; ++y) std::memcpy(target + y * stride + first, padded + y * tile, bytes);
}

// Half of the last bit that is dropped, in units of the high part.
constexpr float rounding = 1 << (weight_bits - 1 - low_bits);

// One destination pixel of 16 rows: each of its columns, one for each channel, is the weighted sum of `count` columns.
template <size_t channels>
[[gnu::always_inline]] inline void weigh(const float *__restrict columns, const float *__restrict high_weight,
                                         const float *__restrict low_weight, int count, uint8_t *__restrict target) {
  constexpr size_t width = channels * tile;
  float high[width], low[width];
  for (size_t i = 0; i < width; ++i) high[i] = rounding;
  for (size_t i = 0; i < width; ++i) low[i] = 0;
  for (int t = 0; t < count; ++t) {
    const float high_factor = high_weight[t], low_factor = low_weight[t];
    KEEP_LOOPS_APART;
    for (size_t i = 0; i < width; ++i) {
      high[i] += high_factor * columns[i];
      low[i] += low_factor * columns[i];
    }
    columns += width;
  }
  for (size_t i = 0; i < width; ++i) {
    const int value = (static_cast<int>(high[i]) * (1 << low_bits) + static_cast<int>(low[i])) >> weight_bits;
    target[i] = static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
  }
}

KALON_MULTIVERSION void weigh_colours(const float *columns, const float *high_weight, const float *low_weight,
                                      int count, uint8_t *target) {
  weigh<3>(columns, high_weight, low_weight, count, target);
}
KALON_MULTIVERSION void weigh_greys(const float *columns, const float *high_weight, const float *low_weight, int count,
                                    uint8_t *target) {
  weigh<1>(columns, high_weight, low_weight, count, target);
}

constexpr size_t block = 32, panel = 16 * block;

// One destination row of a panel, or of the first `width` of its columns (a multiple of block): the weighted sum of
// `count` rows of floats, given by their addresses.
KALON_MULTIVERSION void weigh_rows(const float *const *rows, const float *__restrict high_weight,
                                   const float *__restrict low_weight, int count, size_t width,
                                   uint8_t *__restrict target) {
  for (size_t x = 0; x < width; x += block) {
    float high[block], low[block];
    for (size_t i = 0; i < block; ++i) high[i] = rounding;
    for (size_t i = 0; i < block; ++i) low[i] = 0;
    for (int t = 0; t < count; ++t) {
      const float *row = rows[t] + x;
      const float high_factor = high_weight[t], low_factor = low_weight[t];
      KEEP_LOOPS_APART;
      for (size_t i = 0; i < block; ++i) {
        high[i] += high_factor * row[i];
        low[i] += low_factor * row[i];
      }
    }
    for (size_t i = 0; i < block; ++i) {
      const int value = (static_cast<int>(high[i]) * (1 << low_bits) + static_cast<int>(low[i])) >> weight_bits;
      target[x + i] = static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
    }
  }
}

// One destination sample, from `count` bytes that lie `step` apart. For the longest sums alone: slow, but it needs no
// memory, and integers hold what floats could not.
uint8_t weighed(const uint8_t *source, size_t step, const float *high_weight, const float *low_weight, int count) {
  int64_t sum = int64_t{1} << (weight_bits - 1);
  for (int t = 0; t < count; ++t, source += step)
    sum += (static_cast<int>(high_weight[t]) * (1 << low_bits) + static_cast<int>(low_weight[t])) * *source;
  return static_cast<uint8_t>(std::clamp<int64_t>(sum >> weight_bits, 0, 255));
}

}  // namespace

// Strips of 16 rows are transposed, so that the samples that share a weight lie side by side for the vector units
// whatever the number of weights. The transposed columns live in a window that moves along the strip and stays in the
// cache.
void convolve_rows(const uint8_t *source, size_t source_stride, int source_width, size_t channels, int rows,
                   const Weights &weights, uint8_t *target, size_t target_stride) {
  const size_t outputs = weights.start.size();
  const size_t row_bytes = static_cast<size_t>(source_width) * channels, target_bytes = outputs * channels;
  if (weights.stride > longest_float_sum) {
    for (size_t y = 0; y < static_cast<size_t>(rows); ++y)
      for (size_t i = 0; i < target_bytes; ++i) {
        const size_t x = i / channels, at = x * weights.stride;
        target[y * target_stride + i] =
            weighed(source + y * source_stride + static_cast<size_t>(weights.start[x]) * channels + i % channels,
                    channels, weights.high.data() + at, weights.low.data() + at, weights.count[x]);
      }
    return;
  }
  const auto weigh_pixels = channels == 3 ? weigh_colours : weigh_greys;
  const size_t capacity = weights.stride * channels * 4 + 8 * tile;  // columns; four times the longest sum
  std::vector<float> columns(capacity * tile);
  uint8_t results[tile * 3 * tile];  // 16 destination pixels: up to 48 columns

  for (size_t y = 0; y < static_cast<size_t>(rows); y += tile) {
    const size_t here = std::min(static_cast<size_t>(rows) - y, tile);
    const uint8_t *strip = source + y * source_stride;
    size_t begin = static_cast<size_t>(weights.first()) * channels;  // the byte of the rows that the window begins with
    size_t filled = begin;
    for (size_t x = 0; x < outputs; ++x) {
      const size_t from = static_cast<size_t>(weights.start[x]) * channels;
      const size_t need = from + static_cast<size_t>(weights.count[x]) * channels;
      while (filled < need) {
        if (filled + tile - begin > capacity) {
          const size_t keep = std::min(from, filled);
          std::memmove(columns.data(), columns.data() + (keep - begin) * tile, (filled - keep) * tile * sizeof(float));
          begin = keep;
          if (filled < from) begin = filled = from;
        }
        columns_from_rows(strip, source_stride, here, filled, row_bytes, columns.data() + (filled - begin) * tile);
        filled += tile;
      }
      const size_t slot = x % tile;
      weigh_pixels(columns.data() + (from - begin) * tile, weights.high.data() + x * weights.stride,
                   weights.low.data() + x * weights.stride, weights.count[x], results + slot * channels * tile);
      if (slot == tile - 1 || x + 1 == outputs)
        for (size_t b = 0; b < (slot + 1) * channels; b += tile)
          rows_from_columns(results + b * tile, here, (x - slot) * channels + b, target_bytes,
                            target + y * target_stride, target_stride);
    }
  }
}

// Panels of columns; within one, each source row is turned to floats once and kept in a ring for as long as destination
// rows need it.
void convolve_columns(const uint8_t *source, size_t source_stride, int first_row, size_t bytes, const Weights &weights,
                      uint8_t *target, size_t target_stride) {
  if (weights.stride > longest_float_sum) {
    for (size_t y = 0; y < weights.start.size(); ++y)
      for (size_t x = 0; x < bytes; ++x)
        target[y * target_stride + x] = weighed(
            source + static_cast<size_t>(weights.start[y] - first_row) * source_stride + x, source_stride,
            weights.high.data() + y * weights.stride, weights.low.data() + y * weights.stride, weights.count[y]);
    return;
  }
  const size_t ring = weights.stride;
  std::vector<float> widened(ring * panel);
  std::vector<const float *> rows(ring);
  uint8_t result[panel];
  for (size_t x = 0; x < bytes; x += panel) {
    const size_t here = std::min(panel, bytes - x), width = (here + block - 1) / block * block;
    auto next = static_cast<size_t>(weights.first());
    for (size_t y = 0; y < weights.start.size(); ++y) {
      const auto from = static_cast<size_t>(weights.start[y]), count = static_cast<size_t>(weights.count[y]);
      for (next = std::max(next, from); next < from + count; ++next)
        widen(source + (next - static_cast<size_t>(first_row)) * source_stride + x, here,
              widened.data() + next % ring * panel);
      for (size_t t = 0; t < count; ++t) rows[t] = widened.data() + (from + t) % ring * panel;
      weigh_rows(rows.data(), weights.high.data() + y * ring, weights.low.data() + y * ring, weights.count[y], width,
                 result);
      std::memcpy(target + y * target_stride + x, result, here);
    }
  }
}

}  // namespace kalon
