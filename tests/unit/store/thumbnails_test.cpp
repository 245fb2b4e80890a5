// The cache of thumbnails: what was put comes back; whatever happens to its files, the library is untouched.
#include <catch2/catch.hpp>

#include <fstream>

#include "base/log.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

Thumbnail thumbnail(uint64_t number, ThumbnailSize size, size_t bytes) {
  Thumbnail made{vector_key(number), size, {}};
  for (size_t i = 0; i < bytes; ++i) made.jpeg.push_back(static_cast<uint8_t>(i * number));
  return made;
}

}  // namespace

TEST_CASE("thumbnails come back by picture, render and size", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  auto cache = ThumbnailCache::open(*library);
  std::vector<Thumbnail> all = {thumbnail(1, ThumbnailSize::small, 9000), thumbnail(1, ThumbnailSize::large, 30000),
                                thumbnail(2, ThumbnailSize::small, 100)};
  cache->put(all);
  for (const Thumbnail &one : all) {
    CHECK(cache->has(one.key, one.size));
    CHECK(cache->get(one.key, one.size) == one.jpeg);
  }
  CHECK_FALSE(cache->has(vector_key(2), ThumbnailSize::large));
  CHECK(cache->get(vector_key(3), ThumbnailSize::small).empty());
  CHECK_FALSE(cache->has({vector_key(1).picture, vector_key(2).render}, ThumbnailSize::small));
  auto replaced = thumbnail(2, ThumbnailSize::small, 200);
  ThumbnailCache::open(*library)->put({&replaced, 1});
  CHECK(cache->get(replaced.key, replaced.size).size() == 200);
  CHECK(std::filesystem::exists(folder / "library/cache/thumbnails"));
}

TEST_CASE("a cache that is gone or damaged is made anew", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  auto one = thumbnail(1, ThumbnailSize::small, 5000);
  std::string file = folder / "library/cache/thumbnails/data.mdb";
  auto damage = GENERATE(0, 1, 2);
  {
    auto cache = ThumbnailCache::open(*library);
    cache->put({&one, 1});
  }
  if (damage == 0) std::filesystem::remove_all(folder / "library/cache");
  if (damage == 1) std::ofstream(file) << std::string(30000, 'x');
  if (damage == 2) std::filesystem::resize_file(file, 2 * 4096);
  auto cache = ThumbnailCache::open(*library);
  CHECK_FALSE(cache->has(one.key, one.size));
  cache->put({&one, 1});
  CHECK(cache->get(one.key, one.size) == one.jpeg);
  CHECK(library->check().empty());
}

TEST_CASE("a library opened for reading only reads its cache", "[store]") {
  TemporaryFolder folder;
  Library::open(folder / "library");
  OpenOptions reading;
  reading.access = Access::read;
  auto library = Library::open(folder / "library", reading);
  auto none = ThumbnailCache::open(*library);
  CHECK_FALSE(none->has(vector_key(1), ThumbnailSize::small));
  CHECK_FALSE(std::filesystem::exists(folder / "library/cache"));
  auto one = thumbnail(1, ThumbnailSize::small, 5000);
  CHECK(status_of([&] { none->put({&one, 1}); }) == Status::read_only);
  ThumbnailCache::open(*Library::open(folder / "library"))->put({&one, 1});
  CHECK(ThumbnailCache::open(*library)->get(one.key, one.size) == one.jpeg);
}

TEST_CASE("where no cache can be made, the library works without", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::ofstream(folder / "library/cache").close();  // a file where the folder should be
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  auto cache = ThumbnailCache::open(*library);
  set_log_sink({});
  CHECK(said.find("there is no cache of thumbnails") != std::string::npos);
  auto one = thumbnail(1, ThumbnailSize::small, 50);
  CHECK_FALSE(cache->has(one.key, one.size));
  CHECK(status_of([&] { cache->put({&one, 1}); }) == Status::io);
  CHECK(library->check().empty());
}
