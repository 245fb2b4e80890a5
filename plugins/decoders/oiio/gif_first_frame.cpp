#include "gif_first_frame.h"

#include "byte_reader.h"

namespace kalon::decoders {
namespace {

using plugin::ByteSpan;

constexpr uint8_t extension_mark = '!', picture_mark = ',', end_mark = ';';
constexpr size_t full_table = 256 * 3;

size_t table_bytes(uint32_t packed) {
  return packed & 0x80 ? size_t{3} << ((packed & 7) + 1) : 0;
}

class Copier {
 public:
  explicit Copier(ByteSpan file) : file_(file) {}

  GifFirstFrame run() {
    copy(13);
    widen_table(10, 10);
    while (at_ < file_.size && file_.data[at_] != end_mark) {
      const uint8_t mark = file_.data[at_];
      const bool keep = result_.frames == 0;
      if (mark == extension_mark) {
        move(2, keep);
        move_blocks(keep);
      } else if (mark == picture_mark) {
        const size_t begin = at_, written = result_.bytes.size();
        if (!keep && file_.size - at_ < 10) break;
        move(10, keep);
        const uint32_t packed = byte_at(file_, begin + 9);
        if (keep)
          widen_table(begin + 9, written + 9);
        else
          at_ += table_bytes(packed);
        move(1, keep);
        move_blocks(keep);
        ++result_.frames;
      } else {
        break;  // rubbish behind the pictures is common
      }
      if (!keep && at_ >= file_.size) break;
    }
    if (result_.frames == 0) throw plugin::Failure(KALON_CORRUPT_DATA, "the GIF holds no picture");
    result_.bytes.push_back(end_mark);
    return std::move(result_);
  }

 private:
  ByteSpan file_;
  size_t at_ = 0;
  GifFirstFrame result_;

  void move(size_t count, bool keep) {
    if (keep)
      copy(count);
    else
      at_ += count;
  }

  void copy(size_t count) {
    const ByteSpan part = file_.part(at_, count);
    if (part.size < count) throw plugin::Failure(KALON_CORRUPT_DATA, "the file ends before the picture does");
    result_.bytes.insert(result_.bytes.end(), part.data, part.data + count);
    at_ += count;
  }

  // The table that the packed byte at packed_at announces, black beyond its entries.
  void widen_table(size_t packed_at, size_t packed_written) {
    const uint32_t packed = byte_at(file_, packed_at);
    const size_t bytes = table_bytes(packed);
    if (bytes == 0) return;
    result_.bytes[packed_written] = static_cast<uint8_t>(packed | 7);
    copy(bytes);
    result_.bytes.resize(result_.bytes.size() + full_table - bytes, 0);
  }

  void move_blocks(bool keep) {
    for (;;) {
      const size_t size = byte_at(file_, at_);
      if (keep && at_ >= file_.size) copy(1);  // throws
      move(1 + size, keep);
      if (size == 0) return;
    }
  }
};

}  // namespace

GifFirstFrame gif_first_frame(ByteSpan file) {
  return Copier(file).run();
}

}  // namespace kalon::decoders
