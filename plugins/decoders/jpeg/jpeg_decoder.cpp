// JPEG files.

#include <cstring>

#include "../shared/exif.h"
#include "../shared/jpeg_stream.h"

namespace {

using kalon::decoders::JpegStream;
using kalon::plugin::ByteSpan;

class JpegDecoder {
 public:
  JpegDecoder(const kalon_source &source, const kalon_decode_limits &limits)
      : stream_(ByteSpan{source.data, static_cast<size_t>(source.data_size)}) {
    kalon::plugin::check_limits(stream_.info().width, stream_.info().height, limits);
    update_info();
  }

  const kalon_picture_info &info() const { return info_; }

  ByteSpan metadata(int32_t kind) {
    switch (kind) {
      case KALON_METADATA_ICC:
        return {stream_.icc().data(), stream_.icc().size()};
      case KALON_METADATA_EXIF:
        return {stream_.exif().data(), stream_.exif().size()};
      case KALON_METADATA_XMP:
        return {stream_.xmp().data(), stream_.xmp().size()};
      default:
        return {};
    }
  }

  void scale(uint32_t min_width, uint32_t min_height) {
    stream_.scale(min_width, min_height);
    update_info();
  }

  void read(const kalon_pixels &dst) { stream_.read(dst); }

 private:
  JpegStream stream_;
  kalon_picture_info info_{};

  void update_info() {
    info_ = stream_.info();
    info_.orientation = kalon::decoders::exif_orientation({stream_.exif().data(), stream_.exif().size()});
    std::strcpy(info_.format, "jpeg");
  }
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<JpegDecoder>();
