#pragma once
// The little of EXIF that a decoder itself must understand.

#include <kalon/plugin.hpp>

namespace kalon::decoders {

using plugin::ByteSpan;

// Orientation 1..8 from IFD0 of a TIFF structure; 1 when it names none or is broken. Takes any bytes.
inline int exif_orientation(ByteSpan tiff) {
  const bool big = tiff.starts_with("MM");
  if (tiff.size < 14 || (!big && !tiff.starts_with("II"))) return 1;
  auto u16 = [&](size_t at) -> uint32_t {
    return big ? tiff.data[at] << 8 | tiff.data[at + 1] : tiff.data[at + 1] << 8 | tiff.data[at];
  };
  auto u32 = [&](size_t at) -> size_t {
    return big ? size_t{u16(at)} << 16 | u16(at + 2) : size_t{u16(at + 2)} << 16 | u16(at);
  };
  constexpr uint32_t tag_orientation = 0x0112, type_short = 3, type_long = 4;
  const size_t ifd = u32(4);
  if (ifd > tiff.size - 2) return 1;
  const uint32_t count = u16(ifd);
  for (uint32_t i = 0; i < count; ++i) {
    const size_t entry = ifd + 2 + size_t{12} * i;
    if (entry + 12 > tiff.size) return 1;
    if (u16(entry) != tag_orientation || u32(entry + 4) != 1) continue;
    const uint32_t type = u16(entry + 2);
    const size_t value = type == type_short ? u16(entry + 8) : type == type_long ? u32(entry + 8) : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

// The TIFF structure of an EXIF block that may carry the prefix "Exif\0\0".
inline ByteSpan exif_without_prefix(ByteSpan block) {
  return block.starts_with(std::string_view("Exif\0\0", 6)) ? block.part(6) : block;
}

}  // namespace kalon::decoders
