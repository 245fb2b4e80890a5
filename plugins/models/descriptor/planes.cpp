#include "planes.h"

namespace descriptor {
namespace {

// One row of pixels: its luma, and its colours counted.
void read_row(const uint8_t *row, int32_t *luma, uint16_t *counts) {
  std::array<uint16_t, side> cells;
  for (int x = 0; x < side; ++x) {
    int32_t r = row[3 * x], g = row[3 * x + 1], b = row[3 * x + 2];
    luma[x] = 299 * r + 587 * g + 114 * b;
    cells[static_cast<size_t>(x)] = static_cast<uint16_t>((r >> 3) << 10 | (g >> 3) << 5 | b >> 3);
  }
  for (uint16_t cell : cells) ++counts[cell];
}

void add_colours(const uint8_t *row, int32_t *sums) {
  for (int block = 0; block < 8; ++block) {
    int32_t r = 0, g = 0, b = 0;
    for (int x = 0; x < 16; ++x, row += 3) {
      r += row[0];
      g += row[1];
      b += row[2];
    }
    sums[3 * block] += r;
    sums[3 * block + 1] += g;
    sums[3 * block + 2] += b;
  }
}

}  // namespace

void fill_planes(const uint8_t *pixels, Planes &planes) {
  planes.colour_16x16.fill(0);
  for (auto &counts : planes.counts) counts.fill(0);
  std::array<int32_t, side> upper, lower;
  size_t band = 0;
  for (int y = 0; y < side; y += 2) {
    if (y == band_rows[band + 1]) ++band;
    const uint8_t *row = pixels + static_cast<ptrdiff_t>(y) * side * 3;
    read_row(row, upper.data(), planes.counts[band].data());
    read_row(row + side * 3, lower.data(), planes.counts[band].data());
    int32_t *sums = planes.colour_16x16.data() + y / 16 * 8 * 3;
    add_colours(row, sums);
    add_colours(row + side * 3, sums);
    int32_t *luma = planes.luma_2x2.data() + y / 2 * 64;
    for (size_t x = 0; x < 64; ++x) luma[x] = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
  }
  for (size_t y = 0; y < 32; ++y) {
    const int32_t *above = planes.luma_2x2.data() + 2 * y * 64, *below = above + 64;
    for (size_t x = 0; x < 32; ++x)
      planes.luma_4x4[y * 32 + x] = above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1];
  }
}

}  // namespace descriptor
