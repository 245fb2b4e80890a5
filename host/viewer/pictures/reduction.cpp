#include "pictures/reduction.h"

#include <algorithm>

namespace kalon::viewer {

std::tuple<int, int, std::vector<uint8_t>> reduced_tile(const host::Picture &picture, int level, int column, int row,
                                                        int side) {
  uint32_t step = 1u << level;
  uint64_t reach = static_cast<uint64_t>(side) * step;
  uint64_t left = static_cast<uint64_t>(column) * reach, top = static_cast<uint64_t>(row) * reach;
  if (left >= picture.width() || top >= picture.height()) return {0, 0, {}};
  auto wide = static_cast<uint32_t>(std::min<uint64_t>(reach, picture.width() - left));
  auto high = static_cast<uint32_t>(std::min<uint64_t>(reach, picture.height() - top));
  uint32_t width = (wide + step - 1) / step, height = (high + step - 1) / step;
  std::vector<uint8_t> tile(static_cast<size_t>(width) * height * 4);
  if (level == 0) {
    picture.copy(static_cast<uint32_t>(left), static_cast<uint32_t>(top), wide, high, 4, tile.data(), wide * 4u,
                 tile.size());
    return {static_cast<int>(width), static_cast<int>(height), std::move(tile)};
  }
  // One band of rows after the other, so that a tile of a huge picture takes little memory.
  std::vector<uint8_t> band(static_cast<size_t>(wide) * 3 * step);
  std::vector<uint32_t> sums(static_cast<size_t>(width) * 3);
  for (uint32_t y = 0; y < height; ++y) {
    uint32_t from = y * step, rows = std::min(step, high - from);
    picture.copy(static_cast<uint32_t>(left), static_cast<uint32_t>(top) + from, wide, rows, 3, band.data(), wide * 3u,
                 band.size());
    std::fill(sums.begin(), sums.end(), 0);
    for (uint32_t line = 0; line < rows; ++line) {
      const uint8_t *pixel = band.data() + static_cast<size_t>(line) * wide * 3;
      for (uint32_t x = 0; x < wide; ++x, pixel += 3) {
        uint32_t *sum = sums.data() + static_cast<size_t>(x >> level) * 3;
        sum[0] += pixel[0];
        sum[1] += pixel[1];
        sum[2] += pixel[2];
      }
    }
    uint8_t *out = tile.data() + static_cast<size_t>(y) * width * 4;
    for (uint32_t x = 0; x < width; ++x, out += 4) {
      uint32_t count = std::min(step, wide - x * step) * rows;
      for (int channel = 0; channel < 3; ++channel)
        out[channel] =
            static_cast<uint8_t>((sums[static_cast<size_t>(x) * 3 + static_cast<size_t>(channel)] + count / 2) / count);
      out[3] = 255;
    }
  }
  return {static_cast<int>(width), static_cast<int>(height), std::move(tile)};
}

}  // namespace kalon::viewer
