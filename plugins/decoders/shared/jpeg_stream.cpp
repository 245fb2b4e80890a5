#include "jpeg_stream.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it before
#include <cstdlib>
#include <string>

#include <jpeglib.h>
// after jpeglib.h, whose configuration decides which codes there are
#include <jerror.h>

namespace kalon::decoders {

using plugin::Failure;

namespace {

// More scans than any encoder makes; without a bound a small file can keep the decoder busy for hours.
constexpr int max_scans = 200;

}  // namespace

// libjpeg reports failures by calling error_exit, which must not return: it jumps back to the setjmp of the call under
// way. Every function that calls setjmp here holds only trivial objects, and so does libjpeg.
struct JpegStream::State {
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  jmp_buf jump;
  kalon_status status = KALON_OK;
  char text[JMSG_LENGTH_MAX] = {};

  static State &of(j_common_ptr common) { return *static_cast<State *>(common->client_data); }

  [[noreturn]] void fail(kalon_status failure) {
    status = failure;
    errors.format_message(reinterpret_cast<j_common_ptr>(&decoder), text);
    longjmp(jump, 1);
  }

  static void error_exit(j_common_ptr common);
  static void emit_message(j_common_ptr common, int level);
  static void monitor_progress(j_common_ptr common);

  bool read_header(const uint8_t *data, size_t size);
  bool read_icc(JOCTET **data, unsigned *size);
  bool read_pixels(const kalon_pixels &dst, unsigned eighths);

  [[noreturn]] void throw_failure() const { throw Failure(status, text); }
};

void JpegStream::State::error_exit(j_common_ptr common) {
  switch (common->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
      of(common).fail(KALON_OUT_OF_MEMORY);
    case JERR_IMAGE_TOO_BIG:
      of(common).fail(KALON_LIMIT_EXCEEDED);
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
      of(common).fail(KALON_UNSUPPORTED);
    default:
      of(common).fail(KALON_CORRUPT_DATA);
  }
}

// libjpeg goes on after a warning and fills in grey. Warnings that mean lost pixels are failures here; those about
// markers and about bytes between segments are not.
void JpegStream::State::emit_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      of(common).fail(KALON_CORRUPT_DATA);
    default:
      break;
  }
}

void JpegStream::State::monitor_progress(j_common_ptr common) {
  State &state = of(common);
  if (state.decoder.input_scan_number <= max_scans) return;
  state.status = KALON_LIMIT_EXCEEDED;
  std::snprintf(state.text, sizeof state.text, "the JPEG has more than %d scans", max_scans);
  longjmp(state.jump, 1);
}

bool JpegStream::State::read_header(const uint8_t *data, size_t size) {
  decoder.err = jpeg_std_error(&errors);
  errors.error_exit = error_exit;
  errors.emit_message = emit_message;
  progress.progress_monitor = monitor_progress;
  decoder.client_data = this;
  if (setjmp(jump)) return false;
  jpeg_create_decompress(&decoder);  // leaves err and client_data as they are
  decoder.progress = &progress;
  jpeg_mem_src(&decoder, data, size);
  jpeg_save_markers(&decoder, JPEG_APP0 + 1, 0xffff);
  jpeg_save_markers(&decoder, JPEG_APP0 + 2, 0xffff);
  jpeg_read_header(&decoder, TRUE);
  return true;
}

bool JpegStream::State::read_icc(JOCTET **data, unsigned *size) {
  if (setjmp(jump)) return false;
  return jpeg_read_icc_profile(&decoder, data, size);
}

