#include "png_stream.h"

#include <bit>
#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include <png.h>

#include "../shared/exif.h"
#include "../shared/text.h"
#include "chunks.h"

namespace kalon::decoders {

using plugin::ByteSpan;
using plugin::Failure;

namespace {

constexpr png_alloc_size_t most_chunk_bytes = 16 << 20;  // of one profile or text, unpacked
constexpr size_t most_bytes = 128 << 20;                 // of all that libpng holds, beside a few rows of pixels
constexpr png_uint_32 most_chunks = 1000;                // of text and of kinds unknown

}  // namespace

// libpng reports failures by calling on_error, which must not return: it jumps back to the setjmp of the call under
// way. Every function that calls setjmp here holds only trivial objects, and so does libpng.
struct PngStream::State {
  png_structp png = nullptr;
  png_infop info = nullptr;
  jmp_buf jump;
  kalon_status status = KALON_CORRUPT_DATA;
  char text[160] = {};
  PngChunks chunks;
  size_t part = 0, offset = 0;  // where the next byte is read
  size_t held = 0, most_held = most_bytes;

  explicit State(ByteSpan file) : chunks(arrange_chunks(file)) {}
  ~State() { png_destroy_read_struct(&png, &info, nullptr); }

  [[noreturn]] void throw_failure() const { throw Failure(status, text); }

  bool read_header();
  bool read_pixels(const kalon_pixels &dst);

  static void on_error(png_structp png, png_const_charp text);
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep to, size_t count);
  static png_voidp allocate(png_structp png, png_alloc_size_t size);
  static void release(png_structp png, png_voidp block);
};

void PngStream::State::on_error(png_structp png, png_const_charp text) {
  auto &state = *static_cast<State *>(png_get_error_ptr(png));
  std::strncpy(state.text, text, sizeof state.text - 1);
  longjmp(state.jump, 1);
}

void PngStream::State::on_read(png_structp png, png_bytep to, size_t count) {
  auto &state = *static_cast<State *>(png_get_io_ptr(png));
  while (count > 0) {
    if (state.part == state.chunks.parts.size()) png_error(png, "the file ends before the picture does");
    const ByteSpan rest = state.chunks.parts[state.part].part(state.offset, count);
    std::memcpy(to, rest.data, rest.size);
    to += rest.size;
    count -= rest.size;
    state.offset += rest.size;
    if (state.offset == state.chunks.parts[state.part].size) {
      ++state.part;
      state.offset = 0;
    }
  }
}

// Blocks carry their size, so that what libpng holds is known and bounded: thousands of small chunks may unpack to
// megabytes each.
png_voidp PngStream::State::allocate(png_structp png, png_alloc_size_t size) {
  auto &state = *static_cast<State *>(png_get_mem_ptr(png));
  constexpr size_t header = alignof(std::max_align_t);
  if (size > state.most_held || state.held > state.most_held - size) {
    state.status = KALON_LIMIT_EXCEEDED;
    return nullptr;
  }
  auto *block = static_cast<unsigned char *>(std::malloc(size + header));
  if (!block) {
    state.status = KALON_OUT_OF_MEMORY;
    return nullptr;
  }
  const size_t held = size;
  std::memcpy(block, &held, sizeof held);
  state.held += held;
  return block + header;
}

void PngStream::State::release(png_structp png, png_voidp block) {
  if (!block) return;
  auto &state = *static_cast<State *>(png_get_mem_ptr(png));
  auto *begin = static_cast<unsigned char *>(block) - alignof(std::max_align_t);
  size_t held = 0;
  std::memcpy(&held, begin, sizeof held);
  state.held -= held;
  std::free(begin);
}

bool PngStream::State::read_header() {
  if (setjmp(jump)) return false;
  png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, on_error, on_warning, this, allocate, release);
  info = png ? png_create_info_struct(png) : nullptr;
  if (!info) {
    status = KALON_OUT_OF_MEMORY;
    std::strcpy(text, "libpng could not be set up");
    return false;
  }
  png_set_read_fn(png, this, on_read);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, most_chunk_bytes);
  png_set_chunk_cache_max(png, most_chunks);
  png_set_benign_errors(png, 1);
  png_read_info(png, info);
  status = KALON_CORRUPT_DATA;  // a chunk left out for its size is no failure of the picture
  return true;
}

bool PngStream::State::read_pixels(const kalon_pixels &dst) {
  if (setjmp(jump)) return false;
  png_set_expand(png);  // palette to RGB, less than 8 bit to 8, tRNS to alpha
  if (std::endian::native == std::endian::little) png_set_swap(png);
  const int passes = png_set_interlace_handling(png);
  png_start_read_image(png);
  for (int pass = 0; pass < passes; ++pass)
    for (uint32_t y = 0; y < dst.height; ++y)
      png_read_row(png, static_cast<png_bytep>(dst.data) + size_t{y} * dst.stride, nullptr);
  png_read_end(png, nullptr);
  return true;
}

