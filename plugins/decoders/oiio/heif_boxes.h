#pragma once
// What stands beside the pixels of a HEIC or AVIF file; OpenImageIO 2.4 does not tell. ISO/IEC 14496-12 and 23008-12.

#include <kalon/plugin.hpp>
#include <optional>
#include <vector>

#include "kinds.h"

namespace kalon::decoders {

struct HeifMetadata {
  ByteSpan icc;
  std::vector<uint8_t> exif;  // TIFF structure
  std::vector<uint8_t> xmp;
};

HeifMetadata heif_metadata(ByteSpan file);  // any bytes
// Of the primary picture, before it is turned.
std::optional<Extent> heif_extent(ByteSpan file);

}  // namespace kalon::decoders
