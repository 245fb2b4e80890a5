#pragma once
// A GIF file cut down to its first picture.

#include <kalon/plugin.hpp>
#include <vector>

namespace kalon::decoders {

struct GifFirstFrame {
  std::vector<uint8_t> bytes;  // a GIF file of one picture, every colour table widened to 256 entries
  uint32_t frames = 0;         // in the original
};

// OpenImageIO looks up colours without comparing with the table's length; widened tables make any pixel safe. Throws
// corrupt_data when the first picture is not there to its end.
GifFirstFrame gif_first_frame(plugin::ByteSpan file);

}  // namespace kalon::decoders
