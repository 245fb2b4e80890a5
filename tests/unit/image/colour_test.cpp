// Colour against Pillow (ImageCms, ImageOps, composition), and against the published formulas of IEC 61966-2-1, Adobe
// RGB (1998) and Display P3 in NumPy.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <thread>

#include "base/error.h"
#include "image/colour.h"
#include "profiles.h"
#include "support.h"

using namespace kalon;

namespace {

const Colour8 white{255, 255, 255};

Raster raster_of(int width, int height, int channels, SampleType sample, ColourModel colour,
                 AlphaMode alpha = AlphaMode::none) {
  Raster raster;
  raster.width = width;
  raster.height = height;
  raster.channels = channels;
  raster.sample = sample;
  raster.colour = colour;
  raster.alpha = alpha;
  raster.data.resize(raster.stride() * static_cast<size_t>(height));
  return raster;
}

Raster raster_of(const RgbImage &picture) {
  Raster raster = raster_of(picture.width, picture.height, 3, SampleType::u8, ColourModel::rgb);
  raster.data = picture.data;
  return raster;
}

template <class T>
void fill(Raster &raster, const std::vector<T> &values) {
  REQUIRE(raster.data.size() == values.size() * sizeof(T));
  std::memcpy(raster.data.data(), values.data(), raster.data.size());
}

void fill_noise(Raster &raster, uint32_t seed) {
  std::mt19937 random(seed);
  for (uint8_t &byte : raster.data) byte = static_cast<uint8_t>(random());
}

}  // namespace

TEST_CASE("the usual camera JPEG costs nothing: no profile, or one of sRGB", "[image]") {
  const RgbImage picture = test_picture(30, 20, 1);
  for (const Bytes &profile : {Bytes{}, profile_of(RgbSpace::srgb)}) {
    Raster raster = raster_of(picture);
    const uint8_t *buffer = raster.data.data();
    const RgbImage result = to_srgb(std::move(raster), profile, 1, white);
    CHECK(result.data.data() == buffer);
    CHECK(result.data == picture.data);
  }
}

TEST_CASE("RGB profiles bring a picture to sRGB", "[image]") {
  const TemporaryFolder folder;
  const RgbImage picture = test_picture(64, 48, 2);
  put_file(folder / "pixels.bin", picture.data);
  const struct {
    const char *name;
    RgbSpace space;
  } spaces[] = {{"adobe", RgbSpace::adobe}, {"p3", RgbSpace::display_p3}};
  for (const auto &[name, space] : spaces) put_file(folder / (std::string(name) + ".icc"), profile_of(space));
  run_python(folder, R"(
import numpy as np
from PIL import Image, ImageCms
image = Image.frombytes('RGB', (64, 48), open('pixels.bin', 'rb').read())
srgb = ImageCms.createProfile('sRGB')
def matrix(primaries):  # linear RGB to XYZ, white D65
    m = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return m * np.linalg.solve(m, white)
to_srgb = np.linalg.inv(matrix([(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]))
def decode(v): return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
def encode(v):
    v = np.clip(v, 0, 1)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)
spaces = {'adobe': (matrix([(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)]), lambda v: v ** (563 / 256)),
          'p3': (matrix([(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)]), decode)}
values = np.asarray(image).astype(float) / 255
for name, (m, curve) in spaces.items():
    linear = curve(values) @ (to_srgb @ m).T
    open(name + '.formula', 'wb').write(np.rint(encode(linear) * 255).astype(np.uint8).tobytes())
    converted = ImageCms.profileToProfile(image, name + '.icc', srgb, renderingIntent=1, outputMode='RGB', flags=0x2000)
    open(name + '.pillow', 'wb').write(converted.tobytes())
)");
  for (const auto &[name, space] : spaces) {
    INFO(name);
    const Bytes profile = profile_of(space);
    const RgbImage result = to_srgb(raster_of(picture), profile, 1, white);
    CHECK(result.data != picture.data);
    CHECK(largest_difference(result.data, get_file(folder / (name + std::string(".pillow")))) <= 1);
    // Profiles hold primaries in 16 fractional bits, and lcms2's 8-bit path has 14.
    CHECK(largest_difference(result.data, get_file(folder / (name + std::string(".formula")))) <= 2);

    // The same values in 16 bits: no table of 8 bits stands between.
    Raster wide = raster_of(64, 48, 3, SampleType::u16, ColourModel::rgb);
    std::vector<uint16_t> samples;
    for (uint8_t value : picture.data) samples.push_back(static_cast<uint16_t>(value * 257));
    fill(wide, samples);
    CHECK(largest_difference(to_srgb(std::move(wide), profile, 1, white).data,
                             get_file(folder / (name + std::string(".formula")))) <= 1);

    // Premultiplied alpha is divided out before the profile, and straight alpha does not touch the colours: at full
    // alpha both are the picture without.
    for (AlphaMode mode : {AlphaMode::straight, AlphaMode::premultiplied}) {
      Raster opaque = raster_of(64, 48, 4, SampleType::u8, ColourModel::rgb, mode);
      for (size_t i = 0; i < picture.data.size() / 3; ++i) {
        std::copy_n(picture.data.data() + 3 * i, 3, opaque.data.data() + 4 * i);
        opaque.data[4 * i + 3] = 255;
      }
      CHECK(largest_difference(to_srgb(std::move(opaque), profile, 1, white).data, result.data) <= 1);
    }
  }
}

