#pragma once
// The chunks of a PNG file, arranged so that libpng meets all metadata before the pixels.

#include <kalon/plugin.hpp>
#include <vector>

namespace kalon::decoders {

struct PngChunks {
  // Put one after the other they are the file, with text and EXIF chunks from behind the pixels moved before them.
  std::vector<plugin::ByteSpan> parts;
  uint32_t frames = 1;  // as acTL says
};

// Any bytes; damage is left for libpng to find.
PngChunks arrange_chunks(plugin::ByteSpan file);

}  // namespace kalon::decoders
