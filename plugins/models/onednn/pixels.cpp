#include "pixels.h"

#include <cstddef>

namespace onednn {

Normalisation::Normalisation(const std::array<float, 3> &mean, const std::array<float, 3> &deviation) {
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t value = 0; value < 256; ++value)
      values_[channel][value] = (static_cast<float>(value) - mean[channel]) / deviation[channel];
}

void Normalisation::apply(const uint8_t *pixels, int64_t count, float *out) const {
  for (int64_t i = 0; i < count; ++i)
    for (std::size_t channel = 0; channel < 3; ++channel)
      out[i * 3 + static_cast<int64_t>(channel)] = values_[channel][pixels[i * 3 + static_cast<int64_t>(channel)]];
}

}  // namespace onednn
