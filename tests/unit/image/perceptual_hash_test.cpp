// Perceptual hashes against SciPy's dctn, NumPy's median and Pillow's grey and Lanczos.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "base/error.h"
#include "image/grey.h"
#include "image/perceptual_hash.h"
#include "support.h"

using namespace kalon;

namespace {

// For each block of size x size float32 values: the lowest coefficients and their median, float64.
const char *of_values = R"(
import numpy, scipy.fft
with open('expected.bin', 'wb') as out:
    for size, side in ((32, 8), (64, 16), (96, 24)):
        for grey in numpy.fromfile(f'grey{size}.bin', '<f4').reshape(-1, size, size).astype(float):
            low = scipy.fft.dctn(grey, type=2)[:side, :side]
            out.write(low.astype('<f8').tobytes() + numpy.median(low).astype('<f8').tobytes())
)";

// The same from whole pictures, whose sizes are in sizes.txt: plain and mirrored. 4 is the factor of SciPy's transform
// in two dimensions to the plain sum.
const char *of_pictures = R"(
import numpy, scipy.fft
from PIL import Image, ImageOps
pixels, at = open('pictures.bin', 'rb').read(), 0
with open('expected.bin', 'wb') as out, open('grey.bin', 'wb') as greys:
    for line in open('sizes.txt'):
        width, height = map(int, line.split())
        picture = Image.frombytes('RGB', (width, height), pixels[at:at + 3 * width * height])
        at += 3 * width * height
        greys.write(picture.convert('L').tobytes())
        for size, side in ((32, 8), (64, 16), (96, 24)):
            grey = picture.convert('L').resize((size, size), Image.LANCZOS)
            for turned in (grey, ImageOps.mirror(grey)):
                low = scipy.fft.dctn(numpy.asarray(turned, dtype=float), type=2)[:side, :side] / 4
                out.write(low.astype('<f8').tobytes() + numpy.median(low).astype('<f8').tobytes())
)";

// What an oracle wrote, block by block.
class Expected {
 public:
  explicit Expected(const TemporaryFolder &folder) : bytes_(get_file(folder / "expected.bin")) {}
  std::vector<double> next(size_t count) {
    REQUIRE(at_ + count * sizeof(double) <= bytes_.size());
    std::vector<double> values(count);
    std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(double));
    at_ += count * sizeof(double);
    return values;
  }
  bool done() const { return at_ == bytes_.size(); }

 private:
  Bytes bytes_;
  size_t at_ = 0;
};

// Compares every bit whose coefficient is farther from the median than `near`; gives how many are not.
template <size_t Bytes>
size_t compare(const std::array<uint8_t, Bytes> &hash, Expected &expected,
               const std::function<double(const std::vector<double> &)> &near) {
  constexpr size_t bits = Bytes * 8;
  std::vector<double> coefficients = expected.next(bits + 1);
  const double median = coefficients.back();
  coefficients.pop_back();
  const double close = near(coefficients);
  size_t undecided = 0, wrong = 0;
  for (size_t i = 0; i < bits; ++i) {
    const bool bit = hash[i / 8] & 0x80 >> i % 8;
    if (!(std::fabs(coefficients[i] - median) > close))
      ++undecided;
    else
      wrong += bit != (coefficients[i] > median);
  }
  CHECK(wrong == 0);
  return undecided;
}

// 1e-9 of the largest coefficient: of a flat picture all but one coefficient, and so the median, are rounding alone.
double relative(const std::vector<double> &coefficients) {
  double largest = 0;
  for (double value : coefficients) largest = std::max(largest, std::fabs(value));
  return 1e-9 * largest;
}

// Grey values of many kinds: the first ones random, the last ones with a structure.
constexpr int random_kinds = 300, kinds = 420;
std::vector<float> values_of(int kind, int size) {
  std::mt19937 random(static_cast<uint32_t>(1000 * size + kind));
  std::vector<float> values(static_cast<size_t>(size * size));
  const auto fill = [&](auto value) {
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x) values[static_cast<size_t>(y * size + x)] = static_cast<float>(value(x, y));
  };
  const int step = 1 + kind % 9;
  if (kind < random_kinds) {
    // Whole greys of several strengths upon a gradient, and numbers of any range.
    const uint32_t strength = 2 + random() % 254;
    const bool whole = kind % 4 != 3;
    fill([&](int x, int y) {
      return whole ? static_cast<double>(random() % strength) + (kind % 2) * (x + 2 * y) / 4
                   : (random() - 2147483648.0) / 65536.0;
    });
    return values;
  }
  switch (kind % 8) {
    case 0:
      fill([&](int, int) { return kind % 256; });
      break;
    case 1:
      fill([&](int x, int) { return x * step % 256; });
      break;
    case 2:
      fill([&](int, int y) { return 255 - y * step % 256; });
      break;
    case 3:
      fill([&](int x, int y) { return (x / step + y / step) % 2 * 255; });
      break;
    case 4:  // one bright spot
      fill([&](int x, int y) { return std::hypot(x - kind % size, y - size / 3) < step ? 255 : 7; });
      break;
    case 5:  // the same left and right, above and below
      fill([&](int x, int y) { return std::min(x, size - 1 - x) * step % 100 + std::min(y, size - 1 - y); });
      break;
    case 6:  // the same along the diagonal
      fill([&](int x, int y) { return (x * y + x + y) * step % 256; });
      break;
    default:  // a single frequency
      fill([&](int x, int y) { return 100 * std::cos(3.14159265358979 * (2 * x + 1) * step / (2.0 * size)) + y % 2; });
  }
  return values;
}