TEST_CASE("grey and CMYK profiles bring a picture to sRGB as Pillow does", "[image]") {
  const TemporaryFolder folder;
  Raster grey = raster_of(64, 4, 1, SampleType::u8, ColourModel::grey);
  for (size_t i = 0; i < 256; ++i) grey.data[i] = static_cast<uint8_t>(i);
  Raster inks = raster_of(40, 30, 4, SampleType::u8, ColourModel::cmyk);
  fill_noise(inks, 3);
  put_file(folder / "grey.bin", grey.data);
  put_file(folder / "inks.bin", inks.data);
  put_file(folder / "grey.icc", grey_profile(1.8));
  put_file(folder / "inks.icc", cmyk_profile());
  run_python(folder, R"(
from PIL import Image, ImageCms
srgb = ImageCms.createProfile('sRGB')
for name, mode, size in (('grey', 'L', (64, 4)), ('inks', 'CMYK', (40, 30))):
    image = Image.frombytes(mode, size, open(name + '.bin', 'rb').read())
    image = ImageCms.profileToProfile(image, name + '.icc', srgb, renderingIntent=1, outputMode='RGB', flags=0x2000)
    open(name + '.rgb', 'wb').write(image.tobytes())
)");
  const Raster grey_copy = grey;
  const RgbImage from_grey = to_srgb(std::move(grey), grey_profile(1.8), 1, white);
  CHECK(largest_difference(from_grey.data, get_file(folder / "grey.rgb")) <= 1);
  Raster plain = grey_copy;
  CHECK(largest_difference(from_grey.data, to_srgb(std::move(plain), {}, 1, white).data) > 3);  // not ignored
  CHECK(largest_difference(to_srgb(std::move(inks), cmyk_profile(), 1, white).data, get_file(folder / "inks.rgb")) <=
        1);
}

