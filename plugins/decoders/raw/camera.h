#pragma once
// What libraw knows about a shot.

#include <libraw/libraw.h>
#include <string>

namespace kalon::decoders {

std::string camera_properties(const libraw_data_t &raw);  // KALON_METADATA_PROPERTIES lines
int camera_orientation(const libraw_data_t &raw);         // EXIF 1..8

}  // namespace kalon::decoders
