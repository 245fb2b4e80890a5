#pragma once
// One file being decoded, by whichever library reads its format.

#include <kalon/plugin.hpp>
#include <memory>
#include <string>
#include <vector>

#include "kinds.h"

namespace kalon::decoders {

class Picture {
 public:
  virtual ~Picture() = default;
  virtual void read(const kalon_pixels &dst) = 0;

  kalon_picture_info info{};
  std::vector<uint8_t> icc, exif, xmp;
  std::string properties;
};

// Throws limit_exceeded for more pixels than the caller allows, and corrupt_data for none, or for a large picture with
// too few bytes to be one.
void check_extent(uint64_t width, uint64_t height, ByteSpan file, const kalon_decode_limits &limits);

// By libheif itself: OpenImageIO 2.4 trusts the header's size when it reads the decoder's pixels, and passes on neither
// profile nor orientation nor more than 8 bits.
std::unique_ptr<Picture> open_heif(ByteSpan file, Kind kind, const kalon_decode_limits &limits);
// By OpenImageIO.
std::unique_ptr<Picture> open_oiio(ByteSpan file, Kind kind, const kalon_decode_limits &limits);

}  // namespace kalon::decoders
