#pragma once
// A file as OpenImageIO is to see it: without metadata that it would parse, and does not parse safely.

#include <string>
#include <vector>

#include "kinds.h"

namespace kalon::decoders {

struct Overlay {
  struct Patch {
    size_t at;
    std::string bytes;
  };
  std::vector<Patch> patches;  // bytes of the file that are to look different
  ByteSpan icc, exif, xmp;     // what was hidden, in the file
};

// Hides the profile, EXIF, XMP, IPTC and thumbnails of TIFF, PSD and JPEG 2000. Any bytes.
Overlay hide_metadata(Kind kind, ByteSpan file);

// Copies up to count bytes of the patched file from the offset; gives how many.
size_t read_patched(ByteSpan file, const std::vector<Overlay::Patch> &patches, void *to, size_t count, size_t offset);

}  // namespace kalon::decoders
