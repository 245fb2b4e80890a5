// Where pixels come from. The registry has no decoder: what comes out is from the cache, and what asks for the file
// fails as unsupported. Thumbnails are of one colour each, so that it is seen which one served.
#include <catch2/catch.hpp>

#include <array>
#include <limits>

#include "facade/picture_pixels.h"
#include "image/codec.h"
#include "shelf.h"

using namespace kalon;

namespace {

constexpr std::array<uint8_t, 3> red{220, 30, 30}, green{30, 220, 30};

Bytes jpeg_of(int width, int height, const std::array<uint8_t, 3> &colour) {
  RgbImage image(width, height);
  for (size_t i = 0; i < image.data.size(); ++i) image.data[i] = colour[i % 3];
  return encode_jpeg(image, 95);
}

// A file of 1000 x 500 pixels, as the library knows it.
struct Pictures : Shelf {
  std::string path = folder / "a.jpg";
  VectorKey key{{1, 2}, {3, 4}};

  Pictures() {
    open.thumbnails = ThumbnailCache::open(*open.library);
    write_new_file(path, Bytes(100, 'x'));
    know();
  }
  void know(Outcome outcome = {}, bool vanished = false) {
    FileRow row;
    row.path = path;
    row.stat = stat_file(path);
    row.outcome = std::move(outcome);
    if (row.outcome.ok()) {
      row.picture = row.photo = key.picture;
      row.render = key.render;
      row.width = 1000;
      row.height = 500;
    }
    auto writer = open.library->write();
    writer.put_file(row);
    writer.set_vanished(row.id, vanished);
    writer.commit();
  }
  void keep(ThumbnailSize size, Bytes jpeg) {
    std::array one{Thumbnail{key, size, std::move(jpeg)}};
    open.thumbnails->put(one);
  }
  void keep_both() {
    keep(ThumbnailSize::small, jpeg_of(256, 128, red));
    keep(ThumbnailSize::large, jpeg_of(512, 256, green));
  }

  // "red 256 x 128", or the status of what is thrown.
  std::string ask(uint32_t side, PixelSource source = PixelSource::cache_or_file) {
    try {
      auto pixels = picture_pixels(registry, &open, path, {side, source});
      CHECK(pixels.from_cache);
      CHECK(pixels.full_width == 1000);
      CHECK(pixels.full_height == 500);
      const auto *middle = pixels.image.row(pixels.image.height / 2) + pixels.image.width / 2 * 3;
      return (middle[0] > middle[1] ? "red " : "green ") + std::to_string(pixels.image.width) + " x " +
             std::to_string(pixels.image.height);
    } catch (const Error &error) {
      CHECK(error.context() == path);
      return std::string(status_name(error.status()));
    }
  }
  std::string ask_cache(uint32_t side) { return ask(side, PixelSource::cache_only); }
};

}  // namespace

TEST_CASE("the smallest cached thumbnail that is large enough serves", "[facade]") {
  Pictures pictures;
  pictures.keep_both();
  CHECK(pictures.ask(100) == "red 100 x 50");
  CHECK(pictures.ask(256) == "red 256 x 128");
  CHECK(pictures.ask(257) == "green 257 x 129");
  CHECK(pictures.ask(512) == "green 512 x 256");
  CHECK(pictures.ask(513) == "unsupported");
  CHECK(pictures.ask(0) == "unsupported");
  CHECK(pictures.ask(100, PixelSource::file_only) == "unsupported");
  CHECK(pictures.ask_cache(100) == "red 100 x 50");
  CHECK(pictures.ask_cache(513) == "green 512 x 256");
  CHECK(pictures.ask_cache(0) == "green 512 x 256");
  CHECK(pictures.ask_cache(std::numeric_limits<uint32_t>::max()) == "green 512 x 256");
}

TEST_CASE("where one cached thumbnail is missing or damaged the other serves", "[facade]") {
  Pictures pictures;
  CHECK(pictures.ask_cache(100) == "not_found");
  pictures.keep(ThumbnailSize::large, jpeg_of(512, 256, green));
  CHECK(pictures.ask(200) == "green 200 x 100");
  pictures.keep_both();
  for (const Bytes &damaged : {Bytes(50, 'j'), Bytes{0xff, 0xd8, 0xff}, Bytes{}}) {
    pictures.keep(ThumbnailSize::large, damaged);
    CHECK(pictures.ask_cache(512) == "red 256 x 128");
    CHECK(pictures.ask(300) == "unsupported");  // too small to stand for the picture
    CHECK(pictures.ask(256) == "red 256 x 128");
  }
  pictures.keep(ThumbnailSize::small, Bytes(50, 'j'));
  CHECK(pictures.ask_cache(256) == "not_found");
  CHECK(pictures.ask(256) == "unsupported");
}

