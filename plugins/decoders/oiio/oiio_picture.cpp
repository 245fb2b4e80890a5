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
#include "header_checks.h"
#include "overlay.h"
#include "picture.h"
#include "webp_chunks.h"

namespace kalon::decoders {
namespace {

using OIIO::TypeDesc;
using plugin::Failure;

// Reads a file in memory through an overlay.
class OverlayReader : public OIIO::Filesystem::IOProxy {
 public:
  OverlayReader(ByteSpan file, const std::vector<Overlay::Patch> &patches)
      : IOProxy("", Read), file_(file), patches_(patches) {}
  const char *proxytype() const override { return "overlay"; }
  size_t size() const override { return file_.size; }
  size_t read(void *to, size_t count) override {
    const size_t done = pread(to, count, m_pos);
    m_pos += static_cast<int64_t>(done);
    return done;
  }
  size_t pread(void *to, size_t count, int64_t offset) override {
    return offset < 0 ? 0 : read_patched(file_, patches_, to, count, static_cast<size_t>(offset));
  }

 private:
  ByteSpan file_;
  const std::vector<Overlay::Patch> &patches_;
};

class OiioPicture : public Picture {
 public:
  OiioPicture(ByteSpan file, Kind kind, const kalon_decode_limits &limits) : file_(file), kind_(kind) {
    if (const auto extent = peek_extent(kind_, file_)) check_extent(extent->width, extent->height, file_, limits);
    check_header(kind_, file_);
    uint32_t frames = 1;
    if (kind_ == Kind::gif) {
      auto gif = gif_first_frame(file_);
      gif_ = std::move(gif.bytes);
      frames = gif.frames;
    }
    overlay_ = hide_metadata(kind_, file_);
    open(false);
    const bool inks = kind_ == Kind::tiff && spec().get_string_attribute("tiff:ColorSpace") == "CMYK";
    if (inks) open(true);  // as stored, not as OpenImageIO would turn it into RGB
    describe(inks, limits);
    read_metadata(frames);
  }