bool JpegStream::State::read_pixels(const kalon_pixels &dst, unsigned eighths) {
  if (setjmp(jump)) return false;
  decoder.scale_num = eighths;
  decoder.scale_denom = 8;
  jpeg_start_decompress(&decoder);
  const bool invert = decoder.out_color_space == JCS_CMYK && decoder.saw_Adobe_marker;
  constexpr unsigned most_rows = 16;
  JSAMPROW rows[most_rows];
  while (decoder.output_scanline < decoder.output_height) {
    const unsigned first = decoder.output_scanline;
    const unsigned wanted = std::min(most_rows, decoder.output_height - first);
    for (unsigned i = 0; i < wanted; ++i)
      rows[i] = static_cast<uint8_t *>(dst.data) + static_cast<size_t>(first + i) * dst.stride;
    const unsigned count = jpeg_read_scanlines(&decoder, rows, wanted);
    if (!invert) continue;
    const size_t row_bytes = size_t{dst.width} * dst.channels;
    for (unsigned i = 0; i < count; ++i)
      for (size_t x = 0; x < row_bytes; ++x) rows[i][x] = static_cast<uint8_t>(255 - rows[i][x]);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

JpegStream::JpegStream(plugin::ByteSpan bytes) : state_(std::make_unique<State>()) {
  struct DestroyOnThrow {  // a constructor that throws has no destructor
    State *state;
    ~DestroyOnThrow() {
      if (state) jpeg_destroy_decompress(&state->decoder);
    }
  } guard{state_.get()};
  if (!state_->read_header(bytes.data, bytes.size)) state_->throw_failure();
  jpeg_decompress_struct &decoder = state_->decoder;
  info_.size = sizeof info_;
  info_.width = info_.decoded_width = decoder.image_width;
  info_.height = info_.decoded_height = decoder.image_height;
  info_.sample = KALON_SAMPLE_U8;
  info_.alpha = KALON_ALPHA_NONE;
  info_.transfer = KALON_TRANSFER_ENCODED;
  info_.orientation = 1;
  info_.frames = 1;
  switch (decoder.jpeg_color_space) {
    case JCS_GRAYSCALE:
      decoder.out_color_space = JCS_GRAYSCALE;
      info_.colour = KALON_COLOUR_GREY;
      info_.channels = 1;
      break;
    case JCS_RGB:
    case JCS_YCbCr:
      decoder.out_color_space = JCS_RGB;
      info_.colour = KALON_COLOUR_RGB;
      info_.channels = 3;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      decoder.out_color_space = JCS_CMYK;
      info_.colour = KALON_COLOUR_CMYK;
      info_.channels = 4;
      break;
    default:
      throw Failure(KALON_UNSUPPORTED,
                    "a JPEG of " + std::to_string(decoder.num_components) + " components of unknown meaning");
  }
  // Huffman codes have at least one bit, and every block of 8 x 8 pixels at least one code.
  const uint64_t blocks = uint64_t{(info_.width + 7) / 8} * ((info_.height + 7) / 8);
  if (!decoder.arith_code && blocks / 8 > bytes.size)
    throw Failure(KALON_CORRUPT_DATA, "the header promises " + std::to_string(info_.width) + " x " +
                                          std::to_string(info_.height) + " pixels, but there are only " +
                                          std::to_string(bytes.size) + " bytes");
  collect_metadata();
  guard.state = nullptr;
}

JpegStream::~JpegStream() {
  jpeg_destroy_decompress(&state_->decoder);
}

void JpegStream::collect_metadata() {
  constexpr std::string_view exif_mark("Exif\0", 5), xmp_mark("http://ns.adobe.com/xap/1.0/\0", 29);
  for (auto *marker = state_->decoder.marker_list; marker; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1) continue;
    const plugin::ByteSpan bytes{marker->data, marker->data_length};
    auto keep = [](std::vector<uint8_t> &to, plugin::ByteSpan from) {
      if (to.empty() && !from.empty()) to.assign(from.data, from.data + from.size);
    };
    if (bytes.starts_with(exif_mark)) keep(exif_, bytes.part(exif_mark.size() + 1));  // one byte of padding
    if (bytes.starts_with(xmp_mark)) keep(xmp_, bytes.part(xmp_mark.size()));
  }
  struct Freed {
    JOCTET *data = nullptr;
    ~Freed() { std::free(data); }
  } profile;
  unsigned size = 0;
  if (state_->read_icc(&profile.data, &size)) icc_.assign(profile.data, profile.data + size);
}

void JpegStream::scale(uint32_t min_width, uint32_t min_height) {
  auto part = [](uint32_t whole, unsigned eighths) {
    return static_cast<uint32_t>((uint64_t{whole} * eighths + 7) / 8);
  };
  eighths_ = 1;
  while (eighths_ < 8 && (part(info_.width, eighths_) < min_width || part(info_.height, eighths_) < min_height))
    ++eighths_;
  info_.decoded_width = part(info_.width, eighths_);
  info_.decoded_height = part(info_.height, eighths_);
}

void JpegStream::read(const kalon_pixels &dst) {
  if (!state_->read_pixels(dst, eighths_)) state_->throw_failure();
}

}  // namespace kalon::decoders
