// Resampling against Pillow's Image.resize on the same pixels.
#include <catch2/catch.hpp>
#include <sstream>

#include "base/error.h"
#include "image/resample.h"
#include "support.h"

using namespace kalon;

namespace {

struct Case {
  int source_width, source_height, width, height;
  Filter filter;
  Box box;
  int noise;
};

const char *oracle = R"(
from PIL import Image
filters = {1: Image.BILINEAR, 2: Image.BICUBIC, 3: Image.LANCZOS, 4: Image.BOX}
pixels = open('source.bin', 'rb').read()
at = 0
with open('expected.bin', 'wb') as out:
    for line in open('cases.txt'):
        f = line.split()
        sw, sh, w, h, filter = map(int, f[:5])
        image = Image.frombytes('RGB', (sw, sh), pixels[at:at + sw * sh * 3])
        at += sw * sh * 3
        out.write(image.resize((w, h), filters[filter], box=tuple(map(float, f[5:]))).tobytes())
)";

std::vector<Case> random_cases() {
  std::mt19937 random(20261);
  const auto up_to = [&](int most) { return 1 + static_cast<int>(random() % static_cast<uint32_t>(most)); };
  std::vector<Case> cases;
  for (int i = 0; i < 400; ++i) {
    Case c{up_to(160), up_to(120), up_to(200), up_to(150), static_cast<Filter>(1 + i % 4), {}, 255};
    if (i % 5 == 0) c.width = c.source_width;  // one pass only
    if (i % 7 == 0) c.height = c.source_height;
    c.noise = i % 3 == 0 ? 0 : i % 3 == 1 ? 20 : 255;
    c.box = {0, 0, static_cast<double>(c.source_width), static_cast<double>(c.source_height)};
    if (i % 2 == 1) {
      const auto part = [&](double &low, double &high) {
        const double size = high, a = random() / 4294967296.0 * size, b = random() / 4294967296.0 * size;
        low = std::min(a, b);
        high = std::max({a, b, low + size / 100});
        high = std::min(high, size);
      };
      part(c.box.left, c.box.right);
      part(c.box.top, c.box.bottom);
    }
    cases.push_back(c);
  }
  // Long reductions, thin pictures, and the sizes that meet in practice.
  for (Filter filter : {Filter::bilinear, Filter::bicubic, Filter::lanczos, Filter::box})
    for (const auto &[sw, sh, w, h] :
         {std::array{9000, 3, 5, 2}, std::array{2, 9000, 3, 4}, std::array{3000, 40, 7, 5}, std::array{40, 3000, 5, 7},
          std::array{1, 500, 3, 11}, std::array{500, 1, 11, 3}, std::array{1, 1, 64, 64},
          std::array{450, 300, 336, 224}, std::array{640, 480, 256, 192}, std::array{97, 61, 97, 61}})
      cases.push_back({sw, sh, w, h, filter, {0, 0, static_cast<double>(sw), static_cast<double>(sh)}, 255});
  return cases;
}

}  // namespace

