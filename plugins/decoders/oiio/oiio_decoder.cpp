// Everything that OpenImageIO reads well.

#include <OpenImageIO/filesystem.h>
#include <OpenImageIO/imageio.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../shared/compact_exif.h"
#include "../shared/exif.h"
#include "../shared/text.h"
#include "channels.h"
#include "gif_first_frame.h"
#include "heif_boxes.h"
#include "kinds.h"
#include "webp_chunks.h"

namespace {

using kalon::decoders::ByteSpan;
using kalon::decoders::Kind;
using kalon::plugin::Failure;
using OIIO::TypeDesc;

// From this size on a picture must have a byte for so many pixels: no real one compresses better.
constexpr uint64_t large_picture = uint64_t{64} << 20, most_pixels_per_byte = 10000;

// OpenImageIO's own settings; process-wide, hence once.
void prepare() {
  OIIO::attribute("threads", 1);
  OIIO::attribute("exr_threads", -1);  // none beside the calling thread
  OIIO::attribute("limits:imagesize_MB", 16384);
  OIIO::attribute("limits:channels", 256);
}

class OiioDecoder {
 public:
  OiioDecoder(const kalon_source &source, const kalon_decode_limits &limits)
      : file_{source.data, static_cast<size_t>(source.data_size)}, path_(source.path ? source.path : "") {
    const auto kind = kalon::decoders::find_kind(file_, source.path);
    if (!kind) throw Failure(KALON_UNSUPPORTED, "the bytes are of none of the formats that this decoder takes");
    kind_ = *kind;
    kalon::decoders::check_header(kind_, file_);
    if (const auto extent = kalon::decoders::peek_extent(kind_, file_))
      check_extent(extent->width, extent->height, limits);
    uint32_t frames = 1;
    if (kind_ == Kind::gif) {
      auto gif = kalon::decoders::gif_first_frame(file_);
      gif_ = std::move(gif.bytes);
      frames = gif.frames;
    }
    open(false);
    const bool inks = kind_ == Kind::tiff && spec().get_string_attribute("tiff:ColorSpace") == "CMYK";
    if (inks) open(true);  // as stored, not as OpenImageIO would turn it into RGB
    describe(inks, limits);
    read_metadata(frames);
  }

  const kalon_picture_info &info() const { return info_; }

  ByteSpan metadata(int32_t kind) {
    switch (kind) {
      case KALON_METADATA_ICC:
        return {icc_.data(), icc_.size()};
      case KALON_METADATA_EXIF:
        return {exif_.data(), exif_.size()};
      case KALON_METADATA_XMP:
        return {xmp_.data(), xmp_.size()};
      case KALON_METADATA_PROPERTIES:
        return {reinterpret_cast<const uint8_t *>(properties_.data()), properties_.size()};
      default:
        return {};
    }
  }

  void read(const kalon_pixels &dst) {
    const uint32_t bytes = kalon::plugin::sample_bytes(dst.sample);
    if (channels_.colour >= 0) {
      // Alpha right behind the colours comes along in one go.
      const bool joined = channels_.alpha == channels_.colour + channels_.colours;
      read_channels(dst, channels_.colour, channels_.colours + (joined ? 1 : 0), 0);
      if (channels_.alpha >= 0 && !joined) read_channels(dst, channels_.alpha, 1, bytes * channels_.colours);
    } else {
      for (uint32_t i = 0; i < 3; ++i) read_channels(dst, channels_.scattered[i], 1, bytes * i);
      if (channels_.alpha >= 0) read_channels(dst, channels_.alpha, 1, bytes * 3);
    }
    if (invert_inks_) invert(dst);
  }

 private:
  ByteSpan file_;
  std::string path_;
  Kind kind_ = Kind::tiff;
  std::vector<uint8_t> gif_;
  std::unique_ptr<OIIO::Filesystem::IOMemReader> memory_;  // must outlive input_
  std::unique_ptr<OIIO::ImageInput> input_;
  kalon::decoders::Channels channels_;
  bool invert_inks_ = false;
  kalon_picture_info info_{};
  std::vector<uint8_t> icc_, exif_, xmp_;
  std::string properties_;

  const OIIO::ImageSpec &spec() const { return input_->spec(); }

  void check_extent(uint64_t width, uint64_t height, const kalon_decode_limits &limits) const {
    if (width == 0 || height == 0) throw Failure(KALON_CORRUPT_DATA, "the header tells an empty picture");
    kalon::plugin::check_limits(width, height, limits);
    if (width * height > large_picture && width * height / most_pixels_per_byte > file_.size)
      throw Failure(KALON_CORRUPT_DATA, "the header promises " + std::to_string(width) + " x " +
                                            std::to_string(height) + " pixels, but there are only " +
                                            std::to_string(file_.size) + " bytes");
  }

