// Everything that OpenImageIO reads well, and HEIF by libheif.

#include <OpenImageIO/imageio.h>

#include "picture.h"

namespace {

using namespace kalon::decoders;
using kalon::plugin::Failure;

// OpenImageIO's own settings; process-wide, hence once.
void prepare() {
  OIIO::attribute("threads", 1);
  OIIO::attribute("exr_threads", -1);  // none beside the calling thread
  OIIO::attribute("limits:imagesize_MB", 16384);
  OIIO::attribute("limits:channels", 256);
}

class OiioDecoder {
 public:
  OiioDecoder(const kalon_source &source, const kalon_decode_limits &limits) {
    const ByteSpan file{source.data, static_cast<size_t>(source.data_size)};
    const auto kind = find_kind(file, source.path);
    if (!kind) throw Failure(KALON_UNSUPPORTED, "the bytes are of none of the formats that this decoder takes");
    const bool heif = *kind == Kind::heic || *kind == Kind::avif;
    picture_ = heif ? open_heif(file, *kind, limits) : open_oiio(file, *kind, limits);
  }

  const kalon_picture_info &info() const { return picture_->info; }

  ByteSpan metadata(int32_t kind) {
    auto span = [](const auto &bytes) {
      return ByteSpan{reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
    };
    switch (kind) {
      case KALON_METADATA_ICC:
        return span(picture_->icc);
      case KALON_METADATA_EXIF:
        return span(picture_->exif);
      case KALON_METADATA_XMP:
        return span(picture_->xmp);
      case KALON_METADATA_PROPERTIES:
        return span(picture_->properties);
      default:
        return {};
    }
  }

  void read(const kalon_pixels &dst) { picture_->read(dst); }

 private:
  std::unique_ptr<Picture> picture_;
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<OiioDecoder, prepare>();
