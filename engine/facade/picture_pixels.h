#pragma once
// Pictures as pixels for hosts: from the cache of thumbnails where that is as good, else from their files.

#include <string>

#include "facade/methods.h"
#include "image/pixels.h"
#include "image/resample.h"

namespace kalon {

enum class PixelSource { cache_or_file, cache_only, file_only };

struct PixelRequest {
  uint32_t longest_side = 0;  // the picture is fitted into a square of this side, never enlarged; 0: full size
  PixelSource source = PixelSource::cache_or_file;
};

struct PicturePixels {
  RgbImage image;
  uint32_t full_width = 0, full_height = 0;  // of the whole picture, upright
  bool from_cache = false;
};

// path: absolute, normal. open: whose thumbnails serve; null for none. A thumbnail serves where the library knows the
// file with the size and time that it has now, and it is large enough for the request, up to the larger ThumbnailSize;
// of cache_only the best that there is, also when it is smaller. No transaction outlives the call. Errors carry the
// file's name: not_found (also: nothing of it in the cache), io, invalid_argument (no regular file), and what
// PictureFile throws. [worker]
PicturePixels picture_pixels(Registry &registry, const OpenLibrary *open, const std::string &path,
                             const PixelRequest &request);

// Copies a window of the picture as interleaved RGB (channels 3) or RGBA with an alpha of 255 (4), rows `stride` bytes
// apart. Whether it is inside and fits into capacity bytes; nothing is written where it does not. [any]
struct PixelTarget {
  uint8_t *data;
  uint32_t channels;
  uint64_t stride, capacity;
};
struct PixelWindow {
  uint32_t x, y, width, height;
};
bool copy_pixels(const RgbImage &image, const PixelWindow &window, const PixelTarget &target);

}  // namespace kalon
