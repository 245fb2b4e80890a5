#pragma once
// The five parts of the descriptor. Each writes its values, unit norm or less, to out; README.md tells where they come
// from and why they are mixed as they are.

#include "planes.h"

namespace descriptor {

// MPEG-7 Color Layout: 15 + 10 + 10 coefficients of the DCT of an 8 x 8 miniature in Y, Cb, Cr.
inline constexpr size_t colour_layout_size = 35;
void colour_layout(const Planes &planes, float *out);

// MPEG-7 Edge Histogram: 4 x 4 fields of 5 kinds of edge, and the share of blocks without edge.
inline constexpr size_t edge_histogram_size = 81;
void edge_histogram(const Planes &planes, float *out);

// Colours of the whole picture in Oklab, and coarser ones of its top, middle and bottom.
inline constexpr size_t colour_histogram_size = 80, band_histogram_size = 60;
void colour_histograms(const Planes &planes, float *whole, float *by_band);

// The energy of gradients in 8 orientations on 4 x 4 fields, after GIST.
inline constexpr size_t oriented_energy_size = 128;
void oriented_energy(const Planes &planes, float *out);

// How far what changes its sign under mirroring counts, beside what does not. At 1 a mirrored picture is a stranger, at
// 0 left and right are one; here mirrored pictures are near, but not nearest to each other.
inline constexpr float antisymmetric_share = 0.35f;

// Scales values to unit norm; those whose norm is small beside softness stay small, as they are noise.
void normalise(float *values, size_t count, float softness);

// A grid of 4 x 4 fields with `kinds` values each, whose columns and kinds trade places in the mirror: value pairs a, b
// become (a + b) / sqrt 2 and antisymmetric_share (a - b) / sqrt 2. mirrored[k]: the kind that k becomes. 16 x kinds
// values in, as many out.
void fold_mirror(const float *grid, size_t kinds, const size_t *mirrored, float *out);

}  // namespace descriptor
