// A library for the benchmark of the viewer: bench_viewer FOLDER PICTURES COUNT makes COUNT small JPEG files below
// PICTURES (copies of 64 pictures, each with an id of its own in the library) and a library in FOLDER that knows them,
// with their thumbnails.
#include <sys/stat.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "image/codec.h"
#include "image/pixels.h"
#include "store/library.h"

namespace {

using namespace kalon;

constexpr int variants = 64, batch = 500;

// Bands of colour with a turning direction, so that neighbours can be told apart with the eye.
RgbImage drawn(int variant, int width, int height) {
  RgbImage image(width, height);
  double angle = variant * 0.37, pitch = 9.0 / width;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double wave = std::sin((x * std::cos(angle) + y * std::sin(angle)) * pitch + variant);
      for (int channel = 0; channel < 3; ++channel)
        image.row(y)[x * 3 + channel] =
            static_cast<uint8_t>(128 + 90 * std::sin(variant * 0.7 + channel * 2.1) + 30 * wave);
    }
  return image;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  std::filesystem::path pictures = std::filesystem::absolute(argv[2]);
  auto count = std::strtoull(argv[3], nullptr, 10);
  std::vector<Bytes> files, small, large;
  for (int variant = 0; variant < variants; ++variant) {
    files.push_back(encode_jpeg(drawn(variant, 600, 400), 80));
    small.push_back(encode_jpeg(drawn(variant, 256, 171), 80));
    large.push_back(encode_jpeg(drawn(variant, 512, 341), 80));
  }
  OpenOptions options;
  options.access = Access::write;
  auto library = Library::open(std::filesystem::absolute(argv[1]).native(), options);
  auto thumbnails = ThumbnailCache::open(*library);
  for (uint64_t begin = 0; begin < count; begin += batch) {
    std::vector<Thumbnail> made;
    auto writer = library->write();
    for (uint64_t number = begin; number < std::min<uint64_t>(count, begin + batch); ++number) {
      char name[64];
      std::snprintf(name, sizeof name, "%03u/IMG_%06u.jpg", static_cast<unsigned>(number / 1000),
                    static_cast<unsigned>(number));
      auto path = pictures / name;
      std::filesystem::create_directories(path.parent_path());
      const auto &bytes = files[number % variants];
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
      FileRow row;
      row.path = path.native();
      row.stat = stat_file(row.path);
      row.outcome = Outcome{};
      row.picture = hash_of(std::to_string(number));
      row.render = hash_of(std::string("render"));
      row.file_hash = row.picture;
      row.photo = row.picture;
      row.format = "jpeg";
      row.width = 600;
      row.height = 400;
      row.capture_time = int64_t{1'700'000'000'000'000} + static_cast<int64_t>(number) * 60'000'000;
      row.indexed_time = row.capture_time;
      row.attributes = {{"camera", number % 3 ? "Made up 5" : "Made up 7"},
                        {"iso", std::to_string(100 << (number % 6))}};
      writer.put_file(row);
      made.push_back({{row.picture, row.render}, ThumbnailSize::small, small[number % variants]});
      if (number < 2000) made.push_back({{row.picture, row.render}, ThumbnailSize::large, large[number % variants]});
    }
    writer.commit();
    thumbnails->put(made);
  }
  return 0;
}
