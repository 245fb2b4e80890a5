#include "pictures/histogram.h"

#include <algorithm>
#include <functional>

namespace kalon::viewer {

namespace {

unsigned luma(unsigned red, unsigned green, unsigned blue) {
  return (2126 * red + 7152 * green + 722 * blue + 5000) / 10000;
}

}  // namespace

Histogram histogram_of(std::span<const uint8_t> rgba) {
  Histogram histogram;
  add_pixels(histogram, rgba);
  return histogram;
}

void add_pixels(Histogram &histogram, std::span<const uint8_t> rgba) {
  auto pixels = rgba.size() / 4;
  const auto *at = rgba.data();
  for (size_t pixel = 0; pixel < pixels; ++pixel, at += 4) {
    auto red = at[0], green = at[1], blue = at[2];
    ++histogram.red[red];
    ++histogram.green[green];
    ++histogram.blue[blue];
    ++histogram.luminance[luma(red, green, blue)];
    histogram.highlights += std::max({red, green, blue}) == 255;
    histogram.shadows += (red | green | blue) == 0;
  }
  histogram.pixels += pixels;
}

Bars bars_of(const Histogram &histogram) {
  std::array<uint32_t, 4 * 254> inner;
  auto out = inner.begin();
  for (const auto *counts : {&histogram.red, &histogram.green, &histogram.blue, &histogram.luminance})
    out = std::copy(counts->begin() + 1, counts->end() - 1, out);
  // One in fifty of the bars may be cut.
  auto cut = inner.begin() + inner.size() / 50;
  std::nth_element(inner.begin(), cut, inner.end(), std::greater<>());
  // A drawing of few colours has only lone peaks, and its highest is the measure.
  auto measure = *cut > 0 ? *cut * 1.15 : *std::max_element(inner.begin(), inner.end());
  if (measure <= 0) measure = 1;
  Bars bars;
  auto fill = [&](const Histogram::Counts &counts, std::array<float, 256> &heights) {
    for (size_t value = 0; value < 256; ++value)
      heights[value] = static_cast<float>(std::min(1., counts[value] / measure));
  };
  fill(histogram.red, bars.red);
  fill(histogram.green, bars.green);
  fill(histogram.blue, bars.blue);
  fill(histogram.luminance, bars.luminance);
  return bars;
}

}  // namespace kalon::viewer
