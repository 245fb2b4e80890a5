#include "support.h"

#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

void put_file(const std::string &path, kalon::ByteView bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  REQUIRE(stream.good());
}

kalon::Bytes get_file(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  INFO(path);
  REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void run_python(const TemporaryFolder &folder, const std::string &script) {
  put_file(folder / "oracle.py", kalon::bytes_of(script));
  const std::string command = "cd '" + folder.path() + "' && /usr/bin/python3 oracle.py > oracle.log 2>&1";
  const int status = std::system(command.c_str());
  const kalon::Bytes log = get_file(folder / "oracle.log");
  INFO(kalon::text_of(log));
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
}

kalon::RgbImage test_picture(int width, int height, uint32_t seed, int noise) {
  std::mt19937 random(seed);
  kalon::RgbImage image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int base[3] = {x * 255 / std::max(width - 1, 1), y * 255 / std::max(height - 1, 1), (x + y) % 256};
      for (int c = 0; c < 3; ++c) {
        const int shift = noise == 0 ? 0 : static_cast<int>(random() % static_cast<uint32_t>(noise + 1)) - noise / 2;
        image.row(y)[3 * x + c] = static_cast<uint8_t>(std::clamp(base[c] + shift, 0, 255));
      }
    }
  return image;
}

int largest_difference(kalon::ByteView a, kalon::ByteView b) {
  if (a.size() != b.size()) return 256;
  int largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}
