#include "boxes.h"

#include <jxl/decode_cxx.h>
#include <algorithm>
#include <cstring>

#include "../shared/exif.h"

namespace kalon::decoders {
namespace {

constexpr size_t first_buffer = 64 << 10, most_bytes = 64 << 20;
constexpr int most_boxes = 1000;

// The contents of a box while libjxl writes them.
class Box {
 public:
  explicit Box(JxlDecoder *decoder) : decoder_(decoder) {}

  // False when there is no room left.
  bool grow() {
    const size_t written = released();
    if (bytes_.size() >= most_bytes) return false;
    bytes_.resize(bytes_.empty() ? first_buffer : bytes_.size() * 2);
    open_ = JxlDecoderSetBoxBuffer(decoder_, bytes_.data() + written, bytes_.size() - written) == JXL_DEC_SUCCESS;
    return open_;
  }

  bool is_open() const { return open_; }

  std::vector<uint8_t> take() {
    bytes_.resize(released());
    return std::move(bytes_);
  }

 private:
  JxlDecoder *decoder_;
  std::vector<uint8_t> bytes_;
  bool open_ = false;

  size_t released() {
    const size_t unwritten = open_ ? JxlDecoderReleaseBoxBuffer(decoder_) : bytes_.size();
    open_ = false;
    return bytes_.size() - unwritten;
  }
};

std::vector<uint8_t> tiff_of(const std::vector<uint8_t> &box) {
  if (box.size() < 4) return {};
  const size_t offset = size_t{box[0]} << 24 | size_t{box[1]} << 16 | size_t{box[2]} << 8 | box[3];
  const plugin::ByteSpan tiff = exif_without_prefix(plugin::ByteSpan{box.data(), box.size()}.part(4).part(offset));
  return tiff.empty() ? std::vector<uint8_t>() : std::vector<uint8_t>(tiff.data, tiff.data + tiff.size);
}

}  // namespace

JxlMetadata read_boxes(plugin::ByteSpan file) {
  JxlMetadata metadata;
  auto decoder = JxlDecoderMake(nullptr);
  if (!decoder) return metadata;
  JxlDecoderSubscribeEvents(decoder.get(), JXL_DEC_BOX);
  JxlDecoderSetDecompressBoxes(decoder.get(), JXL_TRUE);
  if (JxlDecoderSetInput(decoder.get(), file.data, file.size) != JXL_DEC_SUCCESS) return metadata;

  Box box(decoder.get());
  std::vector<uint8_t> *target = nullptr;
  auto finish = [&] {
    if (!box.is_open() || !target) return;
    *target = box.take();
    if (target == &metadata.exif) metadata.exif = tiff_of(metadata.exif);
    target = nullptr;
  };
  for (int boxes = 0; boxes < most_boxes;) {
    const JxlDecoderStatus status = JxlDecoderProcessInput(decoder.get());
    if (status == JXL_DEC_BOX) {
      finish();
      ++boxes;
      JxlBoxType type{};
      if (JxlDecoderGetBoxType(decoder.get(), type, JXL_TRUE) != JXL_DEC_SUCCESS) break;
      target = std::memcmp(type, "Exif", 4) == 0   ? &metadata.exif
               : std::memcmp(type, "xml ", 4) == 0 ? &metadata.xmp
                                                   : nullptr;
      if (target && !target->empty()) target = nullptr;  // the first counts
      if (target && !box.grow()) break;
    } else if (status == JXL_DEC_BOX_NEED_MORE_OUTPUT) {
      if (!box.grow()) break;
    } else {
      if (status != JXL_DEC_ERROR) finish();  // the end of the file
      break;
    }
  }
  return metadata;
}

}  // namespace kalon::decoders