  void read(const kalon_pixels &dst) override {
    const uint32_t bytes = plugin::sample_bytes(dst.sample);
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
  Kind kind_;
  std::vector<uint8_t> gif_;
  Overlay overlay_;
  std::unique_ptr<OverlayReader> memory_;  // must outlive input_
  std::unique_ptr<OIIO::ImageInput> input_;
  Channels channels_;
  bool invert_inks_ = false;

  const OIIO::ImageSpec &spec() const { return input_->spec(); }

  // What OpenImageIO has to say.
  std::string message() const {
    std::string text = to_utf8(input_ ? input_->geterror() : OIIO::geterror());
    OIIO::geterror();  // forgets what was said for this thread
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.empty() ? "OpenImageIO cannot read the file" : text;
  }

  void open(bool as_stored) {
    input_ = OIIO::ImageInput::create(oiio_format_of(kind_), false);
    if (!input_)
      throw Failure(KALON_MISSING_FEATURE,
                    std::string("OpenImageIO was built without ") + oiio_format_of(kind_) + " (" + message() + ")");
    input_->threads(1);
    OIIO::ImageSpec config;
    if (as_stored)
      config.attribute("oiio:RawColor", 1);
    else
      config.attribute("oiio:UnassociatedAlpha", 1);
    if (!input_->supports("ioproxy"))
      throw Failure(KALON_MISSING_FEATURE, "this OpenImageIO cannot read the format from memory");
    const ByteSpan bytes = kind_ == Kind::gif ? ByteSpan{gif_.data(), gif_.size()} : file_;
    memory_ = std::make_unique<OverlayReader>(bytes, overlay_.patches);
    input_->set_ioproxy(memory_.get());
    OIIO::ImageSpec opened;
    bool done = false;
    try {
      done = input_->open(std::string("memory.") + format_of(kind_), opened, config);
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
    check_extent(static_cast<uint64_t>(header.width), static_cast<uint64_t>(header.height), file_, limits);
    if (header.deep || header.depth > 1)
      throw Failure(KALON_UNSUPPORTED, "deep and volumetric pictures are not supported");
    info.size = sizeof info;
    info.width = info.decoded_width = static_cast<uint32_t>(header.width);
    info.height = info.decoded_height = static_cast<uint32_t>(header.height);
    info.sample = header.format.basetype == TypeDesc::UINT8    ? KALON_SAMPLE_U8
                  : header.format.basetype == TypeDesc::UINT16 ? KALON_SAMPLE_U16
                                                               : KALON_SAMPLE_F32;
    if (inks && header.nchannels >= 4) {
      channels_ = {0, 4, -1, {}};
      info.colour = KALON_COLOUR_CMYK;
      info.alpha = KALON_ALPHA_NONE;
      invert_inks_ = header.get_string_attribute("compression") == "jpeg";  // OpenImageIO turns just these
    } else {
      channels_ = choose_channels(header.channelnames, header.alpha_channel);
      info.colour = channels_.colours == 3 ? KALON_COLOUR_RGB : KALON_COLOUR_GREY;
      info.alpha = channels_.alpha < 0 ? KALON_ALPHA_NONE : alpha_kind();
    }
    info.channels = static_cast<uint32_t>(channels_.colours) + (channels_.alpha >= 0 ? 1 : 0);
    info.transfer = is_linear() ? KALON_TRANSFER_LINEAR : KALON_TRANSFER_ENCODED;
    std::strcpy(info.format, format_of(kind_));
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
    return kind_ == Kind::exr || kind_ == Kind::hdr || space == "Linear" || space == "linear" ||
           (info.sample == KALON_SAMPLE_F32 && overlay_.icc.empty() && (kind_ == Kind::tiff || kind_ == Kind::psd));
  }

  void read_metadata(uint32_t frames) {
    auto assign = [](std::vector<uint8_t> &to, ByteSpan from) {
      if (!from.empty()) to.assign(from.data, from.data + from.size);
    };
    info.orientation = spec().get_int_attribute("Orientation", 1);
    if (kind_ == Kind::webp) {
      const auto chunks = webp_chunks(file_);
      assign(icc, chunks.icc);
      assign(exif, chunks.exif);
      assign(xmp, chunks.xmp);
      info.orientation = exif_orientation(chunks.exif);
      frames = chunks.frames;
    } else {
      assign(icc, overlay_.icc);
      assign(xmp, overlay_.xmp);
      assign(exif, exif_without_prefix(overlay_.exif));
      if (kind_ == Kind::psd) info.orientation = exif_orientation(exif_without_prefix(overlay_.exif));
      if (kind_ == Kind::tiff) exif = compact_exif(file_);
      if (kind_ == Kind::exr)
        frames = static_cast<uint32_t>(std::max(1, spec().get_int_attribute("oiio:subimages", 1)));
    }
    if (info.orientation < 1 || info.orientation > 8) info.orientation = 1;
    info.frames = std::max(frames, 1u);
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
      const std::string value = to_utf8(attribute->get_string());
      if (!value.empty()) plugin::append_property(properties, name.key, value);
    }
  }

  void read_channels(const kalon_pixels &dst, int first, int count, uint32_t offset) {
    const TypeDesc type = dst.sample == KALON_SAMPLE_U8    ? TypeDesc(TypeDesc::UINT8)
                          : dst.sample == KALON_SAMPLE_U16 ? TypeDesc(TypeDesc::UINT16)
                                                           : TypeDesc(TypeDesc::FLOAT);
    const auto pixel = static_cast<OIIO::stride_t>(plugin::sample_bytes(dst.sample) * dst.channels);
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
      for (size_t x = 0; x < size_t{dst.width} * dst.channels * plugin::sample_bytes(dst.sample); ++x)
        row[x] = static_cast<uint8_t>(~row[x]);
    }
  }
};

}  // namespace

std::unique_ptr<Picture> open_oiio(ByteSpan file, Kind kind, const kalon_decode_limits &limits) {
  return std::make_unique<OiioPicture>(file, kind, limits);
}

}  // namespace kalon::decoders