TEST_CASE("a thumbnail stands for the file only as it was", "[facade]") {
  Pictures pictures;
  pictures.keep_both();
  pictures.know({}, /*vanished=*/true);  // it is back, and the same
  CHECK(pictures.ask(256) == "red 256 x 128");
  pictures.know({Status::corrupt_data, "was damaged"});
  CHECK(pictures.ask_cache(256) == "not_found");
  pictures.know();
  write_file_atomically(pictures.path, Bytes(101, 'x'));
  CHECK(pictures.ask_cache(256) == "not_found");
  CHECK(pictures.ask(256) == "unsupported");
  pictures.know();
  CHECK(pictures.ask(256) == "red 256 x 128");
  std::filesystem::remove(pictures.path);
  CHECK(pictures.ask(256) == "not_found");
  CHECK(pictures.ask_cache(256) == "not_found");
  std::filesystem::create_directory(pictures.path);
  CHECK(pictures.ask(256) == "invalid_argument");
}

TEST_CASE("no transaction outlives the asking for pixels", "[facade]") {
  Pictures pictures;
  pictures.keep_both();
  auto kept = picture_pixels(pictures.registry, &pictures.open, pictures.path, {256});
  CHECK_NOTHROW(pictures.open.library->compact());  // busy while anything reads
  CHECK(kept.image.width == 256);
}

TEST_CASE("windows of pixels are refused rather than multiplied beyond their numbers", "[facade]") {
  RgbImage image(7, 5);
  for (size_t i = 0; i < image.data.size(); ++i) image.data[i] = static_cast<uint8_t>(i);
  std::array<uint8_t, 7 * 5 * 4> buffer;
  buffer.fill(0x5a);
  constexpr auto most = std::numeric_limits<uint32_t>::max();
  constexpr auto far = std::numeric_limits<uint64_t>::max();
  // (height - 1) * stride + row bytes wraps to something small for each of these.
  for (uint64_t stride : {far, far / 4 + 1, far / 2 + 1, far - 27})
    for (uint64_t capacity : {uint64_t{28}, uint64_t{buffer.size()}})
      CHECK_FALSE(copy_pixels(image, {0, 0, 7, 5}, {buffer.data(), 4, stride, capacity}));
  for (uint32_t channels : {0U, 1U, 2U, 5U, most})
    CHECK_FALSE(copy_pixels(image, {0, 0, 1, 1}, {buffer.data(), channels, 28, buffer.size()}));
  for (auto window : {PixelWindow{0, 0, 8, 1},
                      {0, 0, 1, 6},
                      {7, 0, 1, 1},
                      {0, 5, 1, 1},
                      {6, 0, most, 1},
                      {0, 4, 1, most},
                      {most, 0, 2, 1},
                      {0, 0, 0, 1},
                      {0, 0, 1, 0}})
    CHECK_FALSE(copy_pixels(image, window, {buffer.data(), 3, 28, buffer.size()}));
  CHECK_FALSE(copy_pixels(image, {0, 0, 7, 5}, {buffer.data(), 4, 28, buffer.size() - 1}));
  CHECK_FALSE(copy_pixels(image, {0, 0, 7, 5}, {buffer.data(), 4, 27, buffer.size()}));
  CHECK_FALSE(copy_pixels(image, {0, 0, 7, 5}, {nullptr, 4, 28, buffer.size()}));
  for (uint8_t byte : buffer) CHECK(byte == 0x5a);
  CHECK(copy_pixels(image, {0, 0, 7, 5}, {buffer.data(), 4, 28, buffer.size()}));
  CHECK(copy_pixels(image, {6, 4, 1, 1}, {buffer.data(), 3, far, 3}));  // there is no second row
  CHECK(buffer[0] == static_cast<uint8_t>(image.data[image.data.size() - 3]));
}
