#include "tiff_extents.h"

#include <algorithm>

#include "byte_reader.h"

namespace kalon::decoders {
namespace {

using plugin::ByteSpan;

// TIFF and BigTIFF in either byte order.
class Folder {
 public:
  explicit Folder(ByteSpan file) : file_(file), big_endian_(file.starts_with("MM")), wide_(u16(2) == 43) {}

  struct Values {
    size_t at = 0;  // of the first value
    uint64_t count = 0;
    size_t width = 0;  // bytes of each
  };

  Values find(uint32_t tag) const {
    const size_t header = wide_ ? 8 : 2, entry_bytes = wide_ ? 20 : 12, field = wide_ ? 8 : 4;
    const uint64_t folder = wide_ ? u64(8) : u32(4);
    if (folder >= file_.size) return {};
    const auto begin = static_cast<size_t>(folder);
    const uint64_t entries = std::min<uint64_t>(wide_ ? u64(begin) : u16(begin), 4096);
    for (size_t i = 0; i < entries; ++i) {
      const size_t at = begin + header + entry_bytes * i;
      if (at + entry_bytes > file_.size) return {};
      if (u16(at) != tag) continue;
      const uint32_t type = u16(at + 2);
      const size_t width = type == 3 ? 2 : type == 4 ? 4 : type == 16 ? 8 : 0;
      const uint64_t count = wide_ ? u64(at + 4) : u32(at + 4);
      if (width == 0 || count == 0 || count > file_.size / width) return {};
      const size_t value = at + 4 + field;
      const uint64_t place = count * width <= field ? value : wide_ ? u64(value) : u32(value);
      if (place > file_.size || count * width > file_.size - place) return {};
      return {static_cast<size_t>(place), count, width};
    }
    return {};
  }

  uint64_t value(const Values &values, uint64_t index) const {
    const size_t at = values.at + static_cast<size_t>(index) * values.width;
    return values.width == 2 ? u16(at) : values.width == 4 ? u32(at) : u64(at);
  }

 private:
  ByteSpan file_;
  bool big_endian_, wide_;

  uint32_t u16(size_t at) const { return big_endian_ ? big_u16(file_, at) : little_u16(file_, at); }
  uint32_t u32(size_t at) const { return big_endian_ ? big_u32(file_, at) : little_u32(file_, at); }
  uint64_t u64(size_t at) const {
    const uint64_t first = u32(at), second = u32(at + 4);
    return big_endian_ ? first << 32 | second : second << 32 | first;
  }
};

}  // namespace

bool tiff_data_present(ByteSpan file) {
  constexpr uint32_t strip_offsets = 273, strip_bytes = 279, tile_offsets = 324, tile_bytes = 325;
  const Folder folder(file);
  for (auto [offsets_tag, bytes_tag] : {std::pair{strip_offsets, strip_bytes}, {tile_offsets, tile_bytes}}) {
    const auto offsets = folder.find(offsets_tag), bytes = folder.find(bytes_tag);
    for (uint64_t i = 0; i < std::min(offsets.count, bytes.count); ++i) {
      const uint64_t offset = folder.value(offsets, i), length = folder.value(bytes, i);
      if (length > 0 && (offset > file.size || length > file.size - offset)) return false;
    }
  }
  return true;
}

}  // namespace kalon::decoders