PngStream::PngStream(ByteSpan file, const kalon_decode_limits &limits) : state_(std::make_unique<State>(file)) {
  if (!state_->read_header()) state_->throw_failure();
  plugin::check_limits(png_get_image_width(state_->png, state_->info), png_get_image_height(state_->png, state_->info),
                       limits);
  describe(file);
  collect_exif();
  collect_text();
  info_.orientation = exif_orientation(exif());
}

PngStream::~PngStream() = default;

void PngStream::describe(ByteSpan file) {
  png_structp png = state_->png;
  png_infop info = state_->info;
  const int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
  const bool transparent = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  const bool colour = (type & PNG_COLOR_MASK_COLOR) != 0;
  const bool alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || transparent;
  info_.size = sizeof info_;
  info_.width = info_.decoded_width = png_get_image_width(png, info);
  info_.height = info_.decoded_height = png_get_image_height(png, info);
  info_.channels = (colour ? 3u : 1u) + (alpha ? 1u : 0u);
  info_.colour = colour ? KALON_COLOUR_RGB : KALON_COLOUR_GREY;
  info_.sample = depth == 16 ? KALON_SAMPLE_U16 : KALON_SAMPLE_U8;
  info_.alpha = alpha ? KALON_ALPHA_STRAIGHT : KALON_ALPHA_NONE;
  info_.frames = state_->chunks.frames;
  std::strcpy(info_.format, "png");

  png_fixed_point gamma = 0;
  const bool described = png_get_valid(png, info, PNG_INFO_iCCP) || png_get_valid(png, info, PNG_INFO_sRGB);
  const bool linear = !described && png_get_gAMA_fixed(png, info, &gamma) && gamma == PNG_FP_1;
  info_.transfer = linear ? KALON_TRANSFER_LINEAR : KALON_TRANSFER_ENCODED;

  // Deflate makes at most 1032 bytes of one.
  const uint64_t row_bytes = png_get_rowbytes(png, info);
  if (row_bytes * info_.height / 1032 > file.size)
    throw Failure(KALON_CORRUPT_DATA, "the header promises " + std::to_string(info_.width) + " x " +
                                          std::to_string(info_.height) + " pixels, but there are only " +
                                          std::to_string(file.size) + " bytes");
  state_->most_held += static_cast<size_t>(32 * uint64_t{info_.width});  // libpng's three rows, four channels of 16 bit
}

ByteSpan PngStream::icc() const {
  png_charp name = nullptr;
  png_bytep profile = nullptr;
  png_uint_32 size = 0;
  int method = 0;
  if (!png_get_iCCP(state_->png, state_->info, &name, &method, &profile, &size)) return {};
  return {profile, size};
}

void PngStream::collect_exif() {
  png_bytep data = nullptr;
  png_uint_32 size = 0;
  if (!png_get_eXIf_1(state_->png, state_->info, &size, &data)) return;
  const ByteSpan tiff = exif_without_prefix({data, size});
  if (!tiff.empty()) exif_.assign(tiff.data, tiff.data + tiff.size);
}

namespace {

// ImageMagick's way before eXIf existed: name, count and hexadecimal bytes in a text.
std::vector<uint8_t> raw_profile(std::string_view text) {
  std::vector<uint8_t> bytes;
  size_t at = text.find_first_not_of('\n');                       // the name
  at = at == text.npos ? at : text.find('\n', at);                // its end
  at = at == text.npos ? at : text.find_first_not_of("\n ", at);  // the count
  at = at == text.npos ? at : text.find('\n', at);                // the bytes
  if (at == text.npos) return bytes;
  int high = -1;
  for (char c : text.substr(at)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    if (high >= 0) bytes.push_back(static_cast<uint8_t>(high * 16 + digit));
    high = high < 0 ? digit : -1;
  }
  return bytes;
}

}  // namespace

void PngStream::collect_text() {
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(state_->png, state_->info, &texts, &count);
  for (int i = 0; i < count; ++i) {
    const bool international = texts[i].compression >= PNG_ITXT_COMPRESSION_NONE;
    const std::string_view value(texts[i].text ? texts[i].text : "",
                                 international ? texts[i].itxt_length : texts[i].text_length);
    const std::string_view keyword = texts[i].key;
    if (keyword == "XML:com.adobe.xmp") {
      if (xmp_.empty()) xmp_ = value;
    } else if (keyword == "Raw profile type exif" || keyword == "Raw profile type APP1") {
      const std::vector<uint8_t> bytes = raw_profile(value);
      const ByteSpan tiff = exif_without_prefix({bytes.data(), bytes.size()});
      const bool is_tiff = tiff.starts_with("II") || tiff.starts_with("MM");
      if (exif_.empty() && is_tiff) exif_.assign(tiff.data, tiff.data + tiff.size);
    } else if (keyword.rfind("Raw profile type ", 0) != 0) {
      plugin::append_property(properties_, "text:" + to_utf8(keyword), to_utf8(value));
    }
  }
}

void PngStream::read(const kalon_pixels &dst) {
  if (!state_->read_pixels(dst)) state_->throw_failure();
}

}  // namespace kalon::decoders
