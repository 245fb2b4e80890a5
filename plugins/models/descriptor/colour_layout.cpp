// MPEG-7 Color Layout Descriptor (ISO/IEC 15938-3, 8.5): the mean colour of each of 8 x 8 blocks, in Y, Cb, Cr, through
// a DCT; the lowest 15 coefficients of Y and 10 of Cb and Cr (whole diagonals). The standard quantises them to 6 bits
// for storage; here they stay as they are.
#include <array>
#include <cmath>
#include <numbers>

#include "parts.h"

namespace descriptor {
namespace {

constexpr size_t grid = 8;
constexpr size_t luma_diagonals = 5, chroma_diagonals = 4;  // 1+2+3+4+5 = 15, 1+2+3+4 = 10
constexpr float chroma_weight = 1.5f;
constexpr float softness = 20;  // in levels of 255: pictures that are near mid-grey all over have little layout

using Matrix = std::array<std::array<float, grid>, grid>;

// basis[k][x]: the DCT-II with unit norm, over sqrt 8 a second time: coefficient (0, 0) is the mean.
Matrix make_basis() {
  Matrix basis;
  for (size_t k = 0; k < grid; ++k)
    for (size_t x = 0; x < grid; ++x) {
      double angle = std::numbers::pi * (2.0 * static_cast<double>(x) + 1) * static_cast<double>(k) / (2 * grid);
      basis[k][x] = static_cast<float>(std::cos(angle) * (k == 0 ? 1 : std::numbers::sqrt2) / grid);
    }
  return basis;
}

// Coefficients v, u with v + u below the number of diagonals, those of high frequency raised: they are small in
// photographs but tell pictures apart.
float *write_coefficients(const Matrix &plane, size_t diagonals, float weight, float *out) {
  static const Matrix basis = make_basis();
  Matrix rows;  // [y][u]
  for (size_t y = 0; y < grid; ++y)
    for (size_t u = 0; u < diagonals; ++u) {
      float sum = 0;
      for (size_t x = 0; x < grid; ++x) sum += plane[y][x] * basis[u][x];
      rows[y][u] = sum;
    }
  for (size_t diagonal = 0; diagonal < diagonals; ++diagonal)
    for (size_t u = 0; u <= diagonal; ++u) {
      float sum = 0;
      for (size_t y = 0; y < grid; ++y) sum += rows[y][u] * basis[diagonal - u][y];
      float mirror = u % 2 ? antisymmetric_share : 1;
      *out++ = sum * weight * mirror * std::sqrt(static_cast<float>(diagonal + 1));
    }
  return out;
}

}  // namespace

void colour_layout(const Planes &planes, float *out) {
  Matrix luma, blue, red;
  for (size_t y = 0; y < grid; ++y)
    for (size_t x = 0; x < grid; ++x) {
      const int32_t *sums = planes.colour_16x16.data() + (y * grid + x) * 3;
      float r = static_cast<float>(sums[0]) / 256, g = static_cast<float>(sums[1]) / 256,
            b = static_cast<float>(sums[2]) / 256;
      luma[y][x] = 0.299f * r + 0.587f * g + 0.114f * b - 128;
      blue[y][x] = -0.169f * r - 0.331f * g + 0.500f * b;
      red[y][x] = 0.500f * r - 0.419f * g - 0.081f * b;
    }
  float *end = write_coefficients(luma, luma_diagonals, 1, out);
  end = write_coefficients(blue, chroma_diagonals, chroma_weight, end);
  write_coefficients(red, chroma_diagonals, chroma_weight, end);
  normalise(out, colour_layout_size, softness);
}

}  // namespace descriptor
