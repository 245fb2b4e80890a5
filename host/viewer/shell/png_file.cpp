#include "shell/png_file.h"

#include <png.h>

#include <cstdio>

namespace kalon::viewer {

bool write_png(const std::string &file, int width, int height, std::span<const uint8_t> rgb) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  bool written = png_image_write_to_file(&image, file.c_str(), 0, rgb.data(), 0, nullptr) != 0;
  // Nothing half-written stays behind.
  if (!written) std::remove(file.c_str());
  return written;
}

}  // namespace kalon::viewer
