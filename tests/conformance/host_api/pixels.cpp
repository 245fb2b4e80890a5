// A program of others that asks for pixels, for pixels_test.py: a command a line on standard input, an answer a line on
// standard output. Arguments: the engine, a folder for the library, and how it is opened: "read", "write" or "none".
//   index FOLDER                      takes a folder in
//   decode SIDE FLAGS OUT URI         "ok WIDTH HEIGHT FULL_WIDTH FULL_HEIGHT cache|file", the pixels as RGB in OUT; or
//                                     "STATUS TEXT"
//   rectangles URI                    copies good and bad rectangles
//   threads COUNT SIDE URI...         decodes all of them in each thread; all must give the same
#include <kalon/kalon.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <thread>

using namespace kalon::host;

#define CHECK(condition) \
  ((condition) ? void() : (std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), std::exit(1)))

namespace {

struct World {
  Engine engine;
  std::unique_ptr<Library> library;
};

std::vector<uint8_t> rgb_of(const Picture &picture) {
  std::vector<uint8_t> pixels(size_t{3} * picture.width() * picture.height());
  picture.copy(0, 0, picture.width(), picture.height(), 3, pixels.data(), uint64_t{3} * picture.width(), pixels.size());
  return pixels;
}

std::string decode(const World &world, std::istream &words) {
  uint32_t side = 0, flags = 0;
  std::string out, uri;
  words >> side >> flags >> out >> uri;
  try {
    Picture picture(world.engine, world.library.get(), uri, side, flags);
    auto pixels = rgb_of(picture);
    std::ofstream(out, std::ios::binary)
        .write(reinterpret_cast<const char *>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
    std::ostringstream answer;
    answer << "ok " << picture.width() << ' ' << picture.height() << ' ' << picture.full_width() << ' '
           << picture.full_height() << ' ' << (picture.from_cache() ? "cache" : "file");
    return answer.str();
  } catch (const Failure &failure) {
    return world.engine.status_name(failure.status()) + ' ' + failure.what();
  }
}

kalon_status refused(const Picture &picture, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t channels,
                     uint64_t stride, uint64_t capacity) {
  std::vector<uint8_t> buffer(static_cast<size_t>(std::min<uint64_t>(capacity, 1'000'000)), 0x5a);
  try {
    picture.copy(x, y, width, height, channels, buffer.data(), stride, capacity);
  } catch (const Failure &failure) {
    for (uint8_t byte : buffer) CHECK(byte == 0x5a);  // nothing was written
    return failure.status();
  }
  return KALON_OK;
}

std::string rectangles(const World &world, const std::string &uri) {
  Picture picture(world.engine, world.library.get(), uri, 0);
  const auto whole = rgb_of(picture);
  const uint32_t width = picture.width(), height = picture.height();
  const auto rgba = picture.rgba();
  CHECK(rgba.size() == size_t{4} * width * height);
  for (size_t i = 0; i < rgba.size(); ++i) CHECK(rgba[i] == (i % 4 == 3 ? 255 : whole[i / 4 * 3 + i % 4]));
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto x = static_cast<uint32_t>(random() % width), y = static_cast<uint32_t>(random() % height);
    const auto w = static_cast<uint32_t>(1 + random() % (width - x)),
               h = static_cast<uint32_t>(1 + random() % (height - y));
    const uint32_t channels = 3 + random() % 2;
    const size_t stride = size_t{w} * channels + random() % 9, bytes = stride * (h - 1) + size_t{w} * channels;
    std::vector<uint8_t> copied(bytes, 0x5a);  // not a byte more than needed
    picture.copy(x, y, w, h, channels, copied.data(), stride, bytes);
    for (size_t row = 0; row < h; ++row)
      for (size_t at = 0; at < stride && row * stride + at < bytes; ++at) {
        const size_t column = at / channels, channel = at % channels;
        const uint8_t value = copied[row * stride + at];
        if (column >= w)
          CHECK(value == 0x5a);  // between rows
        else
          CHECK(value == (channel == 3 ? 255 : whole[((y + row) * width + x + column) * 3 + channel]));
      }
  }
  constexpr uint32_t far = ~uint32_t{0};
  constexpr uint64_t huge = ~uint64_t{0};
  const uint64_t row = uint64_t{4} * width, all = row * height;
  CHECK(refused(picture, 0, 0, width, height, 4, row, all) == KALON_OK);
  for (auto [x, y, w, h] : {std::array<uint32_t, 4>{0, 0, 0, 1},
                            {0, 0, 1, 0},
                            {1, 0, width, 1},
                            {0, 1, 1, height},
                            {width, 0, 1, 1},
                            {0, height, 1, 1},
                            {far, 0, 1, 1},
                            {1, 0, far, 1},
                            {0, 1, 1, far},
                            {far, far, far, far},
                            {2, 2, far - 1, far - 1}})
    CHECK(refused(picture, x, y, w, h, 4, row, all) == KALON_INVALID_ARGUMENT);
  for (uint32_t channels : {0U, 1U, 2U, 5U, far})
    CHECK(refused(picture, 0, 0, 1, 1, channels, row, all) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, height, 4, row - 1, all) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, height, 4, 0, all) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, height, 4, row, all - 1) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, height, 4, row, 0) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, height, 4, huge, all) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, height, 4, huge / 2 + 1, all) == KALON_INVALID_ARGUMENT);
  CHECK(refused(picture, 0, 0, width, 1, 4, huge, row) == KALON_OK);  // there is no second row
  const auto *table = world.engine.pictures;
  CHECK(table->copy(nullptr, 0, 0, 1, 1, 4, const_cast<uint8_t *>(rgba.data()), 4, 4) == KALON_INVALID_ARGUMENT);
  table->close(nullptr);
  try {
    picture.copy(0, 0, 1, 1, 4, nullptr, 4, 4);
    CHECK(false);
  } catch (const Failure &failure) {
    CHECK(failure.status() == KALON_INVALID_ARGUMENT);
  }
  return "ok";
}

