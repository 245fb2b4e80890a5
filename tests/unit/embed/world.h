#pragma once
// A folder of pictures that are made here, and a library that is brought up to date with it by the plugins of this
// build.

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <map>

#include "embed/index_folders.h"
#include "image/codec.h"
#include "isolation.h"
#include "temporary_folder.h"

namespace kalon::test {

// A picture of which no two seeds look alike.
inline RgbImage picture(int width, int height, unsigned seed) {
  RgbImage image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      auto *pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<uint8_t>(x * 255 / width + static_cast<int>(seed) * 29);
      pixel[1] = static_cast<uint8_t>(y * 255 / height + static_cast<int>(seed) * 71);
      pixel[2] = static_cast<uint8_t>((x / 16 + y / 16) % 2 * 120 + static_cast<int>(seed) * 13);
    }
  return image;
}

inline std::string png(unsigned seed, int width = 96, int height = 64) {
  return std::string(text_of(encode_png(picture(width, height, seed))));
}
inline std::string jpeg(unsigned seed, int width = 96, int height = 64) {
  return std::string(text_of(encode_jpeg(picture(width, height, seed), 90)));
}

template <class Number>
std::string numbered(Number number) {
  return std::to_string(number) + ".png";
}

struct World {
  TemporaryFolder folder;
  std::string pictures = folder.make_folder("pictures");
  Registry registry{{KALON_PLUGIN_DIR}, trusting(KALON_PLUGIN_DIR)};
  std::shared_ptr<Library> library = Library::open(folder / "library");
  std::shared_ptr<ThumbnailCache> thumbnails = ThumbnailCache::open(*library);
  std::map<std::string, FileFate> fates;  // of the last run, by name
  std::map<std::string, Outcome> outcomes;

  std::string write(const std::string &name, const std::string &bytes) {
    return folder.write("pictures/" + name, bytes);
  }

  IndexReport index(IndexOptions options = {}) {
    if (options.roots.empty()) options.roots = {pictures};
    fates.clear();
    Task task;
    return index_folders(
        *library, *thumbnails, registry, options,
        [&](const FileRow &row, FileFate fate) {
          auto name = row.path.substr(std::min(row.path.size(), pictures.size() + 1));
          CHECK(fates.emplace(name, fate).second);  // told once
          outcomes[name] = row.outcome;
          // No transaction is open while the host is told: the writer is free.
          library->write();
        },
        task);
  }

  FileRow row(const std::string &name) {
    auto found = library->read().file_at(pictures + "/" + name);
    REQUIRE(found);
    return *found;
  }

  bool has_vector(const FileRow &file) {
    auto reader = library->read();
    auto spaces = reader.spaces();
    REQUIRE(spaces.size() == 1);
    return reader.has_vector(spaces[0].id, {file.picture, file.render});
  }

  std::vector<Succeeds> successions() {
    std::vector<Succeeds> all;
    library->read().scan_events([&](const Event &event) {
      if (const auto *body = std::get_if<Succeeds>(&event.body)) all.push_back(*body);
      return true;
    });
    return all;
  }
};

inline void set_time(const std::string &path, time_t seconds) {
  timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace kalon::test
