#include <algorithm>
#include <cstring>

#include "image/colour.h"

namespace kalon {
namespace {

constexpr size_t pixel = 3;

void mirror_rows(RgbImage &image) {
  for (int y = 0; y < image.height; ++y) {
    uint8_t *left = image.row(y), *right = left + (static_cast<size_t>(image.width) - 1) * pixel;
    for (; left < right; left += pixel, right -= pixel) std::swap_ranges(left, left + pixel, right);
  }
}

void flip_columns(RgbImage &image) {
  const size_t bytes = static_cast<size_t>(image.width) * pixel;
  for (int top = 0, bottom = image.height - 1; top < bottom; ++top, --bottom)
    std::swap_ranges(image.row(top), image.row(top) + bytes, image.row(bottom));
}

// Rows become columns: target(x, y) = source(y, x), with either axis of the source reversed first. In tiles, so that
// both pictures are walked within the cache.
RgbImage transposed(const RgbImage &source, bool from_right, bool from_bottom) {
  constexpr int tile = 32;
  RgbImage target(source.height, source.width);
  for (int y0 = 0; y0 < target.height; y0 += tile)
    for (int x0 = 0; x0 < target.width; x0 += tile)
      for (int y = y0; y < std::min(y0 + tile, target.height); ++y) {
        uint8_t *out = target.row(y) + static_cast<size_t>(x0) * pixel;
        const auto column = static_cast<size_t>(from_right ? source.width - 1 - y : y) * pixel;
        for (int x = x0; x < std::min(x0 + tile, target.width); ++x, out += pixel)
          std::memcpy(out, source.row(from_bottom ? source.height - 1 - x : x) + column, pixel);
      }
  return target;
}

}  // namespace

// EXIF 2.32, tag 274: the number says where row 0 and column 0 of the stored picture lie in the upright one.
RgbImage oriented(RgbImage &&image, int orientation) {
  if (image.empty()) return std::move(image);
  switch (orientation) {
    case 2:
      mirror_rows(image);
      break;
    case 3:
      mirror_rows(image);
      flip_columns(image);
      break;
    case 4:
      flip_columns(image);
      break;
    case 5:
      return transposed(image, false, false);
    case 6:
      return transposed(image, false, true);
    case 7:
      return transposed(image, true, true);
    case 8:
      return transposed(image, true, false);
    default:
      break;
  }
  return std::move(image);
}

}  // namespace kalon
