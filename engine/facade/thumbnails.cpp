#include "facade/thumbnails.h"

#include "embed/picture_file.h"
#include "image/codec.h"
#include "image/resample.h"

namespace kalon {

RgbImage thumbnail(const MethodCall &call, const ChosenPhoto &photo, ThumbnailSize size) {
  auto jpeg = call.thumbnails().get(photo.key, size);
  if (!jpeg.empty()) return decode_jpeg(jpeg);
  try {
    auto side = static_cast<int>(size);
    Bytes bytes = read_file(photo.path);
    auto file = PictureFile::open(call.registry, photo.path, bytes);
    file.choose_scale({1.0f, 1, 1, side});
    auto picture = file.read(transparency_background);
    auto fitted = fit_within(picture.width, picture.height, side);
    return resample(picture, fitted.width, fitted.height, Filter::bilinear);
  } catch (const Error &) {
    return {};
  }
}

}  // namespace kalon