TEST_CASE("profiles that do not fit or are broken are ignored", "[image]") {
  const RgbImage picture = test_picture(20, 10, 4);
  const auto through = [&](const Bytes &profile) { return to_srgb(raster_of(picture), profile, 1, white).data; };
  const Bytes adobe = profile_of(RgbSpace::adobe);
  CHECK(through(adobe) != picture.data);
  CHECK(through(grey_profile(1.8)) == picture.data);
  CHECK(through(cmyk_profile()) == picture.data);
  CHECK(through(Bytes(adobe.begin(), adobe.begin() + 100)) == picture.data);
  CHECK(through(Bytes(5000, 0x41)) == picture.data);
  Raster grey = raster_of(2, 1, 1, SampleType::u8, ColourModel::grey);
  grey.data = {10, 200};
  CHECK(to_srgb(std::move(grey), adobe, 1, white).data == Bytes{10, 10, 10, 200, 200, 200});

  std::mt19937 random(5);
  const Bytes cmyk = cmyk_profile();
  for (int i = 0; i < 300; ++i) {
    const bool four_inks = i % 15 == 0;  // fewer: each builds a large table
    Bytes profile = four_inks ? cmyk : adobe;
    for (int k = 0; k < 1 + i % 5; ++k)
      profile[random() % std::min<size_t>(profile.size(), 600)] = static_cast<uint8_t>(random());
    if (!four_inks) {
      REQUIRE(through(profile).size() == picture.data.size());
    } else {
      Raster inks = raster_of(5, 5, 4, SampleType::u8, ColourModel::cmyk);
      REQUIRE(to_srgb(std::move(inks), profile, 1, white).data.size() == 75);
    }
  }
}

TEST_CASE("threads share profiles", "[image]") {
  const RgbImage picture = test_picture(50, 40, 6);
  std::vector<Bytes> profiles;
  for (int i = 0; i < 20; ++i) profiles.push_back(grey_profile(1.2 + i * 0.05));  // more than are kept
  profiles.push_back(profile_of(RgbSpace::adobe));
  const Bytes expected = to_srgb(raster_of(picture), profiles.back(), 1, white).data;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 60; ++i) {
        wrong[t] += to_srgb(raster_of(picture), profiles.back(), 1, white).data != expected;
        Raster grey = raster_of(1, 1, 1, SampleType::u8, ColourModel::grey);
        grey.data = {255};
        wrong[t] += to_srgb(std::move(grey), profiles[(i * 7 + t) % 20], 1, white).data != Bytes{255, 255, 255};
      }
    });
  for (std::thread &thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("16 bits are rounded to 8", "[image]") {
  Raster raster = raster_of(65536, 1, 1, SampleType::u16, ColourModel::grey);
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  fill(raster, all);
  const RgbImage result = to_srgb(std::move(raster), {}, 1, white);
  size_t wrong = 0;
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t c = 0; c < 3; ++c) wrong += result.data[3 * i + c] != std::lround(static_cast<double>(i) / 257);
  CHECK(wrong == 0);
}

TEST_CASE("CMYK without a profile is converted as Pillow does", "[image]") {
  const TemporaryFolder folder;
  Raster inks = raster_of(60, 50, 4, SampleType::u8, ColourModel::cmyk);
  fill_noise(inks, 7);
  put_file(folder / "inks.bin", inks.data);
  run_python(folder, R"(
from PIL import Image
image = Image.frombytes('CMYK', (60, 50), open('inks.bin', 'rb').read())
open('inks.rgb', 'wb').write(image.convert('RGB').tobytes())
)");
  const Bytes expected = get_file(folder / "inks.rgb");
  std::vector<uint16_t> wide_values;
  for (uint8_t value : inks.data) wide_values.push_back(static_cast<uint16_t>(value * 257));
  Raster wide = raster_of(60, 50, 4, SampleType::u16, ColourModel::cmyk);
  fill(wide, wide_values);
  CHECK(largest_difference(to_srgb(std::move(inks), {}, 1, white).data, expected) <= 1);
  CHECK(largest_difference(to_srgb(std::move(wide), {}, 1, white).data, expected) <= 1);
}

