#include "embedded_jpeg.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace kalon::decoders {
namespace {

using plugin::ByteSpan;

constexpr size_t most_found = 8;

enum Marker : uint8_t {
  sof0 = 0xc0,
  sof2 = 0xc2,
  dht = 0xc4,
  jpg = 0xc8,
  dac = 0xcc,
  sof15 = 0xcf,
  rst0 = 0xd0,
  rst7 = 0xd7,
  soi = 0xd8,
  eoi = 0xd9,
  sos = 0xda
};

class Walker {
 public:
  // A file made of beginnings of JPEGs would be walked to its end from each of them; the budget ends that.
  explicit Walker(ByteSpan file) : file_(file), budget_(4 * static_cast<uint64_t>(file.size) + 4096) {}

  bool exhausted() const { return budget_ == 0; }

  // The JPEG that begins at start, if it is complete.
  std::optional<EmbeddedJpeg> walk(size_t start) {
    EmbeddedJpeg found;
    size_t at = start + 2;
    while (at + 4 <= file_.size && !exhausted()) {
      if (file_.data[at] != 0xff) return std::nullopt;
      const uint8_t marker = file_.data[at + 1];
      if (marker == 0xff) {  // fill byte
        spend(1);
        ++at;
        continue;
      }
      const size_t length = size_t{file_.data[at + 2]} << 8 | file_.data[at + 3];
      if (length < 2 || length > file_.size - at - 2 || marker < sof0 || marker == soi || marker == eoi)
        return std::nullopt;
      if (is_frame(marker)) {
        if (marker > sof2 || length < 8 || file_.data[at + 4] != 8) return std::nullopt;
        found.height = u16(at + 5);
        found.width = u16(at + 7);
      }
      spend(length + 2);
      at += length + 2;
      if (marker != sos) continue;
      if (found.width == 0 || found.height == 0) return std::nullopt;
      at = end_of_scan(at);
      if (at + 2 <= file_.size && file_.data[at + 1] == eoi) {
        found.bytes = file_.part(start, at + 2 - start);
        return found;
      }
    }
    return std::nullopt;
  }

 private:
  ByteSpan file_;
  uint64_t budget_;

  void spend(uint64_t bytes) { budget_ -= std::min(budget_, bytes); }
  uint32_t u16(size_t at) const { return static_cast<uint32_t>(file_.data[at]) << 8 | file_.data[at + 1]; }
  static bool is_frame(uint8_t marker) {
    return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
  }

  // The place of the marker that ends a scan's entropy-coded data; the file's size when there is none.
  size_t end_of_scan(size_t at) {
    const size_t begin = at;
    while (at + 1 < file_.size) {
      const auto *next = static_cast<const uint8_t *>(std::memchr(file_.data + at, 0xff, file_.size - 1 - at));
      at = next ? static_cast<size_t>(next - file_.data) : file_.size;
      if (!next) break;
      const uint8_t code = file_.data[at + 1];
      const bool data = code == 0 || (code >= rst0 && code <= rst7);
      if (!data && code != 0xff) break;
      at += data ? 2 : 1;
    }
    if (at + 1 >= file_.size) at = file_.size;
    spend(at - begin);
    return at;
  }
};

}  // namespace

std::vector<EmbeddedJpeg> find_embedded_jpegs(ByteSpan file) {
  std::vector<EmbeddedJpeg> found;
  auto larger = [](const EmbeddedJpeg &a, const EmbeddedJpeg &b) {
    return uint64_t{a.width} * a.height > uint64_t{b.width} * b.height;
  };
  Walker walker(file);
  for (size_t at = 0; at + 4 < file.size && !walker.exhausted();) {
    const auto *next = static_cast<const uint8_t *>(std::memchr(file.data + at, 0xff, file.size - 4 - at));
    if (!next) break;
    at = static_cast<size_t>(next - file.data);
    if (next[1] != soi || next[2] != 0xff) {
      ++at;
      continue;
    }
    if (auto jpeg = walker.walk(at)) {
      at += jpeg->bytes.size;
      found.insert(std::upper_bound(found.begin(), found.end(), *jpeg, larger), *jpeg);
      if (found.size() > most_found) found.pop_back();
    } else {
      at += 2;
    }
  }
  return found;
}

}  // namespace kalon::decoders
