#pragma once
// The inner loops of resampling. Private to the room.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

// What each destination sample takes from a row or column of the source: weight[i * stride ...] over the source samples
// start[i] ... start[i] + count[i]. Starts and ends never fall from one destination sample to the next.
struct Weights {
  int stride = 0;
  std::vector<int> start, count;
  std::vector<float> weight;
  int first() const { return start.front(); }
  int end() const { return start.back() + count.back(); }
};

// Convolves `rows` rows of interleaved RGB along x, from source to target (of weights.start.size() pixels a row),
// rounded and clipped to 8 bits. Row strides in bytes; source_width in pixels.
void convolve_rows(const uint8_t *source, size_t source_stride, int source_width, int rows, const Weights &weights,
                   uint8_t *target, size_t target_stride);

// Convolves along y: `source` is source row first_row; `bytes` in a row.
void convolve_columns(const uint8_t *source, size_t source_stride, int first_row, size_t bytes, const Weights &weights,
                      uint8_t *target, size_t target_stride);

}  // namespace kalon