RgbImage mirror(const RgbImage &picture) {
  RgbImage turned(picture.width, picture.height);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      std::copy_n(picture.row(y) + 3 * x, 3, turned.row(y) + 3 * (picture.width - 1 - x));
  return turned;
}

}  // namespace

TEST_CASE("perceptual hashes agree with SciPy", "[image]") {
  const TemporaryFolder folder;
  for (int size : {32, 64, 96}) {
    Bytes bytes;
    for (int kind = 0; kind < kinds; ++kind) {
      const std::vector<float> values = values_of(kind, size);
      const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
      bytes.insert(bytes.end(), raw, raw + values.size() * sizeof(float));
    }
    put_file(folder / ("grey" + std::to_string(size) + ".bin"), bytes);
  }
  run_python(folder, of_values);
  Expected expected(folder);
  for (int size : {32, 64, 96})
    for (int kind = 0; kind < kinds; ++kind) {
      CAPTURE(size, kind);
      const std::vector<float> values = values_of(kind, size);
      size_t undecided = 0;
      if (size == 32)
        undecided = compare(perceptual_hash8(std::span<const float, 32 * 32>(values)), expected, relative);
      else if (size == 64)
        undecided = compare(perceptual_hash16(std::span<const float, 64 * 64>(values)), expected, relative);
      else
        undecided = compare(perceptual_hash24(std::span<const float, 96 * 96>(values)), expected, relative);
      // Random values leave no doubt; half of the coefficients of any picture may equal the median, or all but one.
      if (kind < random_kinds) CHECK(undecided == 0);
    }
  CHECK(expected.done());
}

TEST_CASE("a flat picture's hash has the first bit alone", "[image]") {
  for (float grey : {1.0f, 127.0f, 255.0f}) {
    const std::vector<float> values(96 * 96, grey);
    const auto hash = perceptual_hash24(std::span<const float, 96 * 96>(values));
    CHECK(hash[0] == 0x80);
    CHECK(std::all_of(hash.begin() + 1, hash.end(), [](uint8_t byte) { return byte == 0; }));
  }
  const std::vector<float> black(96 * 96, 0.0f);
  CHECK(perceptual_hash24(std::span<const float, 96 * 96>(black)) == PerceptualHash<24>{});
}

TEST_CASE("hashes of whole pictures are those that Pillow and SciPy give", "[image]") {
  const TemporaryFolder folder;
  std::vector<RgbImage> pictures;
  Bytes bytes;
  std::string sizes;
  std::mt19937 random(7);
  for (uint32_t i = 0; i < 40; ++i) {
    const int width = i == 0 ? 1 : 3 + static_cast<int>(random() % 700), height = 3 + static_cast<int>(random() % 500);
    pictures.push_back(test_picture(width, height, i, i % 3 == 0 ? 0 : 90));
    bytes.insert(bytes.end(), pictures.back().data.begin(), pictures.back().data.end());
    sizes += std::to_string(width) + " " + std::to_string(height) + "\n";
  }
  put_file(folder / "pictures.bin", bytes);
  put_file(folder / "sizes.txt", bytes_of(sizes));
  run_python(folder, of_pictures);
  const Bytes greys = get_file(folder / "grey.bin");
  Expected expected(folder);
  size_t at = 0, undecided = 0;
  // Resampling may differ from Pillow's by 1 in few values; a value's weight in a coefficient is at most 1.
  const auto few_values = [](const std::vector<double> &) { return 4.0; };
  for (const RgbImage &picture : pictures) {
    CAPTURE(picture.width, picture.height);
    const GreyImage grey = grey_of(picture);
    REQUIRE(at + grey.data.size() <= greys.size());
    CHECK(std::equal(grey.data.begin(), grey.data.end(), greys.begin() + static_cast<ptrdiff_t>(at)));
    at += grey.data.size();
    const PerceptualHashes hashes = perceptual_hashes(picture);
    undecided += compare(hashes.hash8, expected, few_values) + compare(hashes.mirrored8, expected, few_values);
    undecided += compare(hashes.hash16, expected, few_values) + compare(hashes.mirrored16, expected, few_values);
    undecided += compare(hashes.hash24, expected, few_values) + compare(hashes.mirrored24, expected, few_values);
  }
  CHECK(expected.done());
  CHECK(undecided < pictures.size() * 2 * (64 + 256 + 576) / 5);  // of smooth pictures many coefficients are small
}

TEST_CASE("the mirrored hash is the hash of the mirror image", "[image]") {
  for (int size : {32, 64, 96}) {  // nothing is resampled for one of the three hashes
    const RgbImage picture = test_picture(size, size, static_cast<uint32_t>(size), 100);
    const PerceptualHashes plain = perceptual_hashes(picture), turned = perceptual_hashes(mirror(picture));
    if (size == 32) {
      CHECK(plain.mirrored8 == turned.hash8);
      CHECK(plain.hash8 == turned.mirrored8);
      CHECK(plain.hash8 != plain.mirrored8);
    } else if (size == 64) {
      CHECK(plain.mirrored16 == turned.hash16);
      CHECK(plain.hash16 == turned.mirrored16);
      CHECK(plain.hash16 != plain.mirrored16);
    } else {
      CHECK(plain.mirrored24 == turned.hash24);
      CHECK(plain.hash24 == turned.mirrored24);
      CHECK(plain.hash24 != plain.mirrored24);
    }
  }
}

TEST_CASE("distances count bits", "[image]") {
  const uint8_t a[] = {0x00, 0xff, 0x0f}, b[] = {0x01, 0xff, 0xf0};
  CHECK(hamming_distance(a, a) == 0);
  CHECK(hamming_distance(a, b) == 9);
  CHECK_THROWS_AS(hamming_distance(a, std::span(b).first(2)), Error);
}
