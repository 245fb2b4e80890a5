#include "image/grey.h"

#include "base/cpu.h"

namespace kalon {
namespace {

// 0.299, 0.587 and 0.114 in units of 2^-16.
KALON_MULTIVERSION void luma(const uint8_t *__restrict rgb, size_t count, uint8_t *__restrict grey) {
  for (size_t i = 0; i < count; ++i)
    grey[i] =
        static_cast<uint8_t>((rgb[3 * i] * 19595u + rgb[3 * i + 1] * 38470u + rgb[3 * i + 2] * 7471u + 32768u) >> 16);
}

}  // namespace

GreyImage grey_of(const RgbImage &picture) {
  GreyImage grey(picture.width, picture.height);
  luma(picture.data.data(), grey.data.size(), grey.data.data());
  return grey;
}

}  // namespace kalon