// The contract is a difference of at most 1. With the same weights and exact sums it is 0; the few values that are
// allowed leave room for another mathematical library's sine, or for a compiler that contracts the arithmetic of the
// weights.
TEST_CASE("resampling agrees with Pillow", "[image]") {
  const TemporaryFolder folder;
  const std::vector<Case> cases = random_cases();
  Bytes sources;
  std::ostringstream list;
  list.precision(17);
  std::vector<RgbImage> pictures;
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case &c = cases[i];
    pictures.push_back(test_picture(c.source_width, c.source_height, static_cast<uint32_t>(i), c.noise));
    sources.insert(sources.end(), pictures.back().data.begin(), pictures.back().data.end());
    list << c.source_width << ' ' << c.source_height << ' ' << c.width << ' ' << c.height << ' '
         << static_cast<int>(c.filter) << ' ' << c.box.left << ' ' << c.box.top << ' ' << c.box.right << ' '
         << c.box.bottom << '\n';
  }
  put_file(folder / "source.bin", sources);
  put_file(folder / "cases.txt", bytes_of(list.str()));
  run_python(folder, oracle);
  const Bytes expected = get_file(folder / "expected.bin");

  size_t at = 0, different = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case &c = cases[i];
    const RgbImage result = resample(pictures[i], c.box, c.width, c.height, c.filter);
    INFO("case " << i << ": " << c.source_width << " x " << c.source_height << " to " << c.width << " x " << c.height
                 << ", filter " << static_cast<int>(c.filter) << ", box " << c.box.left << ' ' << c.box.top << ' '
                 << c.box.right << ' ' << c.box.bottom);
    REQUIRE(at + result.data.size() <= expected.size());
    const ByteView right(expected.data() + at, result.data.size());
    REQUIRE(largest_difference(result.data, right) <= 1);
    for (size_t k = 0; k < right.size(); ++k) different += right[k] != result.data[k];
    at += result.data.size();
  }
  CHECK(at == expected.size());
  CHECK(static_cast<double>(different) < 1e-5 * static_cast<double>(at));
}

TEST_CASE("a picture of the right size comes back as it is", "[image]") {
  const RgbImage picture = test_picture(37, 23, 1);
  for (Filter filter : {Filter::bilinear, Filter::bicubic, Filter::lanczos, Filter::box})
    CHECK(resample(picture, 37, 23, filter).data == picture.data);
}

TEST_CASE("a window holds the pixels of the whole result", "[image]") {
  const RgbImage picture = test_picture(211, 97, 2);
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    const auto filter = static_cast<Filter>(1 + i % 4);
    const int width = i % 6 == 5 ? 211 : 20 + static_cast<int>(random() % 300);
    const int height = i % 10 >= 8 ? 97 : 20 + static_cast<int>(random() % 200);
    const Box box = i % 3 == 0 ? Box{10.5, 3.25, 200, 90} : Box{0, 0, 211, 97};
    Window window{static_cast<int>(random() % 19), static_cast<int>(random() % 19), 1, 1};
    window.width += static_cast<int>(random() % static_cast<uint32_t>(width - window.x));
    window.height += static_cast<int>(random() % static_cast<uint32_t>(height - window.y));
    const RgbImage whole = resample(picture, box, width, height, filter);
    const RgbImage part = resample_window(picture, box, width, height, window, filter);
    REQUIRE(part.width == window.width);
    REQUIRE(part.height == window.height);
    bool same = true;
    for (int y = 0; y < window.height; ++y)
      same = same && std::equal(part.row(y), part.row(y) + part.width * 3, whole.row(window.y + y) + window.x * 3);
    CHECK(same);
  }
}

TEST_CASE("what cannot be resampled is refused", "[image]") {
  const RgbImage picture = test_picture(10, 10, 4);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(resample(RgbImage(), 5, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(RgbImage((1 << 22) + 1, 1), 5, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, 0, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, 5, -1, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, {0, 0, 10.5, 10}, 5, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, {-0.5, 0, 10, 10}, 5, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, {3, 3, 3, 9}, 5, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, {nan, 0, 10, 10}, 5, 5, Filter::box), Error);
  CHECK_THROWS_AS(resample(picture, {0, 0, 10, 10}, 5, 5, static_cast<Filter>(9)), Error);
  CHECK_THROWS_AS(resample_window(picture, {0, 0, 10, 10}, 5, 5, {3, 0, 3, 5}, Filter::box), Error);
}

TEST_CASE("fitting into a square keeps the aspect and never enlarges", "[image]") {
  const auto same = [](Size size, int width, int height) { return size.width == width && size.height == height; };
  CHECK(same(fit_within(4000, 3000, 512), 512, 384));
  CHECK(same(fit_within(3000, 4000, 512), 384, 512));
  CHECK(same(fit_within(300, 200, 512), 300, 200));
  CHECK(same(fit_within(10000, 3, 256), 256, 1));
  CHECK(same(fit_within(1, 65535, 256), 1, 256));
}
