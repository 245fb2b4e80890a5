#pragma once
// The descriptor: a picture's colours, edges and layout as one vector of unit norm.

#include "parts.h"

namespace descriptor {

inline constexpr size_t dimension =
    colour_layout_size + edge_histogram_size + colour_histogram_size + band_histogram_size + oriented_energy_size;

// To be changed whenever a vector changes by more than the tolerance: vectors of different revisions must not meet in
// one space. XXH3-128 of "kalon descriptor, vectors of revision 1".
inline constexpr const char *revision = "079a47eeb723337fbe9d139949566805";

// pixels: side x side x 3, sRGB; vector: dimension values. scratch: any content.
void describe_picture(const uint8_t *pixels, Planes &scratch, float *vector);

}  // namespace descriptor
