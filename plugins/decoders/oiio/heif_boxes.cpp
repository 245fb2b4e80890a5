#include "heif_boxes.h"

#include <algorithm>
#include <string_view>

#include "../shared/exif.h"
#include "byte_reader.h"

namespace kalon::decoders {
namespace {

constexpr uint32_t most_items = 10000, most_properties = 1000;
constexpr size_t most_item_bytes = 16 << 20;

// Calls visit(type, contents) for each box in bytes.
template <class Visit>
void visit_boxes(ByteSpan bytes, Visit visit) {
  for (size_t at = 0; at + 8 <= bytes.size;) {
    uint64_t size = big_u32(bytes, at);
    size_t header = 8;
    if (size == 1) {
      size = big_u64(bytes, at + 8);
      header = 16;
    } else if (size == 0) {
      size = bytes.size - at;  // to the end
    }
    if (size < header || size > bytes.size - at) return;
    visit(bytes.part(at + 4, 4), bytes.part(at + header, static_cast<size_t>(size) - header));
    at += static_cast<size_t>(size);
  }
}

// The first box of a type, without its header; full boxes also lose the four bytes of version and flags.
ByteSpan find_box(ByteSpan bytes, std::string_view type, size_t skip = 0) {
  ByteSpan found;
  visit_boxes(bytes, [&](ByteSpan name, ByteSpan contents) {
    if (found.empty() && name.starts_with(type)) found = contents.part(skip);
  });
  return found;
}

// Reads numbers one after the other.
class Cursor {
 public:
  explicit Cursor(ByteSpan bytes) : bytes_(bytes) {}
  bool at_end() const { return at_ >= bytes_.size; }
  size_t position() const { return at_; }
  uint64_t next(size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | byte_at(bytes_, at_++);
    return value;
  }

