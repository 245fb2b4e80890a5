// Sharpness against NumPy's and Pillow's computation of its definition.
#include <catch2/catch.hpp>

#include <cstring>

#include "image/sharpness.h"
#include "support.h"

using namespace kalon;

namespace {

const char *oracle = R"(
import numpy
from PIL import Image
from scipy.ndimage import laplace
pixels, at = open('pictures.bin', 'rb').read(), 0
with open('expected.bin', 'wb') as out:
    for line in open('sizes.txt'):
        width, height = map(int, line.split())
        picture = Image.frombytes('RGB', (width, height), pixels[at:at + 3 * width * height])
        at += 3 * width * height
        scale = min(1, 512 / max(width, height))
        picture = picture.resize((max(1, int(width * scale + .5)), max(1, int(height * scale + .5))), Image.BILINEAR)
        grey = numpy.asarray(picture.convert('L'), dtype=float)
        inside = laplace(grey)[1:-1, 1:-1]
        out.write(numpy.float64(inside.var() / (grey.var() + 1) if inside.size else 0).tobytes())
)";

std::vector<double> expected_of(const std::vector<RgbImage> &pictures) {
  const TemporaryFolder folder;
  Bytes bytes;
  std::string sizes;
  for (const RgbImage &picture : pictures) {
    bytes.insert(bytes.end(), picture.data.begin(), picture.data.end());
    sizes += std::to_string(picture.width) + " " + std::to_string(picture.height) + "\n";
  }
  put_file(folder / "pictures.bin", bytes);
  put_file(folder / "sizes.txt", bytes_of(sizes));
  run_python(folder, oracle);
  const Bytes written = get_file(folder / "expected.bin");
  REQUIRE(written.size() == pictures.size() * sizeof(double));
  std::vector<double> expected(pictures.size());
  std::memcpy(expected.data(), written.data(), written.size());
  return expected;
}

// Each pixel the mean of those at most `radius` away in both directions.
RgbImage blurred(const RgbImage &picture, int radius) {
  RgbImage result(picture.width, picture.height);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0, count = 0;
        for (int v = std::max(0, y - radius); v <= std::min(picture.height - 1, y + radius); ++v)
          for (int u = std::max(0, x - radius); u <= std::min(picture.width - 1, x + radius); ++u, ++count)
            sum += picture.row(v)[3 * u + c];
        result.row(y)[3 * x + c] = static_cast<uint8_t>(sum / count);
      }
  return result;
}

}  // namespace

TEST_CASE("sharpness agrees with NumPy", "[image]") {
  std::vector<RgbImage> pictures;
  for (uint32_t i = 0; i < 24; ++i)
    pictures.push_back(test_picture(3 + static_cast<int>(i * 37 % 510), 3 + static_cast<int>(i * 101 % 510), i,
                                    i % 3 == 0 ? 0 : static_cast<int>(i * 10)));
  pictures.push_back(test_picture(512, 512, 100));
  const size_t small = pictures.size();
  pictures.push_back(test_picture(1600, 1067, 101));
  pictures.push_back(test_picture(900, 1300, 102, 40));
  pictures.push_back(test_picture(4000, 3, 103));  // reduced below three rows
  const std::vector<double> expected = expected_of(pictures);
  for (size_t i = 0; i < pictures.size(); ++i) {
    CAPTURE(i, pictures[i].width, pictures[i].height);
    // Exact sums, but a result of single precision; reduced pictures may differ by 1/255 from Pillow's in few values.
    CHECK(sharpness(pictures[i]) == Approx(expected[i]).epsilon(i < small ? 1e-6 : 1e-4).margin(1e-12));
  }
}

TEST_CASE("blurring lowers the sharpness, contrast hardly matters", "[image]") {
  const RgbImage picture = test_picture(300, 200, 5, 60);
  float before = sharpness(picture);
  for (int radius : {1, 2, 4}) {
    const float after = sharpness(blurred(picture, radius));
    CHECK(after < before / 2);
    CHECK(after > 0);
    before = after;
  }
  RgbImage paler = picture;
  for (uint8_t &value : paler.data) value = static_cast<uint8_t>(64 + value / 2);
  CHECK(sharpness(paler) == Approx(sharpness(picture)).epsilon(0.05));  // values are rounded to half as many
}

TEST_CASE("what has nothing inside has no sharpness", "[image]") {
  CHECK(sharpness(RgbImage()) == 0);
  CHECK(sharpness(test_picture(2, 400, 1)) == 0);
  CHECK(sharpness(test_picture(400, 2, 1)) == 0);
  CHECK(sharpness(RgbImage(60, 40)) == 0);  // black
}
