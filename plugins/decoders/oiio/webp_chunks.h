#pragma once
// What stands beside the pixels of a WebP file; OpenImageIO 2.4 does not tell.

#include <kalon/plugin.hpp>
#include <utility>

#include "kinds.h"

namespace kalon::decoders {

struct WebpChunks {
  ByteSpan icc, exif, xmp;
  uint32_t frames = 1;
};

WebpChunks webp_chunks(ByteSpan file);                   // any bytes
std::pair<uint32_t, uint32_t> webp_size(ByteSpan file);  // width and height

}  // namespace kalon::decoders
