#include "image/exif_orientation.h"

namespace kalon {

int exif_orientation(ByteView tiff) {
  if (tiff.size() < 8) return 1;
  const bool big_endian = tiff[0] == 'M' && tiff[1] == 'M';
  if (!big_endian && !(tiff[0] == 'I' && tiff[1] == 'I')) return 1;
  // Both readers are called with positions that were checked against the size.
  const auto u16 = [&](size_t at) -> uint32_t {
    return big_endian ? uint32_t{tiff[at]} << 8 | tiff[at + 1] : uint32_t{tiff[at + 1]} << 8 | tiff[at];
  };
  const auto u32 = [&](size_t at) { return big_endian ? u16(at) << 16 | u16(at + 2) : u16(at + 2) << 16 | u16(at); };
  if (u16(2) != 42) return 1;
  const size_t directory = u32(4);
  if (directory > tiff.size() - 2) return 1;
  const size_t entries = u16(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.size()) return 1;
    constexpr uint32_t orientation_tag = 0x0112, type_short = 3, type_long = 4;
    const uint32_t type = u16(entry + 2);
    if (u16(entry) != orientation_tag || u32(entry + 4) != 1 || (type != type_short && type != type_long)) continue;
    const uint32_t value = type == type_short ? u16(entry + 8) : u32(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace kalon
