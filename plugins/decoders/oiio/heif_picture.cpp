#include <libheif/heif.h>

#include <bit>
#include <cstring>

#include "../shared/exif.h"
#include "../shared/text.h"
#include "byte_reader.h"
#include "picture.h"

namespace kalon::decoders {
namespace {

using plugin::Failure;

constexpr size_t most_metadata_bytes = 64 << 20;

[[noreturn]] void fail(const heif_error &error) {
  kalon_status status = KALON_CORRUPT_DATA;
  if (error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype)
    status = KALON_UNSUPPORTED;
  if (error.code == heif_error_Unsupported_feature && error.subcode == heif_suberror_Unsupported_codec)
    status = KALON_MISSING_FEATURE;
  if (error.code == heif_error_Memory_allocation_error)
    status = error.subcode == heif_suberror_Security_limit_exceeded ? KALON_LIMIT_EXCEEDED : KALON_OUT_OF_MEMORY;
  throw Failure(status, error.message ? to_utf8(error.message) : "libheif cannot decode the file");
}

void check(const heif_error &error) {
  if (error.code != heif_error_Ok) fail(error);
}

struct Release {
  void operator()(heif_context *context) const { heif_context_free(context); }
  void operator()(heif_image_handle *handle) const { heif_image_handle_release(handle); }
  void operator()(heif_image *image) const { heif_image_release(image); }
};

class HeifPicture : public Picture {
 public:
  HeifPicture(ByteSpan file, Kind kind, const kalon_decode_limits &limits) : context_(heif_context_alloc()) {
    if (!context_) throw std::bad_alloc();
    heif_context_set_max_decoding_threads(context_.get(), 0);  // none beside the calling thread
    check(heif_context_read_from_memory_without_copy(context_.get(), file.data, file.size, nullptr));
    heif_image_handle *handle = nullptr;
    check(heif_context_get_primary_image_handle(context_.get(), &handle));
    handle_.reset(handle);
    const int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
    check_extent(static_cast<uint64_t>(std::max(width, 0)), static_cast<uint64_t>(std::max(height, 0)), file, limits);
    const bool alpha = heif_image_handle_has_alpha_channel(handle) != 0;
    info.size = sizeof info;
    info.width = info.decoded_width = static_cast<uint32_t>(width);  // libheif turns the picture upright
    info.height = info.decoded_height = static_cast<uint32_t>(height);
    info.channels = alpha ? 4 : 3;
    info.colour = KALON_COLOUR_RGB;
    info.sample = heif_image_handle_get_luma_bits_per_pixel(handle) > 8 ? KALON_SAMPLE_U16 : KALON_SAMPLE_U8;
    info.alpha = !alpha                                             ? KALON_ALPHA_NONE
                 : heif_image_handle_is_premultiplied_alpha(handle) ? KALON_ALPHA_PREMULTIPLIED
                                                                    : KALON_ALPHA_STRAIGHT;
    info.transfer = KALON_TRANSFER_ENCODED;
    info.orientation = 1;  // EXIF repeats the turn for information only
    info.frames = static_cast<uint32_t>(std::max(1, heif_context_get_number_of_top_level_images(context_.get())));
    std::strcpy(info.format, format_of(kind));
    collect_metadata();
  }

