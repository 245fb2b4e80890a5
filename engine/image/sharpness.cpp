#include "image/sharpness.h"

#include <cstdint>

#include "base/cpu.h"
#include "image/grey.h"
#include "image/resample.h"

namespace kalon {
namespace {

constexpr int largest_side = 512;

// Sums over many small whole numbers: exact, in whatever order.
struct Moments {
  int64_t count = 0, sum = 0, squares = 0;
  void add(const Moments &other) {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
  }
  // Of at most 512 x 512 numbers below 2^10: count * squares stays below 2^56.
  double variance() const {
    const auto n = static_cast<double>(count);
    return static_cast<double>(count * squares - sum * sum) / n / n;
  }
};

// Of one row at most: 32 bits hold it.
KALON_MULTIVERSION Moments grey_moments(const uint8_t *row, int width) {
  int32_t sum = 0, squares = 0;
  for (int x = 0; x < width; ++x) sum += row[x];
  for (int x = 0; x < width; ++x) squares += row[x] * row[x];
  return {width, sum, squares};
}

KALON_MULTIVERSION Moments laplacian_moments(const uint8_t *above, const uint8_t *row, const uint8_t *below,
                                             int width) {
  int32_t sum = 0, squares = 0;
  for (int x = 1; x + 1 < width; ++x) {
    const int value = above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x];
    sum += value;
    squares += value * value;
  }
  return {width - 2, sum, squares};
}

}  // namespace

float sharpness(const RgbImage &picture) {
  const Size fitted = fit_within(picture.width, picture.height, largest_side);
  const bool fits = fitted.width == picture.width && fitted.height == picture.height;
  const GreyImage grey =
      fits ? grey_of(picture) : grey_of(resample(picture, fitted.width, fitted.height, Filter::bilinear));
  if (grey.width < 3 || grey.height < 3) return 0;
  Moments greys, laplacians;
  for (int y = 0; y < grey.height; ++y) greys.add(grey_moments(grey.row(y), grey.width));
  for (int y = 1; y + 1 < grey.height; ++y)
    laplacians.add(laplacian_moments(grey.row(y - 1), grey.row(y), grey.row(y + 1), grey.width));
  return static_cast<float>(laplacians.variance() / (greys.variance() + 1));
}

}  // namespace kalon
