// Histograms of colour in Oklab (Ottosson 2020). A colour is shared between a scale of greys and a wheel of hues by its
// chroma, and within each between its neighbouring bins, so that no small change of colour is a large change of the
// histogram. Square roots of the shares are compared (Hellinger).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "parts.h"

namespace descriptor {
namespace {

// Below the first chroma a colour is a grey, above the second a hue; between the last two it turns from pale to vivid.
constexpr double grey_chroma = 0.02, hue_chroma = 0.08, pale_chroma = 0.08, vivid_chroma = 0.20;

// A colour of 5 bits per channel, at the middle of its cell.
struct Colour {
  float lightness;  // 0..1
  float hue;        // 0..1, once around the wheel
  float chromatic;  // 0 grey .. 1 hue
  float vivid;      // 0 pale .. 1 vivid
};

double linear_of_srgb(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

float ramp(double value, double low, double high) {
  return static_cast<float>(std::clamp((value - low) / (high - low), 0.0, 1.0));
}

Colour colour_of(double r, double g, double b) {
  double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  double lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
  double green_red = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
  double blue_yellow = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
  double chroma = std::sqrt(green_red * green_red + blue_yellow * blue_yellow);
  double turn = std::atan2(blue_yellow, green_red) / (2 * std::numbers::pi);
  return {ramp(lightness, 0, 1), static_cast<float>(turn < 0 ? turn + 1 : turn), ramp(chroma, grey_chroma, hue_chroma),
          ramp(chroma, pale_chroma, vivid_chroma)};
}

std::vector<Colour> make_table() {
  std::array<double, 32> linear;
  for (size_t i = 0; i < linear.size(); ++i) linear[i] = linear_of_srgb((static_cast<double>(i) * 8 + 3.5) / 255);
  std::vector<Colour> table(colours);
  for (size_t i = 0; i < table.size(); ++i) table[i] = colour_of(linear[i >> 10], linear[i >> 5 & 31], linear[i & 31]);
  return table;
}

// A value shared between two neighbours of a row of nodes.
struct Share {
  size_t low, high;
  float high_part;
};

// Nodes 0..nodes-1 at equal steps from 0 to 1.
Share share(float value, size_t nodes) {
  float position = value * static_cast<float>(nodes - 1);
  size_t low = std::min(static_cast<size_t>(position), nodes - 2);
  return {low, low + 1, position - static_cast<float>(low)};
}

// Nodes around a circle.
Share share_around(float value, size_t nodes) {
  float position = value * static_cast<float>(nodes);
  size_t low = std::min(static_cast<size_t>(position), nodes - 1);
  return {low, low + 1 == nodes ? 0 : low + 1, position - static_cast<float>(low)};
}

// Bins: first the greys by lightness, then hue x lightness x vividness.
template <size_t Greys, size_t Hues, size_t Levels, size_t Vividnesses>
struct Bins {
  static constexpr size_t count = Greys + Hues * Levels * Vividnesses;

  static void add(const Colour &colour, float pixels, float *histogram) {
    if (colour.chromatic < 1) {
      Share grey = share(colour.lightness, Greys);
      float amount = pixels * (1 - colour.chromatic);
      histogram[grey.low] += amount * (1 - grey.high_part);
      histogram[grey.high] += amount * grey.high_part;
    }
    if (colour.chromatic > 0) {
      Share hue = share_around(colour.hue, Hues), level = share(colour.lightness, Levels);
      float amount = pixels * colour.chromatic;
      add_level(hue.low, level, amount * (1 - hue.high_part), colour.vivid, histogram + Greys);
      add_level(hue.high, level, amount * hue.high_part, colour.vivid, histogram + Greys);
    }
  }

 private:
  static void add_level(size_t hue, const Share &level, float amount, float vivid, float *wheel) {
    add_vividness(hue * Levels + level.low, amount * (1 - level.high_part), vivid, wheel);
    add_vividness(hue * Levels + level.high, amount * level.high_part, vivid, wheel);
  }
  static void add_vividness(size_t place, float amount, float vivid, float *wheel) {
    if constexpr (Vividnesses == 1) {
      wheel[place] += amount;
    } else {
      static_assert(Vividnesses == 2);
      wheel[place * 2] += amount * (1 - vivid);
      wheel[place * 2 + 1] += amount * vivid;
    }
  }
};

using Fine = Bins<8, 12, 3, 2>;
using Coarse = Bins<4, 8, 2, 1>;
static_assert(Fine::count == colour_histogram_size && bands * Coarse::count == band_histogram_size);

void take_roots(float *values, size_t count, float total) {
  for (size_t i = 0; i < count; ++i) values[i] = std::sqrt(values[i] / total);
}

}  // namespace

void colour_histograms(const Planes &planes, float *whole, float *by_band) {
  static const std::vector<Colour> table = make_table();
  std::fill(whole, whole + colour_histogram_size, 0.0f);
  std::fill(by_band, by_band + band_histogram_size, 0.0f);
  for (size_t band = 0; band < bands; ++band) {
    const uint16_t *counts = planes.counts[band].data();
    float *coarse = by_band + band * Coarse::count;
    // Few of the colours occur: four empty ones are passed over at a time.
    for (size_t i = 0; i < colours; i += 4) {
      uint64_t four;
      std::memcpy(&four, counts + i, sizeof four);
      if (four == 0) continue;
      for (size_t j = i; j < i + 4; ++j) {
        if (counts[j] == 0) continue;
        auto pixels = static_cast<float>(counts[j]);
        Fine::add(table[j], pixels, whole);
        Coarse::add(table[j], pixels, coarse);
      }
    }
    take_roots(coarse, Coarse::count, static_cast<float>((band_rows[band + 1] - band_rows[band]) * side));
  }
  take_roots(whole, Fine::count, side * side);
  normalise(whole, colour_histogram_size, 0);
  normalise(by_band, band_histogram_size, 0);
}

}  // namespace descriptor
