#include "pictures/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <numeric>
#include <vector>

using namespace kalon::viewer;

namespace {

// The picture of tests/golden/viewer/histogram.py.
std::vector<uint8_t> picture() {
  std::vector<uint8_t> rgba;
  auto clip = [](int64_t value) { return static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255)); };
  for (int64_t i = 0; i < 160 * 120; ++i) {
    auto black = i % 50 == 0;
    rgba.push_back(black ? 0 : clip((i * 37 + i / 11) % 300 - 20));
    rgba.push_back(black ? 0 : clip(i * i / 97 % 290 - 25));
    rgba.push_back(black ? 0 : clip((i / 160 * 3 + i % 160) % 280 - 10));
    rgba.push_back(255);
  }
  return rgba;
}

std::vector<uint8_t> grey(std::initializer_list<std::pair<int, int>> counted) {
  std::vector<uint8_t> rgba;
  for (auto [value, count] : counted)
    for (int i = 0; i < 4 * count; ++i) rgba.push_back(static_cast<uint8_t>(value));
  return rgba;
}

}  // namespace

TEST_CASE("a histogram counts what NumPy counts") {
  std::ifstream golden(KALON_SOURCE_DIR "/tests/golden/viewer/histogram.txt");
  REQUIRE(golden);
  auto histogram = histogram_of(picture());
  for (const auto *counts : {&histogram.red, &histogram.green, &histogram.blue, &histogram.luminance})
    for (auto count : *counts) {
      uint32_t expected = 0;
      REQUIRE(golden >> expected);
      CHECK(count == expected);
    }
  uint64_t highlights = 0, shadows = 0;
  REQUIRE(golden >> highlights >> shadows);
  CHECK(histogram.highlights == highlights);
  CHECK(histogram.shadows == shadows);
  CHECK(histogram.pixels == 160 * 120);
}

TEST_CASE("the luma of every colour is the nearest whole number of BT.709's") {
  constexpr double tolerance = .5 + 1e-9;  // half a step, and the rounding of `exact`
  for (int red = 0; red < 256; red += 5)
    for (int green = 0; green < 256; green += 3)
      for (int blue = 0; blue < 256; blue += 5) {
        uint8_t rgba[] = {static_cast<uint8_t>(red), static_cast<uint8_t>(green), static_cast<uint8_t>(blue), 255};
        auto histogram = histogram_of(rgba);
        auto luma = std::ranges::find(histogram.luminance, 1U) - histogram.luminance.begin();
        auto exact = .2126 * red + .7152 * green + .0722 * blue;
        if (std::abs(static_cast<double>(luma) - exact) > tolerance)
          FAIL(red << ' ' << green << ' ' << blue << ' ' << luma);
      }
}

TEST_CASE("a histogram of parts is that of the whole") {
  auto rgba = picture();
  Histogram parts;
  for (size_t at = 0; at < rgba.size(); at += 4 * 1000)
    add_pixels(parts, std::span(rgba).subspan(at, std::min<size_t>(4 * 1000, rgba.size() - at)));
  auto whole = histogram_of(rgba);
  CHECK(parts.red == whole.red);
  CHECK(parts.luminance == whole.luminance);
  CHECK(parts.pixels == whole.pixels);
  CHECK(parts.shadows == whole.shadows);
}

TEST_CASE("bars are between nothing and all, and a flat area does not press the others") {
  // 200 values evenly, and one that a third of the picture has.
  std::vector<uint8_t> rgba = grey({{128, 100 * 100}});
  for (int value = 20; value < 220; ++value)
    for (int i = 0; i < 4 * 100; ++i) rgba.push_back(static_cast<uint8_t>(value));
  auto bars = bars_of(histogram_of(rgba));
  for (auto height : bars.red) {
    CHECK(height >= 0);
    CHECK(height <= 1);
  }
  CHECK(bars.red[128] == 1);
  CHECK(bars.red[60] > .5F);
  CHECK(bars.red[10] == 0);
}

TEST_CASE("bars of few colours and of none are drawn too") {
  auto two = bars_of(histogram_of(grey({{10, 50}, {200, 100}})));
  CHECK(two.red[200] == 1);
  CHECK(two.red[10] == Approx(.5));
  auto black = bars_of(histogram_of(grey({{0, 100}})));
  CHECK(black.red[0] == 1);
  auto nothing = bars_of(Histogram{});
  CHECK(std::accumulate(nothing.red.begin(), nothing.red.end(), 0.F) == 0);
}
