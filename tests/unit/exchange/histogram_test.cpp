// Pixels are looked at where the plot's own frame says what stands there: bars are counted by their colours.
#include "exchange/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace kalon;

namespace {

bool is(const RgbImage &image, int x, int y, Colour8 colour) {
  const uint8_t *pixel = image.row(y) + 3 * x;
  return pixel[0] == colour.red && pixel[1] == colour.green && pixel[2] == colour.blue;
}

constexpr Colour8 usual{92, 143, 190}, strange{232, 143, 72};
constexpr int left = 84, right = 1160, top = 128, bottom = 556;

// Pixels of a colour inside the frame.
int area(const RgbImage &image, Colour8 colour) {
  int sum = 0;
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) sum += is(image, x, y, colour);
  return sum;
}

int height_at(const RgbImage &image, int x, Colour8 colour) {
  int sum = 0;
  for (int y = top; y < bottom; ++y) sum += is(image, x, y, colour);
  return sum;
}

}  // namespace

TEST_CASE("bars stand for counts") {
  // 30 values in the lower half of ten equal classes' range, 10 in the upper.
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(i < 30 ? 0.05 + 0.4 * i / 30 : 0.55 + 0.4 * (i - 30) / 10);
  HistogramOptions options;
  options.title = "A title";
  auto image = draw_histogram(values, {}, options);
  CHECK(image.width == 1200);
  CHECK(image.height == 640);
  int lower = 0, upper = 0;
  for (int x = left; x < right; ++x) (x < (left + right) / 2 ? lower : upper) += height_at(image, x, usual);
  CHECK(lower == Approx(3 * upper).epsilon(0.1));
  CHECK(area(image, strange) == 0);
}

TEST_CASE("what lies beyond the threshold has another colour") {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i / 1000.0);
  HistogramOptions options;
  options.threshold = 0.9;
  auto image = draw_histogram(values, {}, options);
  double beyond = area(image, strange), below = area(image, usual);
  CHECK(beyond / (beyond + below) == Approx(0.1).epsilon(0.1));
  int last_usual = 0, first_strange = right;
  for (int x = left; x < right; ++x) {
    if (height_at(image, x, usual) > 0) last_usual = x;
    if (height_at(image, x, strange) > 0) first_strange = std::min(first_strange, x);
  }
  CHECK(last_usual < first_strange);
}

TEST_CASE("a long tail leaves the rest to be seen") {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) values.push_back(10 + std::sin(i));
  values.push_back(1e9);
  values.push_back(-1e12);
  auto image = draw_histogram(values, {}, {});
  int columns = 0;
  for (int x = left; x < right; ++x) columns += height_at(image, x, usual) > 20;
  CHECK(columns > (right - left) / 20);
}

TEST_CASE("odd numbers make no odd plots") {
  for (const auto &values : std::vector<std::vector<double>>{
           {}, {0}, {5, 5, 5, 5}, {-1e-300, 1e-300}, {1e300, -1e300, 0}, {1e15, 1e15 + 1}, {-3, -2, -1}, {0, 1e-9}}) {
    HistogramOptions options;
    options.title = std::string(500, 'x');
    auto plain = draw_histogram(values, {}, options);
    CHECK((values.empty() || area(plain, usual) > 0));
    options.threshold = 0.5;
    CHECK(draw_histogram(values, values, options).width == 1200);
    CHECK(draw_histogram({}, values, options).width == 1200);
  }
}
