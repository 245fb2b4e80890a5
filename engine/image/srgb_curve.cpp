#include "image/srgb_curve.h"

#include <algorithm>

namespace kalon {

double srgb_encoded(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

const std::vector<uint16_t> &srgb_of_roots() {
  static const std::vector<uint16_t> table = [] {
    std::vector<uint16_t> codes(65536);
    for (size_t i = 0; i < codes.size(); ++i) {
      const double root = static_cast<double>(i) / 65535;
      codes[i] = static_cast<uint16_t>(std::lround(std::clamp(srgb_encoded(root * root), 0.0, 1.0) * 65535));
    }
    return codes;
  }();
  return table;
}

}  // namespace kalon
