#include <png.h>

#include <csetjmp>
#include <cstring>
#include <string>

#include "base/error.h"
#include "image/codec.h"

// libpng reports errors by longjmp. The function that calls setjmp holds plain data only, so that no destructor is ever
// skipped.

namespace kalon {
namespace {

struct Writer {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes bytes;
  char message[256] = "out of memory";
  Writer() = default;
  ~Writer() { png_destroy_write_struct(&png, &info); }
  Writer(const Writer &) = delete;
  Writer &operator=(const Writer &) = delete;
};

[[noreturn]] void fail(png_structp png, png_const_charp message) {
  auto *writer = static_cast<Writer *>(png_get_error_ptr(png));
  std::strncpy(writer->message, message, sizeof writer->message - 1);
  png_longjmp(png, 1);
}
void ignore_warning(png_structp, png_const_charp) {}

bool append(Bytes &bytes, const uint8_t *data, size_t size) noexcept {
  try {
    bytes.insert(bytes.end(), data, data + size);
    return true;
  } catch (const std::exception &) {
    return false;
  }
}
void write(png_structp png, png_bytep data, size_t size) {
  if (!append(static_cast<Writer *>(png_get_io_ptr(png))->bytes, data, size)) png_error(png, "out of memory");
}
void flush(png_structp) {}

bool write_png(Writer &writer, const uint8_t *pixels, int width, int height) {
  writer.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer, fail, ignore_warning);
  if (!writer.png) return false;
  if (setjmp(png_jmpbuf(writer.png))) return false;
  writer.info = png_create_info_struct(writer.png);
  if (!writer.info) return false;
  png_set_user_limits(writer.png, 0x7FFFFFFF, 0x7FFFFFFF);
  png_set_write_fn(writer.png, &writer, write, flush);
  png_set_IHDR(writer.png, writer.info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(writer.png, writer.info, PNG_sRGB_INTENT_PERCEPTUAL);
  // One filter and a low level: a sheet of photographs of a hundred megapixels is written in seconds, and trying all
  // filters would save few percent.
  png_set_filter(writer.png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_compression_level(writer.png, 2);
  png_set_compression_buffer_size(writer.png, 1 << 20);
  png_write_info(writer.png, writer.info);
  for (int y = 0; y < height; ++y)
    png_write_row(writer.png, pixels + static_cast<size_t>(y) * static_cast<size_t>(width) * 3);
  png_write_end(writer.png, nullptr);
  return true;
}

}  // namespace

Bytes encode_png(const RgbImage &image) {
  if (image.empty()) throw Error(Status::invalid_argument, "an empty picture cannot be written as PNG", "libpng");
  Writer writer;
  if (!write_png(writer, image.data.data(), image.width, image.height))
    throw Error(Status::internal, std::string("cannot write a PNG picture: ") + writer.message, "libpng");
  return std::move(writer.bytes);
}

}  // namespace kalon