 private:
  ByteSpan bytes_;
  size_t at_ = 0;
};

struct Items {
  uint32_t exif = 0, xmp = 0;  // ids; 0: none
};

Items find_items(ByteSpan iinf) {
  Items items;
  const bool wide = byte_at(iinf, 0) != 0;
  visit_boxes(iinf.part(wide ? 8 : 6), [&](ByteSpan name, ByteSpan infe) {
    if (!name.starts_with("infe")) return;
    const uint32_t version = byte_at(infe, 0);
    if (version < 2) return;
    Cursor cursor(infe.part(4));
    const auto id = static_cast<uint32_t>(cursor.next(version == 2 ? 2 : 4));
    cursor.next(2);  // protection
    const ByteSpan type = infe.part(4 + cursor.position());
    if (type.starts_with("Exif") && items.exif == 0) items.exif = id;
    if (!type.starts_with("mime") || items.xmp != 0) return;
    const ByteSpan names = type.part(4);
    const std::string_view text(reinterpret_cast<const char *>(names.data), names.size);
    if (text.find("application/rdf+xml") != text.npos) items.xmp = id;
  });
  return items;
}

// The bytes of an item, put together from where iloc says that its parts lie.
std::vector<uint8_t> item_bytes(ByteSpan file, ByteSpan meta, uint32_t wanted) {
  std::vector<uint8_t> bytes;
  const ByteSpan iloc = find_box(meta, "iloc"), idat = find_box(meta, "idat");
  const uint32_t version = byte_at(iloc, 0);
  Cursor cursor(iloc.part(4));
  const auto sizes = static_cast<uint32_t>(cursor.next(2));
  const size_t offset_width = sizes >> 12, length_width = sizes >> 8 & 15, base_width = sizes >> 4 & 15;
  const size_t index_width = version == 0 ? 0 : sizes & 15;
  const uint64_t items = cursor.next(version < 2 ? 2 : 4);
  uint32_t seen = 0;
  for (uint64_t i = 0; i < items && !cursor.at_end(); ++i) {
    const uint64_t id = cursor.next(version < 2 ? 2 : 4);
    const uint64_t method = version == 0 ? 0 : cursor.next(2) & 15;
    cursor.next(2);  // which file: this one
    const uint64_t base = cursor.next(base_width), extents = cursor.next(2);
    for (uint64_t k = 0; k < extents && !cursor.at_end(); ++k) {
      cursor.next(index_width);
      const uint64_t offset = base + cursor.next(offset_width), length = cursor.next(length_width);
      if (++seen > most_items) return {};
      if (id != wanted || method > 1) continue;
      const ByteSpan source = method == 0 ? file : idat;
      if (offset > source.size || length > source.size - offset || length > most_item_bytes - bytes.size()) return {};
      const ByteSpan part = source.part(static_cast<size_t>(offset), static_cast<size_t>(length));
      if (!part.empty()) bytes.insert(bytes.end(), part.data, part.data + part.size);
    }
    if (id == wanted) break;
  }
  return bytes;
}

// The item begins with the distance to the TIFF structure.
std::vector<uint8_t> tiff_of(const std::vector<uint8_t> &item) {
  const ByteSpan bytes{item.data(), item.size()};
  const ByteSpan tiff = exif_without_prefix(bytes.part(4).part(big_u32(bytes, 0)));
  const ByteSpan plain = exif_without_prefix(bytes.part(4));
  const ByteSpan chosen = tiff.starts_with("II") || tiff.starts_with("MM") ? tiff : plain;
  return chosen.empty() ? std::vector<uint8_t>() : std::vector<uint8_t>(chosen.data, chosen.data + chosen.size);
}

// Properties of the primary item, by ipma; all of them when it says nothing.
template <class Visit>
void visit_primary_properties(ByteSpan meta, Visit visit) {
  const ByteSpan iprp = find_box(meta, "iprp"), ipco = find_box(iprp, "ipco"), ipma = find_box(iprp, "ipma");
  const ByteSpan pitm = find_box(meta, "pitm");
  const uint64_t primary = byte_at(pitm, 0) == 0 ? big_u16(pitm, 4) : big_u32(pitm, 4);
  const uint32_t version = byte_at(ipma, 0);
  const bool wide = byte_at(ipma, 3) & 1;
  Cursor cursor(ipma.part(4));
  std::vector<uint32_t> indices;
  const uint64_t entries = cursor.next(4);
  for (uint64_t i = 0; i < entries && !cursor.at_end(); ++i) {
    const uint64_t id = cursor.next(version < 1 ? 2 : 4), count = cursor.next(1);
    for (uint64_t k = 0; k < count; ++k) {
      const auto index = static_cast<uint32_t>(cursor.next(wide ? 2 : 1) & (wide ? 0x7fff : 0x7f));
      if (id == primary && indices.size() < most_properties) indices.push_back(index);
    }
  }
  uint32_t index = 0;
  visit_boxes(ipco, [&](ByteSpan name, ByteSpan contents) {
    ++index;
    if (indices.empty() || std::find(indices.begin(), indices.end(), index) != indices.end()) visit(name, contents);
  });
}

ByteSpan meta_of(ByteSpan file) {
  return find_box(file, "meta", 4);
}

}  // namespace

HeifMetadata heif_metadata(ByteSpan file) {
  HeifMetadata metadata;
  const ByteSpan meta = meta_of(file);
  visit_primary_properties(meta, [&](ByteSpan name, ByteSpan contents) {
    const bool profile = contents.starts_with("prof") || contents.starts_with("rICC");
    if (name.starts_with("colr") && profile && metadata.icc.empty()) metadata.icc = contents.part(4);
  });
  const Items items = find_items(find_box(meta, "iinf"));
  if (items.exif != 0) metadata.exif = tiff_of(item_bytes(file, meta, items.exif));
  if (items.xmp != 0) metadata.xmp = item_bytes(file, meta, items.xmp);
  return metadata;
}

std::optional<Extent> heif_extent(ByteSpan file) {
  std::optional<Extent> largest;
  visit_primary_properties(meta_of(file), [&](ByteSpan name, ByteSpan contents) {
    if (!name.starts_with("ispe")) return;
    const Extent extent{big_u32(contents, 4), big_u32(contents, 8)};
    if (!largest || extent.width * extent.height > largest->width * largest->height) largest = extent;
  });
  return largest;
}

}  // namespace kalon::decoders
