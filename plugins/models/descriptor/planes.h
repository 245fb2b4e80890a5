#pragma once
// The one pass over a picture's pixels: what the parts of the descriptor are computed from. All sums are whole numbers,
// so they are the same on every CPU and in every order.

#include <stddef.h>
#include <stdint.h>

#include <array>

namespace descriptor {

inline constexpr int side = 128;    // of the input, width and height
inline constexpr size_t bands = 3;  // top, middle, bottom
inline constexpr size_t colours = 32 * 32 * 32;
inline constexpr std::array<int, bands + 1> band_rows = {0, 44, 84, 128};

// Luma in thousandths: 299 R + 587 G + 114 B (ITU-R BT.601).
inline constexpr int luma_unit = 1000;

struct Planes {
  std::array<int32_t, 64 * 64> luma_2x2;        // sums over blocks of 2 x 2 pixels
  std::array<int32_t, 32 * 32> luma_4x4;        // sums over blocks of 4 x 4 pixels
  std::array<int32_t, 8 * 8 * 3> colour_16x16;  // R, G, B: sums over blocks of 16 x 16 pixels
  // Pixels of each colour of 5 bits per channel (R highest), band by band.
  std::array<std::array<uint16_t, colours>, bands> counts;
};

// pixels: side x side x 3, sRGB.
void fill_planes(const uint8_t *pixels, Planes &planes);

}  // namespace descriptor
