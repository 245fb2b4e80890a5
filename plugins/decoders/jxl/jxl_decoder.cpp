// JPEG XL files.

#include <jxl/decode_cxx.h>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "boxes.h"

namespace {

using kalon::plugin::ByteSpan;
using kalon::plugin::Failure;

constexpr uint32_t most_frames = 100000;

[[noreturn]] void fail_corrupt(const char *what) {
  throw Failure(KALON_CORRUPT_DATA, what);
}

// Runs the decoder to its next event. The whole file is its input, so wanting more means that the file is cut off.
JxlDecoderStatus next_event(JxlDecoder *decoder) {
  const JxlDecoderStatus status = JxlDecoderProcessInput(decoder);
  if (status == JXL_DEC_ERROR) fail_corrupt("libjxl cannot decode the file: it is damaged");
  if (status == JXL_DEC_NEED_MORE_INPUT) fail_corrupt("the file ends before the picture does");
  return status;
}

class JxlPicture {
 public:
  JxlPicture(const kalon_source &source, const kalon_decode_limits &limits)
      : file_{source.data, static_cast<size_t>(source.data_size)},
        decoder_(start(JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE)) {
    JxlBasicInfo basic{};
    if (next_event(decoder_.get()) != JXL_DEC_BASIC_INFO ||
        JxlDecoderGetBasicInfo(decoder_.get(), &basic) != JXL_DEC_SUCCESS)
      fail_corrupt("the file has no JPEG XL header");
    kalon::plugin::check_limits(basic.xsize, basic.ysize, limits);
    describe(basic);
    if (next_event(decoder_.get()) != JXL_DEC_COLOR_ENCODING) fail_corrupt("the file names no colour space");
    choose_colour(basic);
    if (basic.have_animation) info_.frames = count_frames();
  }

  const kalon_picture_info &info() const { return info_; }

  ByteSpan metadata(int32_t kind) {
    if (kind == KALON_METADATA_ICC) return {icc_.data(), icc_.size()};
    if (kind != KALON_METADATA_EXIF && kind != KALON_METADATA_XMP) return {};
    if (!boxes_) boxes_ = kalon::decoders::read_boxes(file_);
    const auto &bytes = kind == KALON_METADATA_EXIF ? boxes_->exif : boxes_->xmp;
    return {bytes.data(), bytes.size()};
  }

  void read(const kalon_pixels &dst) {
    const Target target{dst, size_t{dst.channels} * kalon::plugin::sample_bytes(dst.sample)};
    const JxlPixelFormat format{dst.channels,
                                dst.sample == KALON_SAMPLE_U8    ? JXL_TYPE_UINT8
                                : dst.sample == KALON_SAMPLE_U16 ? JXL_TYPE_UINT16
                                                                 : JXL_TYPE_FLOAT,
                                JXL_NATIVE_ENDIAN, 0};
    for (;;) {
      const JxlDecoderStatus status = next_event(decoder_.get());
      if (status == JXL_DEC_FULL_IMAGE) return;
      if (status != JXL_DEC_NEED_IMAGE_OUT_BUFFER) fail_corrupt("the file holds no picture");
      if (JxlDecoderSetImageOutCallback(decoder_.get(), &format, &store, const_cast<Target *>(&target)) !=
          JXL_DEC_SUCCESS)
        throw Failure(KALON_INTERNAL, "libjxl refused the form of the pixels");
    }
  }

 private:
  struct Target {
    const kalon_pixels &pixels;
    size_t pixel_bytes;
  };

  ByteSpan file_;
  JxlDecoderPtr decoder_;
  kalon_picture_info info_{};
  std::vector<uint8_t> icc_;
  std::optional<kalon::decoders::JxlMetadata> boxes_;

  JxlDecoderPtr start(int events) const {
    auto decoder = JxlDecoderMake(nullptr);
    if (!decoder) throw std::bad_alloc();
    if (JxlDecoderSubscribeEvents(decoder.get(), events) != JXL_DEC_SUCCESS ||
        JxlDecoderSetInput(decoder.get(), file_.data, file_.size) != JXL_DEC_SUCCESS)
      throw Failure(KALON_INTERNAL, "libjxl could not be set up");
    // Not closing the input keeps libjxl from writing to the terminal when it ends early.
    return decoder;
  }