  void read(const kalon_pixels &dst) override {
    const bool alpha = dst.channels == 4, deep = dst.sample == KALON_SAMPLE_U16;
    const bool little = std::endian::native == std::endian::little;
    const heif_chroma chroma = !deep ? alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB
                               : little
                                   ? alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE
                               : alpha ? heif_chroma_interleaved_RRGGBBAA_BE
                                       : heif_chroma_interleaved_RRGGBB_BE;
    heif_image *decoded = nullptr;
    check(heif_decode_image(handle_.get(), &decoded, heif_colorspace_RGB, chroma, nullptr));
    const std::unique_ptr<heif_image, Release> image(decoded);
    int stride = 0;
    const uint8_t *rows = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
    const size_t row_bytes = size_t{dst.width} * dst.channels * plugin::sample_bytes(dst.sample);
    if (!rows || stride <= 0 || static_cast<size_t>(stride) < row_bytes ||
        heif_image_get_width(decoded, heif_channel_interleaved) != static_cast<int>(dst.width) ||
        heif_image_get_height(decoded, heif_channel_interleaved) != static_cast<int>(dst.height))
      throw Failure(KALON_CORRUPT_DATA, "the coded picture is not of the size that the header tells");
    const int bits = deep ? heif_image_get_bits_per_pixel_range(decoded, heif_channel_interleaved) : 8;
    if (bits < 8 || bits > 16) throw Failure(KALON_UNSUPPORTED, std::to_string(bits) + " bits for a sample");
    for (size_t y = 0; y < dst.height; ++y) {
      auto *row = static_cast<uint8_t *>(dst.data) + y * dst.stride;
      std::memcpy(row, rows + y * static_cast<size_t>(stride), row_bytes);
      if (deep) widen(row, size_t{dst.width} * dst.channels, bits);
    }
  }

 private:
  std::unique_ptr<heif_context, Release> context_;
  std::unique_ptr<heif_image_handle, Release> handle_;

  // Samples of 10 or 12 bit to the range of 16.
  static void widen(uint8_t *row, size_t count, int bits) {
    for (size_t i = 0; i < count; ++i) {
      uint16_t sample;
      std::memcpy(&sample, row + 2 * i, 2);
      const unsigned most = (1u << bits) - 1;
      sample = static_cast<uint16_t>((std::min<unsigned>(sample, most) * 65535u + most / 2) / most);
      std::memcpy(row + 2 * i, &sample, 2);
    }
  }

  // What is broken is left out.
  void collect_metadata() {
    const heif_image_handle *handle = handle_.get();
    const auto type = heif_image_handle_get_color_profile_type(handle);
    const size_t profile = heif_image_handle_get_raw_color_profile_size(handle);
    if ((type == heif_color_profile_type_prof || type == heif_color_profile_type_rICC) && profile > 0 &&
        profile <= most_metadata_bytes) {
      icc.resize(profile);
      if (heif_image_handle_get_raw_color_profile(handle, icc.data()).code != heif_error_Ok) icc.clear();
    }
    heif_item_id ids[16];
    const int count = heif_image_handle_get_list_of_metadata_block_IDs(handle, nullptr, ids, 16);
    for (int i = 0; i < count; ++i) {
      const std::string_view kind = heif_image_handle_get_metadata_type(handle, ids[i]);
      const char *content = heif_image_handle_get_metadata_content_type(handle, ids[i]);
      const size_t size = heif_image_handle_get_metadata_size(handle, ids[i]);
      if (size == 0 || size > most_metadata_bytes) continue;
      std::vector<uint8_t> bytes(size);
      if (heif_image_handle_get_metadata(handle, ids[i], bytes.data()).code != heif_error_Ok) continue;
      if (kind == "Exif" && exif.empty()) exif = tiff_of({bytes.data(), bytes.size()});
      if (kind == "mime" && content && std::strcmp(content, "application/rdf+xml") == 0 && xmp.empty())
        xmp = std::move(bytes);
    }
  }

  // The block begins with the distance to the TIFF structure, which some writers get wrong.
  static std::vector<uint8_t> tiff_of(ByteSpan block) {
    const ByteSpan told = exif_without_prefix(block.part(4).part(big_u32(block, 0)));
    const ByteSpan plain = exif_without_prefix(block.part(4));
    const ByteSpan tiff = told.starts_with("II") || told.starts_with("MM") ? told : plain;
    return tiff.empty() ? std::vector<uint8_t>() : std::vector<uint8_t>(tiff.data, tiff.data + tiff.size);
  }
};

}  // namespace

std::unique_ptr<Picture> open_heif(ByteSpan file, Kind kind, const kalon_decode_limits &limits) {
  return std::make_unique<HeifPicture>(file, kind, limits);
}

}  // namespace kalon::decoders
