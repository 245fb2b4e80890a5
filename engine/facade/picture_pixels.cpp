#include "facade/picture_pixels.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "embed/picture_file.h"
#include "image/codec.h"

namespace kalon {
namespace {

constexpr uint32_t small_side = static_cast<uint32_t>(ThumbnailSize::small);
constexpr uint32_t large_side = static_cast<uint32_t>(ThumbnailSize::large);

uint32_t longer_side(const RgbImage &image) {
  return static_cast<uint32_t>(std::max(image.width, image.height));
}

// The size of the whole picture decides, so that rounding in a thumbnail does not add up.
RgbImage fitted(RgbImage &&image, uint32_t full_width, uint32_t full_height, uint32_t side) {
  if (side == 0 || longer_side(image) <= side) return std::move(image);
  auto size = fit_within(static_cast<int>(full_width), static_cast<int>(full_height), static_cast<int>(side));
  return resample(image, size.width, size.height, Filter::bilinear);
}

// What the library knows of a file, if the file is still what it was then.
struct KnownPicture {
  VectorKey key;
  uint32_t width, height;
};
std::optional<KnownPicture> known_picture(Library &library, const std::string &path, const FileStat &now) {
  auto row = library.read().file_at(path);
  if (!row || !row->outcome.ok() || row->picture.none() || row->width == 0 || row->height == 0) return std::nullopt;
  if (row->stat.size != now.size || row->stat.mtime_ns != now.mtime_ns) return std::nullopt;
  return KnownPicture{{row->picture, row->render}, row->width, row->height};
}

// Empty when there is none that can be read.
RgbImage cached(const ThumbnailCache &thumbnails, const VectorKey &key, ThumbnailSize size) {
  auto jpeg = thumbnails.get(key, size);
  if (jpeg.empty()) return {};
  try {
    return decode_jpeg(jpeg);
  } catch (const Error &error) {  // a damaged cache costs time, nothing else
    log(LogLevel::info, std::string("a cached thumbnail is damaged: ") + error.what());
    return {};
  }
}

std::optional<PicturePixels> from_cache(const OpenLibrary &open, const std::string &path, const FileStat &now,
                                        const PixelRequest &request) {
  if (!open.library || !open.thumbnails) return std::nullopt;
  const bool any = request.source == PixelSource::cache_only;
  const uint32_t side = request.longest_side;
  if (!any && (side == 0 || side > large_side)) return std::nullopt;
  auto known = known_picture(*open.library, path, now);
  if (!known) return std::nullopt;
  std::pair order(ThumbnailSize::large, ThumbnailSize::small);
  if (side != 0 && side <= small_side) std::swap(order.first, order.second);
  for (auto size : {order.first, order.second}) {
    auto image = cached(*open.thumbnails, known->key, size);
    if (image.empty()) continue;
    if (!any && longer_side(image) < std::min(side, std::max(known->width, known->height))) continue;
    return PicturePixels{fitted(std::move(image), known->width, known->height, side), known->width, known->height,
                         true};
  }
  return std::nullopt;
}

PicturePixels from_file(Registry &registry, const std::string &path, uint32_t side) {
  PicturePixels pixels;
  {
    Bytes bytes = read_file(path);
    auto file = PictureFile::open(registry, path, bytes);
    pixels.full_width = file.upright_width();
    pixels.full_height = file.upright_height();
    if (side != 0 && side < std::max(pixels.full_width, pixels.full_height))
      file.choose_scale({1.0F, 1, 1, static_cast<int>(side)});
    pixels.image = file.read(transparency_background);
  }  // the file's bytes and its decoder are gone before a second picture is made
  pixels.image = fitted(std::move(pixels.image), pixels.full_width, pixels.full_height, side);
  return pixels;
}

}  // namespace

PicturePixels picture_pixels(Registry &registry, const OpenLibrary *open, const std::string &path,
                             const PixelRequest &request) {
  try {
    if (open && request.source != PixelSource::file_only)
      if (auto pixels = from_cache(*open, path, stat_file(path), request)) return std::move(*pixels);
    if (request.source == PixelSource::cache_only)
      throw Error(Status::not_found, "has no cached thumbnail; `index` makes them");
    return from_file(registry, path, request.longest_side);
  } catch (const Error &error) {
    bool named = error.context().empty() || error.context() == path;
    throw Error(error.status(), named ? error.message() : error.what(), display_text(path));
  }
}

bool copy_pixels(const RgbImage &image, const PixelWindow &window, const PixelTarget &target) {
  const auto width = static_cast<uint32_t>(image.width), height = static_cast<uint32_t>(image.height);
  if (window.width == 0 || window.height == 0 || window.x >= width || window.width > width - window.x ||
      window.y >= height || window.height > height - window.y)
    return false;
  if (!target.data || (target.channels != 3 && target.channels != 4)) return false;
  const uint64_t row_bytes = uint64_t{window.width} * target.channels, between = window.height - 1;
  // A stride that this many rows do not fit by is not multiplied: it could be any number.
  if (target.capacity < row_bytes || target.stride < row_bytes ||
      (between > 0 && target.stride > (target.capacity - row_bytes) / between))
    return false;
  for (uint32_t row = 0; row < window.height; ++row) {
    const uint8_t *from = image.row(static_cast<int>(window.y + row)) + size_t{window.x} * 3;
    uint8_t *to = target.data + row * target.stride;
    if (target.channels == 3) {
      std::memcpy(to, from, row_bytes);
      continue;
    }
    for (uint32_t i = 0; i < window.width; ++i, from += 3, to += 4) {
      to[0] = from[0];
      to[1] = from[1];
      to[2] = from[2];
      to[3] = 255;
    }
  }
  return true;
}

}  // namespace kalon
