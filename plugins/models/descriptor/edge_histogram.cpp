// MPEG-7 Edge Histogram Descriptor (ISO/IEC 15938-3, 9.2; Won, Park, Park 2002): 1024 blocks of 2 x 2 sub-blocks; each
// is a vertical, horizontal, 45 degree, 135 degree or non-directional edge, or none, by the strongest of five filters;
// counted in 4 x 4 fields. The standard's 65 semi-global bins are sums of these 80 and were left out: in trials they
// found altered copies no better. Square roots of the shares are compared (Hellinger), so the blocks without edge count
// too.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "parts.h"

namespace descriptor {
namespace {

constexpr size_t fields = 4, kinds = 5, blocks = 32, blocks_per_field = 64;
constexpr double threshold = 11;  // of the standard's reference software, in levels of 255
constexpr float plain_weight = 0.5f;
constexpr int no_edge = -1;

// The kind of a block with these sums over its four sub-blocks (upper left, upper right, lower left, lower right).
// Exact: whole numbers below 2^53, and sqrt 2 times one is never near another.
int kind_of_block(int32_t a, int32_t b, int32_t c, int32_t d) {
  std::array<double, kinds> strength = {
      static_cast<double>(std::abs(a - b + c - d)),
      static_cast<double>(std::abs(a + b - c - d)),
      std::numbers::sqrt2 * std::abs(a - d),
      std::numbers::sqrt2 * std::abs(b - c),
      2.0 * std::abs(a - b - c + d),
  };
  auto strongest = std::max_element(strength.begin(), strength.end());
  return *strongest > threshold * 4 * luma_unit ? static_cast<int>(strongest - strength.begin()) : no_edge;
}

}  // namespace

void edge_histogram(const Planes &planes, float *out) {
  std::array<int, fields * fields * kinds> counts{};
  int plain = 0;
  for (size_t y = 0; y < blocks; ++y) {
    const int32_t *upper = planes.luma_2x2.data() + 2 * y * 64, *lower = upper + 64;
    for (size_t x = 0; x < blocks; ++x) {
      int kind = kind_of_block(upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1]);
      if (kind == no_edge) {
        ++plain;
      } else {
        ++counts[(y / 8 * fields + x / 8) * kinds + static_cast<size_t>(kind)];
      }
    }
  }
  std::array<float, fields * fields * kinds> roots;
  for (size_t i = 0; i < roots.size(); ++i)
    roots[i] = std::sqrt(static_cast<float>(counts[i]) / static_cast<float>(blocks_per_field));
  constexpr size_t mirrored[kinds] = {0, 1, 3, 2, 4};
  fold_mirror(roots.data(), kinds, mirrored, out);
  out[roots.size()] = plain_weight * std::sqrt(static_cast<float>(plain) / static_cast<float>(blocks_per_field));
  normalise(out, edge_histogram_size, 0);
}

}  // namespace descriptor
