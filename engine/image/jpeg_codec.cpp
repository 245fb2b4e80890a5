#include <csetjmp>
#include <cstdio>  // jpeglib.h uses FILE and size_t without including what declares them
#include <cstdlib>
#include <memory>
#include <string>

#include <jpeglib.h>

#include "base/error.h"
#include "image/codec.h"

// libjpeg reports errors by longjmp. Every function here that calls setjmp holds plain data only, so that no destructor
// is ever skipped; owners live in its callers.

namespace kalon {
namespace {

struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr info) {
  auto *manager = reinterpret_cast<ErrorManager *>(info->err);
  manager->base.format_message(info, manager->message);
  std::longjmp(manager->jump, 1);
}
void ignore_message(j_common_ptr) {}

void set_up(ErrorManager &manager) {
  jpeg_std_error(&manager.base);
  manager.base.error_exit = fail;
  manager.base.output_message = ignore_message;
  manager.message[0] = 0;
}

struct Compressor {
  jpeg_compress_struct info{};
  ErrorManager error{};
  Compressor() {
    set_up(error);
    info.err = &error.base;
  }
  ~Compressor() { jpeg_destroy_compress(&info); }
  Compressor(const Compressor &) = delete;
  Compressor &operator=(const Compressor &) = delete;
};

struct Decompressor {
  jpeg_decompress_struct info{};
  ErrorManager error{};
  Decompressor() {
    set_up(error);
    info.err = &error.base;
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }
  Decompressor(const Decompressor &) = delete;
  Decompressor &operator=(const Decompressor &) = delete;
};

bool compress(Compressor &compressor, const uint8_t *pixels, int width, int height, int quality, unsigned char **buffer,
              unsigned long *size) {
  if (setjmp(compressor.error.jump)) return false;
  jpeg_compress_struct &info = compressor.info;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, buffer, size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);  // 4:2:0, baseline
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  const size_t stride = static_cast<size_t>(width) * 3;
  while (info.next_scanline < info.image_height) {
    auto *row = const_cast<JSAMPROW>(pixels + info.next_scanline * stride);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

bool read_header(Decompressor &decompressor, const uint8_t *bytes, size_t size) {
  if (setjmp(decompressor.error.jump)) return false;
  jpeg_decompress_struct &info = decompressor.info;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, static_cast<unsigned long>(size));
  jpeg_read_header(&info, TRUE);
  return true;
}

bool read_pixels(Decompressor &decompressor, uint8_t *pixels, size_t stride) {
  if (setjmp(decompressor.error.jump)) return false;
  jpeg_decompress_struct &info = decompressor.info;
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + info.output_scanline * stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

[[noreturn]] void throw_corrupt(const Decompressor &decompressor) {
  const std::string reason = decompressor.error.message[0] ? decompressor.error.message : "its data is damaged";
  throw Error(Status::corrupt_data, "cannot read the JPEG picture: " + reason, "libjpeg");
}

}  // namespace

Bytes encode_jpeg(const RgbImage &image, int quality) {
  if (image.empty() || image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION)
    throw Error(Status::invalid_argument,
                "a JPEG picture has 1 to " + std::to_string(JPEG_MAX_DIMENSION) + " pixels on a side, not " +
                    std::to_string(image.width) + " x " + std::to_string(image.height),
                "libjpeg");
  // What 4:2:0 can need at most (the bound of TurboJPEG's tjBufSize), so that libjpeg never replaces the buffer.
  const size_t blocks =
      ((static_cast<size_t>(image.width) + 15) / 16) * ((static_cast<size_t>(image.height) + 15) / 16);
  const size_t capacity = blocks * 256 * 3 + 2048;
  const auto buffer = std::make_unique_for_overwrite<unsigned char[]>(capacity);
  unsigned char *data = buffer.get();
  unsigned long size = capacity;
  Compressor compressor;
  if (!compress(compressor, image.data.data(), image.width, image.height, quality, &data, &size) ||
      data != buffer.get()) {
    if (data != buffer.get()) std::free(data);
    throw Error(Status::internal, std::string("cannot write a JPEG picture: ") + compressor.error.message, "libjpeg");
  }
  return Bytes(data, data + size);
}

RgbImage decode_jpeg(ByteView bytes) {
  Decompressor decompressor;
  if (!read_header(decompressor, bytes.data(), bytes.size())) throw_corrupt(decompressor);
  const jpeg_decompress_struct &info = decompressor.info;
  // Thumbnails are small and baseline; anything else is not ours, and could cost any amount of memory and time.
  constexpr uint64_t most_pixels = uint64_t{1} << 26;
  if (info.progressive_mode || info.num_components != 3 || uint64_t{info.image_width} * info.image_height > most_pixels)
    throw Error(Status::corrupt_data, "the JPEG picture is not one that Kalon wrote", "libjpeg");
  RgbImage image(static_cast<int>(info.image_width), static_cast<int>(info.image_height));
  if (!read_pixels(decompressor, image.data.data(), static_cast<size_t>(image.width) * 3) ||
      decompressor.error.base.num_warnings != 0)
    throw_corrupt(decompressor);
  return image;
}

}  // namespace kalon
