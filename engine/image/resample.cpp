#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "image/resample_kernels.h"

namespace kalon {
namespace {

double box_filter(double x) {
  return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}
double bilinear_filter(double x) {
  return std::max(0.0, 1.0 - std::fabs(x));
}
// R. Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981, with a = -0.5.
double bicubic_filter(double x) {
  constexpr double a = -0.5;
  x = std::fabs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}
double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}
double lanczos_filter(double x) {
  return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

struct Kernel {
  double (*value)(double);
  double support;
};
Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::bilinear:
      return {bilinear_filter, 1.0};
    case Filter::bicubic:
      return {bicubic_filter, 2.0};
    case Filter::lanczos:
      return {lanczos_filter, 3.0};
    case Filter::box:
      return {box_filter, 0.5};
  }
  throw Error(Status::invalid_argument, "unknown resampling filter " + std::to_string(static_cast<int>(filter)));
}

// Weights of destination samples [from, from + count) of `size` that share [low, high) of source_size samples between
// them. The arithmetic follows Pillow's, whose boxes are single precision, so that the weights are the same.
Weights weights_of(int source_size, float low, float high, int size, int from, int count, const Kernel &kernel) {
  const double scale = static_cast<double>(high - low) / size;
  const double reduction = std::max(scale, 1.0);
  const double support = kernel.support * reduction;
  const auto most = static_cast<int>(std::min(std::ceil(support) * 2.0 + 1.0, static_cast<double>(source_size)));
  const auto outputs = static_cast<size_t>(count);
  Weights weights;
  weights.stride = static_cast<size_t>(most);
  weights.start.resize(outputs);
  weights.count.resize(outputs);
  weights.high.resize(outputs * weights.stride);
  weights.low.resize(outputs * weights.stride);
  std::vector<double> values(weights.stride);
  for (size_t i = 0; i < outputs; ++i) {
    const double centre = low + (static_cast<double>(from) + static_cast<double>(i) + 0.5) * scale;
    const int start = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int end = std::min(static_cast<int>(centre + support + 0.5), source_size);
    const auto taps = static_cast<size_t>(std::clamp(end - start, 0, most));
    double total = 0;
    for (size_t t = 0; t < taps; ++t)
      total += values[t] = kernel.value((static_cast<double>(t) + start - centre + 0.5) * (1.0 / reduction));
    for (size_t t = 0; t < taps; ++t) {
      const double value = total != 0.0 ? values[t] / total : values[t];
      const auto fixed = static_cast<int>((value < 0 ? -0.5 : 0.5) + value * (1 << weight_bits));
      constexpr int unit = 1 << low_bits;
      const int high_part = (fixed + unit / 2) >> low_bits;
      weights.high[i * weights.stride + t] = static_cast<float>(high_part);
      weights.low[i * weights.stride + t] = static_cast<float>(fixed - high_part * unit);
    }
    weights.start[i] = start;
    weights.count[i] = static_cast<int>(taps);
  }
  return weights;
}

// A picture of 1 or 3 interleaved channels, of which the functions below read or write the pixels.
struct Plane {
  uint8_t *data;
  int width, height;
  size_t channels;
  size_t stride() const { return static_cast<size_t>(width) * channels; }
  const uint8_t *at(int x, int y) const {
    return data + static_cast<size_t>(y) * stride() + static_cast<size_t>(x) * channels;
  }
};

// What is only read is never written through it.
template <typename Image>
Plane plane_of(const Image &image) {
  constexpr size_t channels = std::is_same_v<Image, RgbImage> ? 3 : 1;
  return {const_cast<uint8_t *>(image.data.data()), image.width, image.height, channels};
}

void cut(const Plane &source, const Window &window, const Plane &target) {
  for (int y = 0; y < window.height; ++y)
    std::copy_n(source.at(window.x, window.y + y), target.stride(),
                target.data + static_cast<size_t>(y) * target.stride());
}

