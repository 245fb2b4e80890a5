#pragma once
// How often each value occurs in a picture.

#include <array>
#include <cstdint>
#include <span>

namespace kalon::viewer {

struct Histogram {
  using Counts = std::array<uint32_t, 256>;
  Counts red{}, green{}, blue{};
  Counts luminance{};  // luma of the sRGB values by ITU-R BT.709: .2126 R + .7152 G + .0722 B
  uint64_t pixels = 0;
  uint64_t highlights = 0;  // pixels that have a channel at 255
  uint64_t shadows = 0;     // pixels that have all channels at 0
  bool whole = false;       // of all pixels of the picture, not of a reduced one
};

// rgba: pixels x 4. [any]
Histogram histogram_of(std::span<const uint8_t> rgba);
// Adds more pixels to one. [any]
void add_pixels(Histogram &histogram, std::span<const uint8_t> rgba);

// The height of each bar, 0..1, with the lone peaks of flat areas and of clipped ends cut off: they would press all
// others flat. The same measure for the channels and the luminance.
struct Bars {
  std::array<float, 256> red, green, blue, luminance;
};
Bars bars_of(const Histogram &histogram);

}  // namespace kalon::viewer
