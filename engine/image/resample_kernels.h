#pragma once
// The inner loops of resampling. Private to the room.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

// Weights are fixed-point numbers of 22 fractional bits, as in Pillow. They are summed in single precision, which
// vector units do fastest, yet without any rounding: split into a high part (a multiple of 2^low_bits) and a low part
// of either sign, both small enough that the sums of up to longest_float_sum weighted bytes stay below 2^24. So the
// result is the same integer on every processor, with and without fused multiplication.
constexpr int weight_bits = 22, low_bits = 7;
constexpr size_t longest_float_sum = 1024;  // 64 x 255 x 1024 < 2^24

// What each destination sample takes from a row or column of the source: high[i * stride ...] and low[i * stride ...]
// over the source samples start[i] ... start[i] + count[i]. Starts and ends never fall from one destination sample to
// the next.
struct Weights {
  size_t stride = 0;
  std::vector<int> start, count;
  std::vector<float> high, low;
  int first() const { return start.front(); }
  int end() const { return start.back() + count.back(); }
};

// Convolves `rows` rows of pixels of 1 or 3 interleaved channels along x, from source to target (of
// weights.start.size() pixels a row), rounded and clipped to 8 bits. Row strides in bytes; source_width in pixels.
void convolve_rows(const uint8_t *source, size_t source_stride, int source_width, size_t channels, int rows,
                   const Weights &weights, uint8_t *target, size_t target_stride);

// Convolves along y: `source` is source row first_row; `bytes` in a row.
void convolve_columns(const uint8_t *source, size_t source_stride, int first_row, size_t bytes, const Weights &weights,
                      uint8_t *target, size_t target_stride);

}  // namespace kalon
