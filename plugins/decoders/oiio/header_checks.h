#pragma once
// Headers that OpenImageIO and what lies below it do not check themselves.

#include "picture.h"

namespace kalon::decoders {

// From the header of those formats whose readers do much work when they open a file; the others have none here.
struct Extent {
  uint64_t width = 0, height = 0;
};
std::optional<Extent> peek_extent(Kind kind, ByteSpan file);

// Throws corrupt_data for headers that promise what the file cannot hold. Any bytes.
void check_header(Kind kind, ByteSpan file);

}  // namespace kalon::decoders