TEST_CASE("alpha is composited as Pillow does", "[image]") {
  const TemporaryFolder folder;
  Raster straight = raster_of(64, 64, 4, SampleType::u8, ColourModel::rgb, AlphaMode::straight);
  fill_noise(straight, 8);
  for (size_t i = 0; i < 64; ++i) straight.data[4 * i + 3] = i % 2 == 0 ? 0 : 255;
  put_file(folder / "rgba.bin", straight.data);
  run_python(folder, R"(
from PIL import Image
image = Image.frombytes('RGBA', (64, 64), open('rgba.bin', 'rb').read())
under = Image.new('RGBA', (64, 64), (30, 120, 250, 255))
open('rgb.bin', 'wb').write(Image.alpha_composite(under, image).convert('RGB').tobytes())
)");
  const Bytes expected = get_file(folder / "rgb.bin");
  const Colour8 blue{30, 120, 250};

  std::vector<uint16_t> wide;
  std::vector<float> real;
  for (uint8_t value : straight.data) {
    wide.push_back(static_cast<uint16_t>(value * 257));
    real.push_back(static_cast<float>(value) / 255.0F);
  }
  const auto premultiply = [](auto values, auto most) {
    for (size_t i = 0; i < values.size(); i += 4)
      for (size_t c = 0; c < 3; ++c) {
        const double product = static_cast<double>(values[i + c]) * static_cast<double>(values[i + 3]) / most;
        if constexpr (std::is_floating_point_v<decltype(most)>)
          values[i + c] = static_cast<float>(product);
        else
          values[i + c] = static_cast<std::decay_t<decltype(values[0])>>(std::lround(product));
      }
    return values;
  };
  const auto result_of = [&](SampleType sample, AlphaMode mode, const auto &values) {
    Raster raster = raster_of(64, 64, 4, sample, ColourModel::rgb, mode);
    fill(raster, values);
    return to_srgb(std::move(raster), {}, 1, blue).data;
  };
  // Both sides round once; premultiplied 8-bit values were rounded before, too.
  CHECK(largest_difference(result_of(SampleType::u8, AlphaMode::straight, straight.data), expected) <= 1);
  CHECK(largest_difference(result_of(SampleType::u16, AlphaMode::straight, wide), expected) <= 1);
  CHECK(largest_difference(result_of(SampleType::f32, AlphaMode::straight, real), expected) <= 1);
  CHECK(largest_difference(result_of(SampleType::u8, AlphaMode::premultiplied, premultiply(straight.data, 255)),
                           expected) <= 1);
  CHECK(largest_difference(result_of(SampleType::u16, AlphaMode::premultiplied, premultiply(wide, 65535)), expected) <=
        1);
  CHECK(largest_difference(result_of(SampleType::f32, AlphaMode::premultiplied, premultiply(real, 1.0F)), expected) <=
        1);

  // Grey with alpha.
  Raster grey = raster_of(3, 1, 2, SampleType::u8, ColourModel::grey, AlphaMode::straight);
  grey.data = {100, 255, 100, 0, 100, 51};
  CHECK(to_srgb(std::move(grey), {}, 1, white).data == Bytes{100, 100, 100, 255, 255, 255, 224, 224, 224});
}

TEST_CASE("linear light goes through the sRGB curve, clipped", "[image]") {
  const auto formula = [](double linear) {
    const double v = std::clamp(linear, 0.0, 1.0);
    return std::lround(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055));
  };
  std::vector<float> values;
  for (int i = 0; i <= 3000; ++i) values.push_back(static_cast<float>(std::pow(i / 3000.0, 3)));  // dense in the darks
  values.insert(values.end(), {-0.5F, -0.0F, 1.0F, 1.5F, 1e30F});
  Raster raster = raster_of(static_cast<int>(values.size()), 1, 1, SampleType::f32, ColourModel::grey);
  raster.linear = true;
  fill(raster, values);
  const RgbImage result = to_srgb(std::move(raster), profile_of(RgbSpace::adobe), 1, white);
  int worst = 0, different = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const int difference = static_cast<int>(std::labs(result.data[3 * i] - formula(values[i])));
    worst = std::max(worst, difference);
    different += difference != 0;
  }
  // Codes pass through 16 bits on their way to 8; few lie that near to a half.
  CHECK(worst <= 1);
  CHECK(different <= 30);

  // 16-bit linear data takes the same way.
  Raster wide = raster_of(4, 1, 1, SampleType::u16, ColourModel::grey);
  wide.linear = true;
  fill(wide, std::vector<uint16_t>{0, 1000, 14000, 65535});
  const RgbImage narrow = to_srgb(std::move(wide), {}, 1, white);
  CHECK(narrow.data[0] == 0);
  CHECK(narrow.data[3] == formula(1000 / 65535.0));
  CHECK(narrow.data[6] == formula(14000 / 65535.0));
  CHECK(narrow.data[9] == 255);
}

