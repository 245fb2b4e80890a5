#pragma once
// The transfer function of sRGB (IEC 61966-2-1), as a formula and as a table. Private to the room.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kalon {

double srgb_encoded(double linear);  // 0..1 to 0..1

// 65536 sRGB codes of 16 bits for the square root of linear light. As a function of the square root the curve is nearly
// straight, so that the table is as fine as the codes from the darkest to the lightest.
const std::vector<uint16_t> &srgb_of_roots();
// The place in the table for linear light in 0..1.
inline uint32_t root_index(float linear) {
  return static_cast<uint32_t>(std::sqrt(linear) * 65535.0F + 0.5F);
}

}  // namespace kalon