  // OpenImageIO's messages, without the path that some begin with: the caller knows its file.
  std::string message() const {
    std::string text = kalon::decoders::to_utf8(input_ ? input_->geterror() : OIIO::geterror());
    OIIO::geterror();  // forgets what was said for this thread
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.empty() ? "OpenImageIO cannot read the file" : text;
  }

  void open(bool as_stored) {
    input_ = OIIO::ImageInput::create(kalon::decoders::oiio_format_of(kind_), false);
    if (!input_)
      throw Failure(KALON_MISSING_FEATURE, std::string("OpenImageIO was built without ") +
                                               kalon::decoders::oiio_format_of(kind_) + " (" + message() + ")");
    input_->threads(1);
    OIIO::ImageSpec config;
    if (as_stored)
      config.attribute("oiio:RawColor", 1);
    else
      config.attribute("oiio:UnassociatedAlpha", 1);
    std::string name = std::string("memory.") + kalon::decoders::format_of(kind_);
    if (input_->supports("ioproxy")) {
      const ByteSpan bytes = kind_ == Kind::gif ? ByteSpan{gif_.data(), gif_.size()} : file_;
      memory_ = std::make_unique<OIIO::Filesystem::IOMemReader>(bytes.data, bytes.size);
      input_->set_ioproxy(memory_.get());
    } else if (!path_.empty()) {
      name = path_;
    } else {
      throw Failure(KALON_UNSUPPORTED, "OpenImageIO reads this format from a path only, and none was given");
    }
    OIIO::ImageSpec opened;
    bool done = false;
    try {
      done = input_->open(name, opened, config);
    } catch (const std::bad_alloc &) {
      throw;
    } catch (const std::exception &exception) {  // libraries below OpenImageIO throw through it at damaged files
      throw Failure(KALON_CORRUPT_DATA, exception.what());
    }
    if (done) return;
    const std::string text = message();
    const bool foreign = text.find("nsupported") != text.npos || text.find("not supported") != text.npos;
    throw Failure(foreign ? KALON_UNSUPPORTED : KALON_CORRUPT_DATA, text);
  }

  void describe(bool inks, const kalon_decode_limits &limits) {
    const OIIO::ImageSpec &header = spec();
    if (header.width <= 0 || header.height <= 0 || header.nchannels <= 0)
      throw Failure(KALON_CORRUPT_DATA, "the header tells an empty picture");
    check_extent(static_cast<uint64_t>(header.width), static_cast<uint64_t>(header.height), limits);
    if (header.deep || header.depth > 1)
      throw Failure(KALON_UNSUPPORTED, "deep and volumetric pictures are not supported");
    info_.size = sizeof info_;
    info_.width = info_.decoded_width = static_cast<uint32_t>(header.width);
    info_.height = info_.decoded_height = static_cast<uint32_t>(header.height);
    info_.sample = header.format.basetype == TypeDesc::UINT8    ? KALON_SAMPLE_U8
                   : header.format.basetype == TypeDesc::UINT16 ? KALON_SAMPLE_U16
                                                                : KALON_SAMPLE_F32;
    if (inks && header.nchannels >= 4) {
      channels_ = {0, 4, -1, {}};
      info_.colour = KALON_COLOUR_CMYK;
      info_.alpha = KALON_ALPHA_NONE;
      invert_inks_ = header.get_string_attribute("compression") == "jpeg";  // OpenImageIO turns just these
    } else {
      channels_ = kalon::decoders::choose_channels(header.channelnames, header.alpha_channel);
      info_.colour = channels_.colours == 3 ? KALON_COLOUR_RGB : KALON_COLOUR_GREY;
      info_.alpha = channels_.alpha < 0 ? KALON_ALPHA_NONE : alpha_kind();
    }
    info_.channels = static_cast<uint32_t>(channels_.colours) + (channels_.alpha >= 0 ? 1 : 0);
    info_.transfer = is_linear() ? KALON_TRANSFER_LINEAR : KALON_TRANSFER_ENCODED;
    std::strcpy(info_.format, kalon::decoders::format_of(kind_));
  }

  // OpenImageIO multiplies WebP whatever it is asked for; EXR is stored so. TIFF may hold either and is told apart.
  int32_t alpha_kind() const {
    const bool told = spec().get_int_attribute("oiio:UnassociatedAlpha") != 0;
    switch (kind_) {
      case Kind::gif:
      case Kind::bmp:
      case Kind::jp2:
        return KALON_ALPHA_STRAIGHT;
      default:
        return told ? KALON_ALPHA_STRAIGHT : KALON_ALPHA_PREMULTIPLIED;
    }
  }

