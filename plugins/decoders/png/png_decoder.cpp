// PNG files.

#include "png_stream.h"

namespace {

using kalon::plugin::ByteSpan;

class PngDecoder {
 public:
  PngDecoder(const kalon_source &source, const kalon_decode_limits &limits)
      : stream_(ByteSpan{source.data, static_cast<size_t>(source.data_size)}, limits) {}

  const kalon_picture_info &info() const { return stream_.info(); }

  ByteSpan metadata(int32_t kind) {
    switch (kind) {
      case KALON_METADATA_ICC:
        return stream_.icc();
      case KALON_METADATA_EXIF:
        return stream_.exif();
      case KALON_METADATA_XMP:
        return stream_.xmp();
      case KALON_METADATA_PROPERTIES:
        return stream_.properties();
      default:
        return {};
    }
  }

  void read(const kalon_pixels &dst) { stream_.read(dst); }

 private:
  kalon::decoders::PngStream stream_;
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<PngDecoder>();