void check(const Plane &source, size_t bytes, const Box &box, int width, int height, const Window &window) {
  if (source.width < 1 || source.height < 1 || bytes != source.stride() * static_cast<size_t>(source.height))
    throw Error(Status::invalid_argument, "cannot resample an empty picture");
  if (width < 1 || height < 1)
    throw Error(Status::invalid_argument, "cannot resample to " + std::to_string(width) + " x " +
                                              std::to_string(height) + " pixels; each side must be at least 1");
  // The weights of a side take about 48 bytes a pixel.
  constexpr int longest_side = 1 << 22;
  if (source.width > longest_side || source.height > longest_side)
    throw Error(Status::limit_exceeded,
                "cannot resample a picture with a side of more than " + std::to_string(longest_side) + " pixels");
  // Written so that NaN fails.
  const bool inside = box.left >= 0 && box.top >= 0 && box.right <= source.width && box.bottom <= source.height;
  if (!inside || !(static_cast<float>(box.left) < static_cast<float>(box.right)) ||
      !(static_cast<float>(box.top) < static_cast<float>(box.bottom)))
    throw Error(Status::invalid_argument, "the box to resample is empty or leaves the picture");
  if (window.x < 0 || window.y < 0 || window.width < 1 || window.height < 1 || window.x > width - window.width ||
      window.y > height - window.height)
    throw Error(Status::invalid_argument, "the window to resample is empty or leaves the result");
}

void resample_plane(const Plane &source, const Box &box, int width, int height, const Window &window, Filter filter,
                    const Plane &target) {
  const Kernel kernel = kernel_of(filter);
  const auto left = static_cast<float>(box.left), top = static_cast<float>(box.top);
  const auto right = static_cast<float>(box.right), bottom = static_cast<float>(box.bottom);
  const bool across = width != source.width || left != 0 || right != static_cast<float>(source.width);
  const bool down = height != source.height || top != 0 || bottom != static_cast<float>(source.height);
  if (!across && !down) return cut(source, window, target);

  Weights columns, rows;
  if (across) columns = weights_of(source.width, left, right, width, window.x, window.width, kernel);
  if (down) rows = weights_of(source.height, top, bottom, height, window.y, window.height, kernel);

  const size_t stride = target.stride();
  if (!down)
    return convolve_rows(source.at(0, window.y), source.stride(), source.width, source.channels, window.height, columns,
                         target.data, stride);
  if (!across) return convolve_columns(source.at(window.x, 0), source.stride(), 0, stride, rows, target.data, stride);
  const int first = rows.first(), needed = rows.end() - first;
  const auto narrowed = std::make_unique_for_overwrite<uint8_t[]>(stride * static_cast<size_t>(needed));
  convolve_rows(source.at(0, first), source.stride(), source.width, source.channels, needed, columns, narrowed.get(),
                stride);
  convolve_columns(narrowed.get(), stride, first, stride, rows, target.data, stride);
}

template <typename Image>
Image resampled(const Image &source, const Box &box, int width, int height, const Window &window, Filter filter) {
  const Plane plane = plane_of(source);
  check(plane, source.data.size(), box, width, height, window);
  Image result(window.width, window.height);
  resample_plane(plane, box, width, height, window, filter, plane_of(result));
  return result;
}

}  // namespace

RgbImage resample_window(const RgbImage &source, const Box &box, int width, int height, const Window &window,
                         Filter filter) {
  return resampled(source, box, width, height, window, filter);
}

GreyImage resample(const GreyImage &source, int width, int height, Filter filter) {
  const Box whole{0, 0, static_cast<double>(source.width), static_cast<double>(source.height)};
  return resampled(source, whole, width, height, {0, 0, width, height}, filter);
}

RgbImage resample(const RgbImage &source, const Box &box, int width, int height, Filter filter) {
  return resample_window(source, box, width, height, {0, 0, width, height}, filter);
}

RgbImage resample(const RgbImage &source, int width, int height, Filter filter) {
  const Box whole{0, 0, static_cast<double>(source.width), static_cast<double>(source.height)};
  return resample(source, whole, width, height, filter);
}

Size fit_within(int width, int height, int side) {
  const int longer = std::max(width, height);
  if (longer <= side) return {width, height};
  const double scale = static_cast<double>(side) / longer;
  const auto scaled = [&](int length) {
    return length == longer ? side : std::max(1, static_cast<int>(std::lround(length * scale)));
  };
  return {scaled(width), scaled(height)};
}

}  // namespace kalon
