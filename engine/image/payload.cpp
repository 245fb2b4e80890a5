#include "image/payload.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "image/exif_orientation.h"

namespace kalon {
namespace {

// What a walk through a file found, apart from the payload, which goes straight to a hasher.
struct Findings {
  bool sound = false;  // else the file is damaged
  int orientation = 1;
  std::vector<ByteView> icc;  // the parts of the profile, in their own order
  ByteView adobe;             // APP14, which tells the colour transform
};

bool starts_with(ByteView bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

constexpr std::string_view exif_mark("Exif\0\0", 6), icc_mark("ICC_PROFILE\0", 12), adobe_mark("Adobe", 5);

struct IccPart {
  uint8_t number;
  ByteView data;
};

// The end of the entropy-coded data that begins at `at`: the position of the 0xFF of the next marker that is neither a
// stuffed byte nor a restart marker. The size of the file when there is none.
size_t end_of_scan(ByteView file, size_t at) {
  while (at < file.size()) {
    const void *found = std::memchr(file.data() + at, 0xFF, file.size() - at);
    if (!found) break;
    const size_t mark = static_cast<size_t>(static_cast<const uint8_t *>(found) - file.data());
    size_t next = mark + 1;
    while (next < file.size() && file[next] == 0xFF) ++next;
    if (next == file.size()) break;
    const uint8_t code = file[next];
    if (code != 0x00 && !(code >= 0xD0 && code <= 0xD7)) return mark;
    at = next + 1;
  }
  return file.size();
}

// ITU-T T.81, annex B. Fill bytes before a marker are not part of the payload: programs that rewrite the segments drop
// them.
Findings walk_jpeg(ByteView file, Hasher &payload) {
  Findings found;
  std::vector<IccPart> icc;
  payload.add(file.subspan(0, 2));  // SOI
  bool frame = false, scan = false;
  size_t at = 2;
  while (true) {
    if (at >= file.size() || file[at] != 0xFF) return {};
    while (at < file.size() && file[at] == 0xFF) ++at;
    if (at >= file.size()) return {};
    const size_t start = at - 1;
    const uint8_t code = file[at++];
    if (code == 0xD9) {  // EOI
      if (!frame || !scan) return {};
      payload.add(file.subspan(start, 2));
      break;
    }
    if (code == 0x01 || (code >= 0xD0 && code <= 0xD7)) {  // TEM and restart markers stand alone
      payload.add(file.subspan(start, 2));
      continue;
    }
    if (code == 0x00 || code == 0xD8 || file.size() - at < 2) return {};
    const size_t length = size_t{file[at]} << 8 | file[at + 1];
    if (length < 2 || length > file.size() - at) return {};
    const ByteView data = file.subspan(at + 2, length - 2);
    at += length;
    if (code == 0xFE) continue;  // COM
    if (code >= 0xE0 && code <= 0xEF) {
      if (code == 0xE1 && starts_with(data, exif_mark) && found.orientation == 1)
        found.orientation = exif_orientation(data.subspan(exif_mark.size()));
      if (code == 0xE2 && starts_with(data, icc_mark) && data.size() > icc_mark.size() + 2)
        icc.push_back({data[icc_mark.size()], data.subspan(icc_mark.size() + 2)});
      if (code == 0xEE && starts_with(data, adobe_mark)) found.adobe = data;
      continue;
    }
    // SOF0..15 without DHT, JPG and DAC, which share its range.
    if (code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC) frame = true;
    if (code == 0xDA) {  // SOS: the segment and the data behind it
      scan = true;
      at = end_of_scan(file, at);
    }
    payload.add(file.subspan(start, at - start));
  }
  std::stable_sort(icc.begin(), icc.end(), [](const IccPart &a, const IccPart &b) { return a.number < b.number; });
  for (const IccPart &part : icc) found.icc.push_back(part.data);
  found.sound = true;
  return found;
}

constexpr std::string_view png_signature("\x89PNG\r\n\x1a\n", 8);

bool in_png_payload(std::string_view type) {
  static constexpr std::string_view types[] = {"IHDR", "PLTE", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT",
                                               "sRGB", "cICP", "IDAT", "acTL", "fcTL", "fdAT"};
  return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

// W3C, Portable Network Graphics (third edition), 5.3.
Findings walk_png(ByteView file, Hasher &payload) {
  Findings found;
  bool header = false, image = false;
  for (size_t at = png_signature.size();;) {
    if (file.size() - at < 12) return {};
    const size_t length =
        size_t{file[at]} << 24 | size_t{file[at + 1]} << 16 | size_t{file[at + 2]} << 8 | file[at + 3];
    if (length > file.size() - at - 12) return {};
    const std::string_view type = text_of(file.subspan(at + 4, 4));
    const ByteView data = file.subspan(at + 8, length);
    if (!header && type != "IHDR") return {};
    header = true;
    if (type == "IEND") {
      found.sound = image;
      return found;
    }
    if (type == "IDAT") image = true;
    if (type == "eXIf") found.orientation = exif_orientation(data);
    if (in_png_payload(type)) payload.add(file.subspan(at + 4, 4 + length));
    at += 12 + length;
  }
}

void add_tagged(Hasher &hasher, char tag, const std::vector<ByteView> &pieces) {
  uint64_t length = 0;
  for (ByteView piece : pieces) length += piece.size();
  uint8_t head[9] = {static_cast<uint8_t>(tag)};
  for (size_t i = 0; i < 8; ++i) head[1 + i] = static_cast<uint8_t>(length >> (8 * i));
  hasher.add(head);
  for (ByteView piece : pieces) hasher.add(piece);
}

Hash128 render_hash(const Findings &found) {
  if (found.orientation == 1 && found.icc.empty() && found.adobe.empty()) return {};
  Hasher hasher;
  const auto orientation = static_cast<uint8_t>(found.orientation);
  if (orientation != 1) add_tagged(hasher, 'O', {ByteView(&orientation, 1)});
  if (!found.icc.empty()) add_tagged(hasher, 'I', found.icc);
  if (!found.adobe.empty()) add_tagged(hasher, 'A', {found.adobe});
  return hasher.finish();
}

}  // namespace

PictureIdentity identify(ByteView file) {
  PictureIdentity identity;
  identity.file = hash_of(file);
  identity.picture = identity.file;
  Findings found;
  Hasher payload;
  if (starts_with(file, "\xFF\xD8\xFF")) found = walk_jpeg(file, payload);
  if (starts_with(file, png_signature)) found = walk_png(file, payload);
  if (!found.sound) return identity;
  identity.picture = payload.finish();
  identity.render = render_hash(found);
  return identity;
}

}  // namespace kalon
