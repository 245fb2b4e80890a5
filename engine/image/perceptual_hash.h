#pragma once
// Perceptual hashes: few bits that stay nearly the same when a picture is scaled, recompressed or slightly changed.

#include <array>
#include <cstdint>
#include <span>

#include "image/pixels.h"

namespace kalon {

// Bits row by row, most significant first: bit = coefficient > median of the kept coefficients, DC among them.
template <int Side>
using PerceptualHash = std::array<uint8_t, Side * Side / 8>;

// The hash of side x side grey values (row-major, finite): the 2-D DCT-II without normalisation, each coefficient the
// plain sum of values times cosines (as SciPy's dctn and the Python package imagehash have it; the orthonormal form has
// another median), and of it the Side x Side lowest coefficients, rows by vertical frequency. The median of an even
// number of coefficients is the mean of the two in the middle. Side 24 of 96 x 96 (after the picture miner "ambience"),
// and the usual pHash: 8 of 32 x 32, 16 of 64 x 64. Coefficients that are nothing but rounding count as 0, so that flat
// and symmetric pictures have one hash everywhere. [any]
PerceptualHash<8> perceptual_hash8(std::span<const float, 32 * 32> grey);
PerceptualHash<16> perceptual_hash16(std::span<const float, 64 * 64> grey);
PerceptualHash<24> perceptual_hash24(std::span<const float, 96 * 96> grey);

// Of a whole picture, upright: grey by Rec. 601 luma (rounded as in Pillow's convert("L")), Lanczos to the hash's grey
// size, aspect ignored; and of its mirror image. [worker]
struct PerceptualHashes {
  PerceptualHash<8> hash8, mirrored8;
  PerceptualHash<16> hash16, mirrored16;
  PerceptualHash<24> hash24, mirrored24;
};
PerceptualHashes perceptual_hashes(const RgbImage &picture);

// How many bits differ. invalid_argument when the lengths do. [any]
int hamming_distance(std::span<const uint8_t> a, std::span<const uint8_t> b);

}  // namespace kalon