  // Floating point without a profile is linear light by convention.
  bool is_linear() const {
    const std::string space(spec().get_string_attribute("oiio:ColorSpace"));
    const bool profile = spec().find_attribute("ICCProfile") != nullptr;
    return kind_ == Kind::exr || kind_ == Kind::hdr || space == "Linear" || space == "linear" ||
           (info_.sample == KALON_SAMPLE_F32 && !profile && (kind_ == Kind::tiff || kind_ == Kind::psd));
  }

  void read_metadata(uint32_t frames) {
    auto assign = [](std::vector<uint8_t> &to, ByteSpan from) {
      if (!from.empty()) to.assign(from.data, from.data + from.size);
    };
    info_.orientation = spec().get_int_attribute("Orientation", 1);
    if (kind_ == Kind::webp) {
      const auto chunks = kalon::decoders::webp_chunks(file_);
      assign(icc_, chunks.icc);
      assign(exif_, chunks.exif);
      assign(xmp_, chunks.xmp);
      info_.orientation = kalon::decoders::exif_orientation(chunks.exif);
      frames = chunks.frames;
    } else if (kind_ == Kind::heic || kind_ == Kind::avif) {
      auto boxes = kalon::decoders::heif_metadata(file_);
      assign(icc_, boxes.icc);
      exif_ = std::move(boxes.exif);
      xmp_ = std::move(boxes.xmp);
      info_.orientation = 1;  // libheif turned the picture; EXIF repeats it for information only
    } else {
      if (const auto *profile = spec().find_attribute("ICCProfile"))
        assign(icc_, {static_cast<const uint8_t *>(profile->data()), static_cast<size_t>(profile->datasize())});
      if (kind_ == Kind::tiff) exif_ = kalon::decoders::compact_exif(file_);
      if (kind_ == Kind::exr)
        frames = static_cast<uint32_t>(std::max(1, spec().get_int_attribute("oiio:subimages", 1)));
    }
    if (info_.orientation < 1 || info_.orientation > 8) info_.orientation = 1;
    info_.frames = std::max(frames, 1u);
    collect_properties();
  }

  void collect_properties() {
    static constexpr struct {
      const char *attribute, *key;
    } names[] = {{"Make", "Make"},
                 {"Model", "Model"},
                 {"Exif:LensModel", "LensModel"},
                 {"Exif:DateTimeOriginal", "DateTimeOriginal"},
                 {"Exif:SubsecTimeOriginal", "SubSecTimeOriginal"},
                 {"Exif:OffsetTimeOriginal", "OffsetTimeOriginal"},
                 {"Exif:PhotographicSensitivity", "PhotographicSensitivity"},
                 {"Exif:ISOSpeedRatings", "ISOSpeedRatings"},
                 {"FNumber", "FNumber"},
                 {"ExposureTime", "ExposureTime"},
                 {"Exif:FocalLength", "FocalLength"},
                 {"ImageDescription", "ImageDescription"}};
    for (const auto &name : names) {
      const auto *attribute = spec().find_attribute(name.attribute);
      if (!attribute) continue;
      const std::string value = kalon::decoders::to_utf8(attribute->get_string());
      if (!value.empty()) kalon::plugin::append_property(properties_, name.key, value);
    }
  }

  void read_channels(const kalon_pixels &dst, int first, int count, uint32_t offset) {
    const TypeDesc type = dst.sample == KALON_SAMPLE_U8    ? TypeDesc(TypeDesc::UINT8)
                          : dst.sample == KALON_SAMPLE_U16 ? TypeDesc(TypeDesc::UINT16)
                                                           : TypeDesc(TypeDesc::FLOAT);
    const auto pixel = static_cast<OIIO::stride_t>(kalon::plugin::sample_bytes(dst.sample) * dst.channels);
    bool done = false;
    try {
      done = input_->read_image(0, 0, first, first + count, type, static_cast<uint8_t *>(dst.data) + offset, pixel,
                                static_cast<OIIO::stride_t>(dst.stride));
    } catch (const std::bad_alloc &) {
      throw;
    } catch (const std::exception &exception) {
      throw Failure(KALON_CORRUPT_DATA, exception.what());
    }
    if (!done) throw Failure(KALON_CORRUPT_DATA, message());
  }

  static void invert(const kalon_pixels &dst) {
    for (uint32_t y = 0; y < dst.height; ++y) {
      auto *row = static_cast<uint8_t *>(dst.data) + y * dst.stride;
      for (size_t x = 0; x < size_t{dst.width} * dst.channels * kalon::plugin::sample_bytes(dst.sample); ++x)
        row[x] = static_cast<uint8_t>(~row[x]);
    }
  }
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<OiioDecoder, prepare>();
