#include "overlay.h"

#include <algorithm>
#include <cstring>

#include "byte_reader.h"
#include "tiff_folder.h"

namespace kalon::decoders {
namespace {

constexpr size_t most_patches = 256;

// Gives the entries a tag that no reader knows. EXIF is read from the file itself, see compact_exif.
void hide_in_tiff(ByteSpan file, Overlay &overlay) {
  enum : uint32_t {
    xmp = 700,
    iptc = 33723,
    photoshop = 34377,
    exif = 34665,
    icc = 34675,
    gps = 34853,
    layers = 37724
  };
  const TiffFolder folder(file);
  folder.visit([&](const TiffFolder::Values &values) {
    switch (values.tag) {
      case icc:
        overlay.icc = folder.bytes(values);
        break;
      case xmp:
        overlay.xmp = folder.bytes(values);
        break;
      case iptc:
      case photoshop:
      case exif:
      case gps:
      case layers:
        break;
      default:
        return;
    }
    if (overlay.patches.size() < most_patches) overlay.patches.push_back({values.entry, "\xfd\xfd"});
  });
}

// Gives every resource a number that no reader knows. Channels and pixels stand elsewhere.
void hide_in_psd(ByteSpan file, Overlay &overlay) {
  enum : uint32_t { icc = 1039, exif = 1058, xmp = 1060 };
  constexpr size_t header = 26, colour_mode_at = 24;
  constexpr uint32_t cmyk = 4;  // comes out as RGB, which the profile does not describe
  const uint64_t section = header + 4 + uint64_t{big_u32(file, header)};
  if (section > file.size) return;
  const auto begin = static_cast<size_t>(section) + 4;
  const uint64_t end = std::min<uint64_t>(file.size, begin + uint64_t{big_u32(file, begin - 4)});
  for (uint64_t at = begin; at + 12 <= end;) {
    const auto place = static_cast<size_t>(at);
    if (!file.part(place).starts_with("8BIM")) return;
    const uint32_t number = big_u16(file, place + 4);
    const size_t name = (size_t{byte_at(file, place + 6)} + 2) & ~size_t{1};
    const size_t data = place + 6 + name + 4;
    const uint32_t size = big_u32(file, data - 4);
    if (number == icc && big_u16(file, colour_mode_at) != cmyk) overlay.icc = file.part(data, size);
    if (number == exif) overlay.exif = file.part(data, size);
    if (number == xmp) overlay.xmp = file.part(data, size);
    if (overlay.patches.size() < most_patches) overlay.patches.push_back({place + 4, "\x13\x86"});
    at = data + ((uint64_t{size} + 1) & ~uint64_t{1});
  }
}

// Calls visit(type, where the contents begin, their size) for each box between begin and end.
template <class Visit>
void visit_boxes(ByteSpan file, size_t begin, size_t end, Visit visit) {
  for (size_t at = begin; at + 8 <= end;) {
    uint64_t size = big_u32(file, at);
    const size_t header = size == 1 ? 16 : 8;
    if (size == 1) size = big_u64(file, at + 8);
    if (size == 0) size = end - at;
    if (size < header || size > end - at) return;
    visit(file.part(at + 4, 4), at + header, static_cast<size_t>(size) - header);
    at += static_cast<size_t>(size);
  }
}

// OpenJPEG needs the colour box; the profile in it loses its list of contents.
void hide_in_jp2(ByteSpan file, Overlay &overlay) {
  constexpr size_t method = 0, profile = 3, tag_count = 128;
  visit_boxes(file, 0, file.size, [&](ByteSpan type, size_t begin, size_t size) {
    if (!type.starts_with("jp2h")) return;
    visit_boxes(file, begin, begin + size, [&](ByteSpan inner, size_t at, size_t bytes) {
      if (!inner.starts_with("colr") || byte_at(file, at + method) != 2 || bytes < profile + tag_count + 4) return;
      if (overlay.icc.empty()) overlay.icc = file.part(at + profile, bytes - profile);
      if (overlay.patches.size() < most_patches)
        overlay.patches.push_back({at + profile + tag_count, std::string(4, '\0')});
    });
  });
}

}  // namespace

Overlay hide_metadata(Kind kind, ByteSpan file) {
  Overlay overlay;
  if (kind == Kind::tiff) hide_in_tiff(file, overlay);
  if (kind == Kind::psd) hide_in_psd(file, overlay);
  if (kind == Kind::jp2) hide_in_jp2(file, overlay);
  return overlay;
}

size_t read_patched(ByteSpan file, const std::vector<Overlay::Patch> &patches, void *to, size_t count, size_t offset) {
  const ByteSpan bytes = file.part(offset, count);
  if (bytes.empty()) return 0;
  std::memcpy(to, bytes.data, bytes.size);
  for (const Overlay::Patch &patch : patches)
    for (size_t i = 0; i < patch.bytes.size(); ++i)
      if (patch.at + i >= offset && patch.at + i < offset + bytes.size)
        static_cast<char *>(to)[patch.at + i - offset] = patch.bytes[i];
  return bytes.size;
}

}  // namespace kalon::decoders
