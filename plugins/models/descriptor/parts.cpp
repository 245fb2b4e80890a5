#include "parts.h"

#include <cmath>

namespace descriptor {

void normalise(float *values, size_t count, float softness) {
  float sum = softness * softness;
  for (size_t i = 0; i < count; ++i) sum += values[i] * values[i];
  if (sum <= 0) return;
  float scale = 1 / std::sqrt(sum);
  for (size_t i = 0; i < count; ++i) values[i] *= scale;
}

void fold_mirror(const float *grid, size_t kinds, const size_t *mirrored, float *out) {
  constexpr float half_root = 0.70710678f;
  float *even = out, *odd = out + 8 * kinds;
  for (size_t row = 0; row < 4; ++row)
    for (size_t column = 0; column < 2; ++column)
      for (size_t kind = 0; kind < kinds; ++kind) {
        float a = grid[(row * 4 + column) * kinds + kind];
        float b = grid[(row * 4 + 3 - column) * kinds + mirrored[kind]];
        *even++ = half_root * (a + b);
        *odd++ = antisymmetric_share * half_root * (a - b);
      }
}

}  // namespace descriptor