std::string threads(const World &world, std::istream &words) {
  size_t count = 0;
  uint32_t side = 0;
  words >> count >> side;
  std::vector<std::string> uris;
  for (std::string uri; words >> uri;) uris.push_back(uri);
  auto one = [&](const std::string &uri) {
    try {
      return rgb_of(Picture(world.engine, world.library.get(), uri, side));
    } catch (const Failure &failure) {
      std::string text = failure.what();
      return std::vector<uint8_t>(text.begin(), text.end());
    }
  };
  std::vector<std::vector<uint8_t>> expected;
  for (const auto &uri : uris) expected.push_back(one(uri));
  std::vector<std::thread> running;
  for (size_t i = 0; i < count; ++i)
    running.emplace_back([&, i] {
      for (size_t k = 0; k < uris.size(); ++k) {
        size_t at = (k + i) % uris.size();
        CHECK(one(uris[at]) == expected[at]);
      }
    });
  for (auto &thread : running) thread.join();
  return "ok";
}

}  // namespace

int main(int count, char **arguments) {
  CHECK(count == 4);
  World world{Engine::load(arguments[1], "pixels", "1.0"), nullptr};
  world.engine.configure(R"({"threads":2})");
  const std::string access = arguments[3];
  if (access != "none") world.library = std::make_unique<Library>(world.engine, arguments[2], access == "write");
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, argument;
    words >> command;
    if (command == "index") {
      std::getline(words >> std::ws, argument);
      auto done = run(world.engine, *world.library, "index", R"({"paths":[)" + json_string(argument) + "]}");
      std::cout << "ok " << done.summary << std::endl;
    } else if (command == "decode") {
      std::cout << decode(world, words) << std::endl;
    } else if (command == "rectangles") {
      words >> argument;
      std::cout << rectangles(world, argument) << std::endl;
    } else {
      CHECK(command == "threads");
      std::cout << threads(world, words) << std::endl;
    }
  }
}
