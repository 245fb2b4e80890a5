#include "image/crop.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "image/resample.h"

namespace kalon {
namespace {

// The size of a picture that covers width x height: as torchvision's Resize, the other side is cut to whole pixels.
Size covering(const RgbImage &picture, int width, int height) {
  const int64_t w = picture.width, h = picture.height;
  const auto whole = [](int64_t numerator, int64_t denominator) {
    const double side = static_cast<double>(numerator) / static_cast<double>(denominator);
    if (side > 1e9) throw Error(Status::limit_exceeded, "the picture is too long and thin to be cropped");
    return static_cast<int>(side);
  };
  if (w * height <= h * width) return {width, std::max(height, whole(int64_t{width} * h, w))};
  return {std::max(width, whole(int64_t{height} * w, h)), height};
}

Box whole_of(const RgbImage &picture) {
  return {0, 0, static_cast<double>(picture.width), static_cast<double>(picture.height)};
}

// Python's round(): halves go to the even neighbour.
int half_to_even(int twice) {
  return static_cast<int>(std::nearbyint(twice / 2.0));
}

RgbImage padded(const RgbImage &picture, Filter filter, int width, int height) {
  const double scale =
      std::min(static_cast<double>(width) / picture.width, static_cast<double>(height) / picture.height);
  const int inner_width = std::clamp(static_cast<int>(std::lround(picture.width * scale)), 1, width);
  const int inner_height = std::clamp(static_cast<int>(std::lround(picture.height * scale)), 1, height);
  const RgbImage inner = resample(picture, inner_width, inner_height, filter);
  RgbImage result(width, height);
  std::fill(result.data.begin(), result.data.end(), uint8_t{128});
  const int left = (width - inner_width) / 2, top = (height - inner_height) / 2;
  for (int y = 0; y < inner_height; ++y)
    std::copy_n(inner.row(y), static_cast<size_t>(inner_width) * 3,
                result.row(top + y) + static_cast<size_t>(left) * 3);
  return result;
}

}  // namespace

std::vector<RgbImage> model_inputs(const RgbImage &picture, CropPolicy policy, Filter filter, int width, int height) {
  if (picture.empty() || width < 1 || height < 1)
    throw Error(Status::invalid_argument, "a model's input needs a picture and a size of at least 1 x 1");
  std::vector<RgbImage> inputs;
  if (policy == CropPolicy::squash) {
    inputs.push_back(resample(picture, width, height, filter));
    return inputs;
  }
  if (policy == CropPolicy::pad) {
    inputs.push_back(padded(picture, filter, width, height));
    return inputs;
  }
  if (policy != CropPolicy::centre && policy != CropPolicy::more_scan)
    throw Error(Status::invalid_argument, "unknown crop policy");

  const Size full = covering(picture, width, height);
  const int spare_x = full.width - width, spare_y = full.height - height;
  // Only the pixels of the crop are made; they are those of the whole resampled picture.
  const auto add = [&](int x, int y) {
    inputs.push_back(
        resample_window(picture, whole_of(picture), full.width, full.height, {x, y, width, height}, filter));
  };
  // Long side to short side, where the input is square.
  const double across = static_cast<double>(picture.width) * height, down = static_cast<double>(picture.height) * width;
  const double aspect = std::max(across, down) / std::min(across, down);
  const int centre_x = half_to_even(spare_x), centre_y = half_to_even(spare_y);
  if (policy == CropPolicy::centre || aspect < 1.3) {
    add(centre_x, centre_y);
    return inputs;
  }
  add(0, 0);
  if (aspect >= 1.7) add(centre_x, centre_y);
  add(spare_x, spare_y);
  return inputs;
}

}  // namespace kalon
