#pragma once
// From the engine's pixels to a network's input.

#include <array>
#include <cstdint>

namespace onednn {

// (value - mean) / deviation for each channel, worked out once for the 256 values.
class Normalisation {
 public:
  Normalisation(const std::array<float, 3> &mean, const std::array<float, 3> &deviation);
  // count pixels of three channels; the order stays. [any]
  void apply(const uint8_t *pixels, int64_t count, float *out) const;

 private:
  std::array<std::array<float, 256>, 3> values_;
};

}  // namespace onednn
