#include "compact_exif.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace kalon::decoders {
namespace {

using plugin::ByteSpan;

constexpr uint32_t most_entries = 200;
constexpr size_t most_value_bytes = 8 << 10, most_total_bytes = 60 << 10;
constexpr uint16_t tag_exif_folder = 0x8769, tag_gps_folder = 0x8825, tag_maker_note = 0x927c;
constexpr uint16_t type_long = 4;
// ImageDescription, Make, Model, Orientation, DateTime, Artist, Rating, RatingPercent, XPTitle..XPSubject
constexpr uint16_t wanted_in_root[] = {0x010e, 0x010f, 0x0110, 0x0112, 0x0132, 0x013b, 0x4746,
                                       0x4749, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f};

struct Entry {
  uint16_t tag, type;
  uint32_t count;
  ByteSpan value;  // as stored, in the structure's byte order
};

class Reader {
 public:
  explicit Reader(ByteSpan tiff) : tiff_(tiff), big_(tiff.starts_with("MM")) {}

  bool big() const { return big_; }
  size_t root() const { return u32(4); }
  size_t pointer(size_t folder, uint16_t tag) const {
    size_t found = 0;
    visit(folder, [&](const Entry &entry) {
      if (entry.tag == tag && entry.value.size == 4) found = u32(static_cast<size_t>(entry.value.data - tiff_.data));
    });
    return found;
  }

  // Entries that keep(tag) wants and that fit what is left of total.
  template <class Keep>
  std::vector<Entry> folder(size_t at, size_t &total, Keep keep) const {
    std::vector<Entry> entries;
    if (at == 0) return entries;
    visit(at, [&](const Entry &entry) {
      if (!keep(entry.tag) || entry.value.size > most_value_bytes || entry.value.size + 13 > total) return;
      total -= entry.value.size + 13;
      entries.push_back(entry);
    });
    return entries;
  }

 private:
  ByteSpan tiff_;
  bool big_;

  uint32_t u16(size_t at) const {
    const uint8_t *p = tiff_.data + at;
    return big_ ? p[0] << 8 | p[1] : p[1] << 8 | p[0];
  }
  uint32_t u32(size_t at) const { return big_ ? u16(at) << 16 | u16(at + 2) : u16(at + 2) << 16 | u16(at); }

  template <class Visit>
  void visit(size_t folder, Visit visit_entry) const {
    constexpr uint8_t widths[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    if (tiff_.size < 2 || folder > tiff_.size - 2) return;
    const uint32_t count = std::min(u16(folder), most_entries);
    for (uint32_t i = 0; i < count; ++i) {
      const size_t at = folder + 2 + size_t{12} * i;
      if (at + 12 > tiff_.size) return;
      Entry entry{static_cast<uint16_t>(u16(at)), static_cast<uint16_t>(u16(at + 2)), u32(at + 4), {}};
      if (entry.type >= std::size(widths) || widths[entry.type] == 0 || entry.count == 0) continue;
      const uint64_t bytes = uint64_t{widths[entry.type]} * entry.count;
      const size_t value = bytes <= 4 ? at + 8 : u32(at + 8);
      if (value > tiff_.size || bytes > tiff_.size - value) continue;
      entry.value = tiff_.part(value, static_cast<size_t>(bytes));
      visit_entry(entry);
    }
  }
};

class Writer {
 public:
  explicit Writer(bool big) : big_(big) {
    bytes_ = big ? std::vector<uint8_t>{'M', 'M', 0, 42} : std::vector<uint8_t>{'I', 'I', 42, 0};
    u32(8);
  }

  // Appends a folder; returns where the four bytes of a pointer's value lie, by position in entries.
  std::vector<size_t> folder(const std::vector<Entry> &entries) {
    u16(static_cast<uint32_t>(entries.size()));
    std::vector<size_t> fields;
    for (const Entry &entry : entries) {
      u16(entry.tag);
      u16(entry.type);
      u32(entry.count);
      fields.push_back(bytes_.size());
      u32(0);
    }
    u32(0);  // no next folder
    for (size_t i = 0; i < entries.size(); ++i) {
      const ByteSpan value = entries[i].value;
      if (value.size > 4) {
        if (bytes_.size() % 2) bytes_.push_back(0);
        set_u32(fields[i], static_cast<uint32_t>(bytes_.size()));
        bytes_.insert(bytes_.end(), value.data, value.data + value.size);
      } else if (!value.empty()) {
        std::copy(value.data, value.data + value.size, bytes_.begin() + static_cast<std::ptrdiff_t>(fields[i]));
      }
    }
    if (bytes_.size() % 2) bytes_.push_back(0);
    return fields;
  }

  uint32_t position() const { return static_cast<uint32_t>(bytes_.size()); }
  void set_u32(size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<uint8_t>(value >> 8 * (big_ ? 3 - i : i));
  }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  bool big_;
  std::vector<uint8_t> bytes_;

  void u16(uint32_t value) {
    bytes_.push_back(static_cast<uint8_t>(value >> (big_ ? 8 : 0)));
    bytes_.push_back(static_cast<uint8_t>(value >> (big_ ? 0 : 8)));
  }
  void u32(uint32_t value) {
    bytes_.resize(bytes_.size() + 4);
    set_u32(bytes_.size() - 4, value);
  }
};

}  // namespace

std::vector<uint8_t> compact_exif(ByteSpan tiff) {
  const bool is_tiff = tiff.starts_with(std::string_view("II*\0", 4)) || tiff.starts_with(std::string_view("MM\0*", 4));
  if (!is_tiff || tiff.size < 14) return {};
  const Reader reader(tiff);
  size_t total = most_total_bytes;
  auto root = reader.folder(reader.root(), total, [](uint16_t tag) {
    return std::find(std::begin(wanted_in_root), std::end(wanted_in_root), tag) != std::end(wanted_in_root);
  });
  const auto exif = reader.folder(reader.pointer(reader.root(), tag_exif_folder), total,
                                  [](uint16_t tag) { return tag != tag_maker_note; });
  const auto gps = reader.folder(reader.pointer(reader.root(), tag_gps_folder), total, [](uint16_t) { return true; });
  if (root.empty() && exif.empty() && gps.empty()) return {};

  if (!exif.empty()) root.push_back({tag_exif_folder, type_long, 1, {}});
  if (!gps.empty()) root.push_back({tag_gps_folder, type_long, 1, {}});
  std::stable_sort(root.begin(), root.end(), [](const Entry &a, const Entry &b) { return a.tag < b.tag; });
  Writer writer(reader.big());
  const std::vector<size_t> fields = writer.folder(root);
  for (size_t i = 0; i < root.size(); ++i) {
    if (root[i].tag != tag_exif_folder && root[i].tag != tag_gps_folder) continue;
    writer.set_u32(fields[i], writer.position());
    writer.folder(root[i].tag == tag_exif_folder ? exif : gps);
  }
  return writer.take();
}

}  // namespace kalon::decoders
