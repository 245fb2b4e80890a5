#pragma once
// Metadata beside the codestream of a JPEG XL file.

#include <kalon/plugin.hpp>
#include <vector>

namespace kalon::decoders {

struct JxlMetadata {
  std::vector<uint8_t> exif;  // TIFF structure
  std::vector<uint8_t> xmp;
};

// Reads the boxes Exif and "xml ", also Brotli-compressed ones. Any bytes; what is broken or unpacks to more than 64
// MiB is left out.
JxlMetadata read_boxes(plugin::ByteSpan file);

}  // namespace kalon::decoders