TEST_CASE("NaN and infinity have defined colours", "[image]") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (bool linear : {false, true}) {
    Raster raster = raster_of(1, 1, 3, SampleType::f32, ColourModel::rgb);
    raster.linear = linear;
    fill(raster, std::vector<float>{nan, infinity, -infinity});
    CHECK(to_srgb(std::move(raster), {}, 1, white).data == Bytes{0, 255, 0});
    for (AlphaMode mode : {AlphaMode::straight, AlphaMode::premultiplied}) {
      Raster veiled = raster_of(4, 1, 4, SampleType::f32, ColourModel::rgb, mode);
      veiled.linear = linear;
      fill(veiled, std::vector<float>{0, 0, 0, nan, infinity, 0, nan, infinity, 0, 0, 0, 0, nan, nan, nan, 1});
      const Bytes expected = {255, 255, 255, 255, 0, 0, 255, 255, 255, 0, 0, 0};
      CHECK(to_srgb(std::move(veiled), {}, 1, white).data == expected);
    }
  }
}

TEST_CASE("premultiplied linear light is divided by its alpha before the curve", "[image]") {
  Raster raster = raster_of(1, 1, 4, SampleType::f32, ColourModel::rgb, AlphaMode::premultiplied);
  raster.linear = true;
  fill(raster, std::vector<float>{0.25F, 0.5F, 0.0F, 0.5F});
  // Linear 0.5 is code 188 of sRGB (IEC 61966-2-1); half of it over black, and half of 255.
  CHECK(to_srgb(std::move(raster), {}, 1, Colour8{0, 0, 0}).data == Bytes{94, 128, 0});
}

TEST_CASE("orientation is that of Pillow's exif_transpose", "[image]") {
  const TemporaryFolder folder;
  const RgbImage picture = test_picture(67, 41, 9);
  put_file(folder / "pixels.bin", picture.data);
  run_python(folder, R"(
from PIL import Image, ImageOps
for orientation in range(1, 9):
    image = Image.frombytes('RGB', (67, 41), open('pixels.bin', 'rb').read())
    image.getexif()[0x0112] = orientation
    open('%d.bin' % orientation, 'wb').write(ImageOps.exif_transpose(image).tobytes())
)");
  for (int orientation = 0; orientation <= 9; ++orientation) {
    INFO(orientation);
    const bool turned = orientation >= 5 && orientation <= 8;
    const RgbImage result = to_srgb(raster_of(picture), {}, orientation, white);
    CHECK(result.width == (turned ? 41 : 67));
    CHECK(result.height == (turned ? 67 : 41));
    const bool valid = orientation >= 1 && orientation <= 8;
    CHECK(result.data == get_file(folder / (std::to_string(valid ? orientation : 1) + ".bin")));
  }
}

TEST_CASE("pixels that contradict their description are refused", "[image]") {
  const auto refused = [](auto change) {
    Raster raster = raster_of(4, 3, 3, SampleType::u8, ColourModel::rgb);
    change(raster);
    try {
      to_srgb(std::move(raster), {}, 1, Colour8{});
      return false;
    } catch (const Error &error) {
      return error.status() == Status::invalid_argument;
    }
  };
  CHECK_FALSE(refused([](Raster &) {}));
  CHECK(refused([](Raster &raster) { raster.data.pop_back(); }));
  CHECK(refused([](Raster &raster) { raster.channels = 4; }));
  CHECK(refused([](Raster &raster) { raster.alpha = AlphaMode::straight; }));
  CHECK(refused([](Raster &raster) { raster.width = 0; }));
  CHECK(refused([](Raster &raster) { raster.height = -1; }));
  CHECK(refused([](Raster &raster) { raster.colour = static_cast<ColourModel>(0); }));
  CHECK(refused([](Raster &raster) { raster.sample = static_cast<SampleType>(99); }));
}
