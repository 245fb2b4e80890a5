#pragma once
// JPEGs that lie somewhere inside another file.

#include <kalon/plugin.hpp>
#include <vector>

namespace kalon::decoders {

struct EmbeddedJpeg {
  plugin::ByteSpan bytes;  // from SOI to EOI
  uint32_t width = 0;
  uint32_t height = 0;
};

// The complete 8-bit baseline and progressive JPEGs of a file, the largest first, at most eight; thumbnails inside
// others are not counted. Lossless JPEG, which many cameras store their sensor data in, is left out. Takes any bytes,
// in time proportional to their number.
std::vector<EmbeddedJpeg> find_embedded_jpegs(plugin::ByteSpan file);

}  // namespace kalon::decoders
