#pragma once
// From whatever a decoder gave to upright 8-bit sRGB.

#include "base/bytes.h"
#include "image/pixels.h"

namespace kalon {

// Brings a raster to the working form, in this order: CMYK and grey to RGB, embedded ICC profile to sRGB (lcms2,
// relative colorimetric with black point compensation; a profile that does not fit the pixels or is broken is ignored),
// float and linear data through the tone curve (values are clipped to 0..1 after an exposure of 1, NaN and negative
// values count as 0, then the sRGB transfer of IEC 61966-2-1), 16 bit rounded to 8, alpha composited over background in
// encoded sRGB, and last the EXIF orientation (1..8; anything else counts as 1). Consumes the raster so that large
// pictures exist once. [worker]
RgbImage to_srgb(Raster &&raster, ByteView icc_profile, int orientation, Colour8 background);

// EXIF orientation 1..8 applied to an image. [worker]
RgbImage oriented(RgbImage &&image, int orientation);

}  // namespace kalon