  void describe(const JxlBasicInfo &basic) {
    // libjxl delivers no more than colours and one alpha channel in one buffer; printing inks stand beside them.
    for (uint32_t i = 0; i < basic.num_extra_channels; ++i) {
      JxlExtraChannelInfo extra{};
      if (JxlDecoderGetExtraChannelInfo(decoder_.get(), i, &extra) == JXL_DEC_SUCCESS &&
          extra.type == JXL_CHANNEL_BLACK)
        throw Failure(KALON_UNSUPPORTED, "CMYK in JPEG XL is not supported");
    }
    info_.size = sizeof info_;
    info_.width = info_.decoded_width = basic.xsize;  // libjxl turns the picture upright
    info_.height = info_.decoded_height = basic.ysize;
    info_.channels = basic.num_color_channels + (basic.alpha_bits > 0 ? 1 : 0);
    info_.colour = basic.num_color_channels == 1 ? KALON_COLOUR_GREY : KALON_COLOUR_RGB;
    info_.sample = basic.exponent_bits_per_sample > 0 || basic.bits_per_sample > 16 ? KALON_SAMPLE_F32
                   : basic.bits_per_sample > 8                                      ? KALON_SAMPLE_U16
                                                                                    : KALON_SAMPLE_U8;
    info_.alpha = basic.alpha_bits == 0       ? KALON_ALPHA_NONE
                  : basic.alpha_premultiplied ? KALON_ALPHA_PREMULTIPLIED
                                              : KALON_ALPHA_STRAIGHT;
    info_.transfer = KALON_TRANSFER_ENCODED;
    info_.orientation = 1;
    info_.frames = 1;
    std::strcpy(info_.format, "jxl");
  }

  // Pictures in libjxl's own colour space come out as sRGB. Others have the colours they were stored in; sRGB, encoded
  // or linear, is recognised, everything else is told by its ICC profile.
  void choose_colour(const JxlBasicInfo &basic) {
    JxlDecoder *decoder = decoder_.get();
    if (!basic.uses_original_profile) {
      JxlColorEncoding wanted{};
      wanted.color_space = basic.num_color_channels == 1 ? JXL_COLOR_SPACE_GRAY : JXL_COLOR_SPACE_RGB;
      wanted.white_point = JXL_WHITE_POINT_D65;
      wanted.primaries = JXL_PRIMARIES_SRGB;
      wanted.transfer_function = JXL_TRANSFER_FUNCTION_SRGB;
      wanted.rendering_intent = JXL_RENDERING_INTENT_RELATIVE;
      JxlDecoderSetPreferredColorProfile(decoder, &wanted);  // a preference: what is given is asked below
    }
    JxlColorEncoding given{};
    if (JxlDecoderGetColorAsEncodedProfile(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, &given) ==
        JXL_DEC_SUCCESS) {
      const bool plain = given.white_point == JXL_WHITE_POINT_D65 &&
                         (given.color_space == JXL_COLOR_SPACE_GRAY ||
                          (given.color_space == JXL_COLOR_SPACE_RGB && given.primaries == JXL_PRIMARIES_SRGB));
      if (plain && given.transfer_function == JXL_TRANSFER_FUNCTION_SRGB) return;
      if (plain && given.transfer_function == JXL_TRANSFER_FUNCTION_LINEAR) {
        info_.transfer = KALON_TRANSFER_LINEAR;
        return;
      }
    }
    size_t size = 0;
    if (JxlDecoderGetICCProfileSize(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, &size) != JXL_DEC_SUCCESS ||
        size == 0)
      return;
    icc_.resize(size);
    if (JxlDecoderGetColorAsICCProfile(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, icc_.data(), size) !=
        JXL_DEC_SUCCESS)
      icc_.clear();
  }

  // By the headers of the frames alone; a file cut off counts as what is there.
  uint32_t count_frames() const {
    auto decoder = start(JXL_DEC_FRAME);
    uint32_t frames = 0;
    while (frames < most_frames && JxlDecoderProcessInput(decoder.get()) == JXL_DEC_FRAME) ++frames;
    return frames > 0 ? frames : 1;
  }

  static void store(void *opaque, size_t x, size_t y, size_t count, const void *pixels) {
    const auto &target = *static_cast<const Target *>(opaque);
    if (y >= target.pixels.height || x >= target.pixels.width) return;
    count = std::min<size_t>(count, target.pixels.width - x);
    std::memcpy(static_cast<uint8_t *>(target.pixels.data) + y * target.pixels.stride + x * target.pixel_bytes, pixels,
                count * target.pixel_bytes);
  }
};

}  // namespace

const kalon_entry kalon_plugin_entry = kalon::plugin::decoder_entry<JxlPicture>();
