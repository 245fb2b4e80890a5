#pragma once
// The shooting data of a large TIFF structure as a small one.

#include <kalon/plugin.hpp>
#include <vector>

namespace kalon::decoders {

// Copies what describes the shot (IFD0's camera, time, orientation and rating; the EXIF and GPS folders without the
// maker's note) into a TIFF structure of less than 64 KiB. Empty when there is nothing, or the bytes are no TIFF.
std::vector<uint8_t> compact_exif(plugin::ByteSpan tiff);

}  // namespace kalon::decoders
