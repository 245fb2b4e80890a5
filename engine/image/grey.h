#pragma once
// Pictures of one channel.

#include <cstdint>
#include <vector>

#include "image/pixels.h"

namespace kalon {

// 8-bit grey, rows tightly packed, top row first.
struct GreyImage {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> data;  // height x width

  GreyImage() = default;
  GreyImage(int w, int h) : width(w), height(h), data(static_cast<size_t>(w) * static_cast<size_t>(h)) {}
  const uint8_t *row(int y) const { return data.data() + static_cast<size_t>(y) * static_cast<size_t>(width); }
};

// Rec. 601 luma in whole numbers, the same as Pillow's convert("L"). [any]
GreyImage grey_of(const RgbImage &picture);

}  // namespace kalon
