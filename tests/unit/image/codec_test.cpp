// The room's own JPEG and PNG against Pillow, which reads them with its own use of the libraries.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "image/codec.h"
#include "support.h"

using namespace kalon;

namespace {

Bytes read_by_pillow(const TemporaryFolder &folder, const std::string &name, ByteView bytes) {
  put_file(folder / name, bytes);
  run_python(folder, "from PIL import Image\nimage = Image.open('" + name +
                         "')\nassert image.mode == 'RGB'\nopen('pixels.bin', 'wb').write(image.tobytes())\n");
  return get_file(folder / "pixels.bin");
}

}  // namespace

TEST_CASE("PNG is lossless", "[image]") {
  const TemporaryFolder folder;
  for (const auto &[width, height] : {std::array{1, 1}, std::array{313, 77}, std::array{3, 1000}}) {
    const RgbImage picture = test_picture(width, height, 1, 30);
    CHECK(read_by_pillow(folder, "picture.png", encode_png(picture)) == picture.data);
  }
  CHECK_THROWS_AS(encode_png(RgbImage()), Error);
}

TEST_CASE("JPEG is read as Pillow reads it, and is near the picture", "[image]") {
  const TemporaryFolder folder;
  for (const auto &[width, height] : {std::array{1, 1}, std::array{512, 341}, std::array{17, 200}}) {
    const RgbImage picture = test_picture(width, height, 2, 0);
    const Bytes bytes = encode_jpeg(picture, 88);
    const RgbImage read = decode_jpeg(bytes);
    REQUIRE(read.width == width);
    REQUIRE(read.height == height);
    // The same library with the same settings; 1 is left for one that computes differently.
    CHECK(largest_difference(read.data, read_by_pillow(folder, "picture.jpg", bytes)) <= 1);
    double squares = 0;
    for (size_t i = 0; i < read.data.size(); ++i) squares += std::pow(read.data[i] - picture.data[i], 2);
    // Smooth gradients at quality 88, but for the blue channel's jump every 256 pixels, which halved chroma smears.
    CHECK(std::sqrt(squares / static_cast<double>(read.data.size())) < 6);
  }
}

TEST_CASE("JPEG is 4:2:0, baseline and without metadata", "[image]") {
  const Bytes bytes = encode_jpeg(test_picture(100, 80, 3), 80);
  size_t at = 2;
  bool frame = false;
  while (bytes[at + 1] != 0xDA) {
    REQUIRE(bytes[at] == 0xFF);
    const uint8_t code = bytes[at + 1];
    CHECK((code == 0xE0 || code == 0xDB || code == 0xC0 || code == 0xC4));
    if (code == 0xC0) {
      frame = true;
      CHECK(bytes[at + 11] == 0x22);  // luminance sampled 2 x 2
      CHECK(bytes[at + 14] == 0x11);
    }
    at += 2 + (size_t{bytes[at + 2]} << 8 | bytes[at + 3]);
  }
  CHECK(frame);
}

TEST_CASE("noise at the highest quality fits the buffer", "[image]") {
  const RgbImage noise = test_picture(333, 257, 4, 255);
  CHECK(decode_jpeg(encode_jpeg(noise, 100)).data.size() == noise.data.size());
  CHECK_THROWS_AS(encode_jpeg(RgbImage(70000, 1), 80), Error);
  CHECK_THROWS_AS(encode_jpeg(RgbImage(), 80), Error);
}

TEST_CASE("damaged JPEG is reported, never crashes", "[image]") {
  const auto status_of = [](ByteView bytes) {
    try {
      decode_jpeg(bytes);
      return Status::ok;
    } catch (const Error &error) {
      return error.status();
    }
  };
  const Bytes good = encode_jpeg(test_picture(64, 48, 5), 85);
  CHECK(status_of(good) == Status::ok);
  CHECK(status_of({}) == Status::corrupt_data);
  CHECK(status_of(bytes_of("no picture")) == Status::corrupt_data);
  for (size_t length = 0; length + 2 < good.size(); length += 7)
    CHECK(status_of(ByteView(good).first(length)) == Status::corrupt_data);
  std::mt19937 random(6);
  size_t refused = 0;
  for (int i = 0; i < 1500; ++i) {
    Bytes bad = good;
    for (int k = 0; k < 1 + i % 4; ++k) bad[random() % bad.size()] = static_cast<uint8_t>(random());
    const Status status = status_of(bad);
    CHECK((status == Status::ok || status == Status::corrupt_data));
    refused += status != Status::ok;
  }
  CHECK(refused > 0);
}
