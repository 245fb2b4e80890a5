// Model inputs against the arithmetic of torchvision 0.15 (transforms.Resize with an int, transforms.CenterCrop)
// written out in Python, on Pillow's resampling.
#include <catch2/catch.hpp>
#include <sstream>

#include "base/error.h"
#include "image/crop.h"
#include "support.h"

using namespace kalon;

namespace {

const char *oracle = R"(
from PIL import Image
filters = {1: Image.BILINEAR, 2: Image.BICUBIC, 3: Image.LANCZOS, 4: Image.BOX}
def resize_short(image, size, filter):
    w, h = image.size
    short, long = (w, h) if w <= h else (h, w)
    new_short, new_long = size, int(size * long / short)
    return image.resize((new_short, new_long) if w <= h else (new_long, new_short), filter)
def centre(image, size):
    w, h = image.size
    top, left = int(round((h - size) / 2.0)), int(round((w - size) / 2.0))
    return image.crop((left, top, left + size, top + size))
pixels = open('source.bin', 'rb').read()
at = 0
with open('expected.bin', 'wb') as out:
    for line in open('cases.txt'):
        sw, sh, size, filter, policy = map(int, line.split())
        image = Image.frombytes('RGB', (sw, sh), pixels[at:at + sw * sh * 3])
        at += sw * sh * 3
        filter = filters[filter]
        if policy == 1:
            results = [centre(resize_short(image, size, filter), size)]
        elif policy == 2:
            results = [image.resize((size, size), filter)]
        elif policy == 3:
            scale = min(size / sw, size / sh)
            w, h = max(1, round(sw * scale)), max(1, round(sh * scale))
            results = [Image.new('RGB', (size, size), (128, 128, 128))]
            results[0].paste(image.resize((w, h), filter), ((size - w) // 2, (size - h) // 2))
        else:
            aspect = max(sw, sh) / min(sw, sh)
            r = resize_short(image, size, filter)
            w, h = r.size
            first, last = r.crop((0, 0, size, size)), r.crop((w - size, h - size, w, h))
            middle = centre(r, size)
            results = [middle] if aspect < 1.3 else [first, last] if aspect < 1.7 else [first, middle, last]
        out.write(bytes([len(results)]))
        for result in results:
            out.write(result.tobytes())
)";

}  // namespace

TEST_CASE("inputs are those of torchvision and of more_scan", "[image]") {
  const TemporaryFolder folder;
  struct Case {
    int width, height, size;
    Filter filter;
    CropPolicy policy;
  };
  std::vector<Case> cases;
  std::mt19937 random(7);
  // 130 x 100 and 170 x 100 lie on the bounds of more_scan's classes; 33 and 35 make spare pixels odd (halves round to
  // even); 500 x 3 is as thin as it gets.
  const std::vector<std::array<int, 2>> sizes = {{100, 100}, {129, 100}, {130, 100}, {169, 100}, {170, 100},
                                                 {100, 130}, {100, 171}, {33, 32},   {35, 32},   {32, 37},
                                                 {500, 3},   {3, 500},   {224, 300}, {1, 1},     {61, 47}};
  for (const auto &[width, height] : sizes)
    for (int policy = 1; policy <= 4; ++policy)
      for (int filter = 1; filter <= 4; ++filter)
        cases.push_back({width, height, filter == 1 ? 32 : 20 + static_cast<int>(random() % 50),
                         static_cast<Filter>(filter), static_cast<CropPolicy>(policy)});
  Bytes sources;
  std::ostringstream list;
  std::vector<RgbImage> pictures;
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case &c = cases[i];
    pictures.push_back(test_picture(c.width, c.height, static_cast<uint32_t>(i)));
    sources.insert(sources.end(), pictures.back().data.begin(), pictures.back().data.end());
    list << c.width << ' ' << c.height << ' ' << c.size << ' ' << static_cast<int>(c.filter) << ' '
         << static_cast<int>(c.policy) << '\n';
  }
  REQUIRE(static_cast<int>(CropPolicy::centre) == 1);  // the script counts on these
  REQUIRE(static_cast<int>(CropPolicy::squash) == 2);
  REQUIRE(static_cast<int>(CropPolicy::pad) == 3);
  REQUIRE(static_cast<int>(CropPolicy::more_scan) == 4);
  put_file(folder / "source.bin", sources);
  put_file(folder / "cases.txt", bytes_of(list.str()));
  run_python(folder, oracle);
  const Bytes expected = get_file(folder / "expected.bin");

  size_t at = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case &c = cases[i];
    INFO("case " << i << ": " << c.width << " x " << c.height << " to " << c.size << ", filter "
                 << static_cast<int>(c.filter) << ", policy " << static_cast<int>(c.policy));
    const std::vector<RgbImage> inputs = model_inputs(pictures[i], c.policy, c.filter, c.size, c.size);
    REQUIRE(at < expected.size());
    REQUIRE(inputs.size() == expected[at++]);
    for (const RgbImage &input : inputs) {
      REQUIRE(input.width == c.size);
      REQUIRE(input.height == c.size);
      REQUIRE(at + input.data.size() <= expected.size());
      REQUIRE(largest_difference(input.data, ByteView(expected.data() + at, input.data.size())) <= 1);
      at += input.data.size();
    }
  }
  CHECK(at == expected.size());
}

TEST_CASE("inputs that are not square are covered and cut", "[image]") {
  // Twice the width: the whole width is kept, and the middle half of the height.
  RgbImage picture(64, 64);
  for (int y = 0; y < 64; ++y) std::fill(picture.row(y), picture.row(y) + 64 * 3, static_cast<uint8_t>(y));
  const auto inputs = model_inputs(picture, CropPolicy::centre, Filter::box, 64, 32);
  REQUIRE(inputs.size() == 1);
  REQUIRE(inputs[0].width == 64);
  REQUIRE(inputs[0].height == 32);
  CHECK(inputs[0].row(0)[0] == 16);
  CHECK(inputs[0].row(31)[0] == 47);
}

TEST_CASE("a picture of extreme shape costs no more than its crop", "[image]") {
  // Its whole resampled size would be 224 x 14,679,840.
  const RgbImage thin = test_picture(1, 65535, 5);
  const auto inputs = model_inputs(thin, CropPolicy::more_scan, Filter::bicubic, 224, 224);
  REQUIRE(inputs.size() == 3);
  CHECK(inputs[2].data.size() == 224 * 224 * 3);
}

TEST_CASE("inputs need a picture and a size", "[image]") {
  CHECK_THROWS_AS(model_inputs(RgbImage(), CropPolicy::centre, Filter::box, 8, 8), Error);
  CHECK_THROWS_AS(model_inputs(test_picture(4, 4, 1), CropPolicy::centre, Filter::box, 0, 8), Error);
  CHECK_THROWS_AS(model_inputs(test_picture(4, 4, 1), static_cast<CropPolicy>(0), Filter::box, 8, 8), Error);
}
