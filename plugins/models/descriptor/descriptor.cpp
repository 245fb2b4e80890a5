#include "descriptor.h"

#include <cmath>

namespace descriptor {
namespace {

// What each part contributes to the cosine of two pictures.
constexpr float layout_weight = 0.20f, edge_weight = 0.15f, colour_weight = 0.20f, band_weight = 0.25f,
                energy_weight = 0.20f;

float *weighted(float *part, size_t count, float weight) {
  float scale = std::sqrt(weight);
  for (size_t i = 0; i < count; ++i) part[i] *= scale;
  return part + count;
}

}  // namespace

void describe_picture(const uint8_t *pixels, Planes &scratch, float *vector) {
  fill_planes(pixels, scratch);
  float *part = vector;
  colour_layout(scratch, part);
  part = weighted(part, colour_layout_size, layout_weight);
  edge_histogram(scratch, part);
  part = weighted(part, edge_histogram_size, edge_weight);
  float *bands_part = part + colour_histogram_size;
  colour_histograms(scratch, part, bands_part);
  weighted(part, colour_histogram_size, colour_weight);
  part = weighted(bands_part, band_histogram_size, band_weight);
  oriented_energy(scratch, part);
  weighted(part, oriented_energy_size, energy_weight);
  // Every picture has colours, so the norm is never zero.
  normalise(vector, dimension, 0);
}

}  // namespace descriptor
