#pragma once
// The first folder of a TIFF or BigTIFF file, in either byte order. Takes any bytes.

#include <algorithm>

#include "byte_reader.h"

namespace kalon::decoders {

class TiffFolder {
 public:
  explicit TiffFolder(plugin::ByteSpan file) : file_(file), big_endian_(file.starts_with("MM")), wide_(u16(2) == 43) {}

  struct Values {
    size_t entry = 0;  // where the entry stands
    uint32_t tag = 0;
    uint64_t place = 0;  // of the first value
    uint64_t count = 0;
    size_t width = 0;  // bytes of each value; 0 for types unknown

    bool empty() const { return count == 0; }
  };

  // Entries whose values lie inside the file.
  template <class Visit>
  void visit(Visit visit_entry) const {
    constexpr uint8_t widths[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    const size_t header = wide_ ? 8 : 2, entry_bytes = wide_ ? 20 : 12, field = wide_ ? 8 : 4;
    const uint64_t folder = wide_ ? u64(8) : u32(4);
    if (folder >= file_.size) return;
    const auto begin = static_cast<size_t>(folder);
    const uint64_t entries = std::min<uint64_t>(wide_ ? u64(begin) : u16(begin), 65535);
    for (size_t i = 0; i < entries; ++i) {
      const size_t at = begin + header + entry_bytes * i;
      if (at + entry_bytes > file_.size) return;
      const uint32_t type = u16(at + 2);
      Values values{at, u16(at), 0, wide_ ? u64(at + 4) : u32(at + 4), type < sizeof widths ? widths[type] : size_t{0}};
      const size_t inner = at + 4 + field;
      if (values.width > 0 && values.count > file_.size / values.width) values.count = 0;
      values.place = values.count * values.width <= field ? inner : wide_ ? u64(inner) : u32(inner);
      if (values.place > file_.size || values.count * values.width > file_.size - values.place) values.count = 0;
      visit_entry(values);
    }
  }

  Values find(uint32_t tag) const {
    Values found;
    visit([&](const Values &values) {
      if (values.tag == tag && found.empty()) found = values;
    });
    return found;
  }

  uint64_t value(const Values &values, uint64_t index) const {
    const size_t at = static_cast<size_t>(values.place + index * values.width);
    return values.width == 2 ? u16(at) : values.width == 4 ? u32(at) : values.width == 8 ? u64(at) : byte_at(file_, at);
  }

  plugin::ByteSpan bytes(const Values &values) const {
    return file_.part(static_cast<size_t>(values.place), static_cast<size_t>(values.count * values.width));
  }

 private:
  plugin::ByteSpan file_;
  bool big_endian_, wide_;

  uint32_t u16(size_t at) const { return big_endian_ ? big_u16(file_, at) : little_u16(file_, at); }
  uint32_t u32(size_t at) const { return big_endian_ ? big_u32(file_, at) : little_u32(file_, at); }
  uint64_t u64(size_t at) const {
    const uint64_t first = u32(at), second = u32(at + 4);
    return big_endian_ ? first << 32 | second : second << 32 | first;
  }
};

}  // namespace kalon::decoders
