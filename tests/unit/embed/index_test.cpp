// The pipeline from folders to the library, with the plugins of this build. Pictures are made here; what the rows must
// say is known from how they were made.
#include <catch2/catch.hpp>

#include <set>

#include "base/threads.h"
#include "image/payload.h"
#include "unit/embed/world.h"

using namespace kalon;
using namespace kalon::test;

TEST_CASE("a folder comes into the library, once", "[embed]") {
  World world;
  world.write("a.png", png(1, 700, 300));
  world.write("deep/b.jpg", jpeg(2, 50, 80));
  world.write("c.txt", "no picture");
  auto report = world.index();
  CHECK(report.found == 2);
  CHECK(report.embedded == 2);
  CHECK(report.failed == 0);
  CHECK(report.unsupported == 1);
  CHECK(world.fates ==
        std::map<std::string, FileFate>{{"a.png", FileFate::embedded}, {"deep/b.jpg", FileFate::embedded}});

  auto a = world.row("a.png");
  CHECK(a.outcome.ok());
  CHECK(a.format == "png");
  CHECK(a.width == 700);
  CHECK(a.height == 300);
  CHECK(a.picture == identify(bytes_of(png(1, 700, 300))).picture);
  CHECK(a.file_hash == hash_of(png(1, 700, 300)));
  CHECK(a.photo == a.picture);
  CHECK(world.has_vector(a));
  auto large = decode_jpeg(world.thumbnails->get({a.picture, a.render}, ThumbnailSize::large));
  auto small = decode_jpeg(world.thumbnails->get({a.picture, a.render}, ThumbnailSize::small));
  CHECK(std::pair(large.width, large.height) == std::pair(512, 219));  // 300 * 512 / 700 = 219.4
  CHECK(std::pair(small.width, small.height) == std::pair(256, 110));  // 219 * 256 / 512 = 109.5

  auto again = world.index();
  CHECK(again.unchanged == 2);
  CHECK(again.embedded + again.reused + again.failed + again.vanished == 0);
  CHECK(world.fates.empty());
}

TEST_CASE("a vector is of unit length and does not depend on its batch or the threads", "[embed]") {
  auto vectors = [](int threads) {
    int before = thread_budget();
    set_thread_budget(threads);
    World world;
    for (unsigned i = 0; i < 30; ++i) world.write(numbered(i), png(i));
    world.index();
    set_thread_budget(before);
    auto reader = world.library->read();
    auto space = reader.spaces().at(0);
    std::map<Hash128, std::vector<float>> found;
    reader.scan_vectors(space.id, [&](std::span<const VectorKey> keys, const float *rows) {
      for (size_t i = 0; i < keys.size(); ++i)
        found[keys[i].picture].assign(rows + i * space.key.dimension, rows + (i + 1) * space.key.dimension);
    });
    return found;
  };
  auto one = vectors(1), three = vectors(3);
  CHECK(one.size() == 30);
  CHECK(one == three);
  std::set<std::vector<float>> different;
  for (const auto &[picture, values] : one) {
    different.insert(values);
    double norm = 0;
    for (float value : values) norm += double{value} * value;
    CHECK(norm == Approx(1).margin(1e-5));  // float32 sums of some hundred squares
  }
  CHECK(different.size() == 30);
}

TEST_CASE("changed bytes are embedded again and succeed the old ones", "[embed]") {
  World world;
  world.write("a.png", png(1));
  world.index();
  auto before = world.row("a.png");
  world.write("a.png", png(2));
  CHECK(world.index().embedded == 1);
  auto after = world.row("a.png");
  CHECK(after.id == before.id);
  CHECK(after.picture != before.picture);
  REQUIRE(world.successions().size() == 1);
  CHECK(world.successions()[0].picture == after.picture);
  CHECK(world.successions()[0].predecessor == before.picture);
}

TEST_CASE("a file that fails for a while keeps its lineage", "[embed]") {
  World world;
  auto path = world.write("a.png", png(1));
  world.index();
  auto before = world.row("a.png");
  // As an editor that is still writing leaves it.
  world.write("a.png", png(2).substr(0, 200));
  set_time(path, 1000);
  CHECK(world.index().failed == 1);
  CHECK(world.row("a.png").picture.none());
  CHECK(world.row("a.png").last_picture == before.picture);
  world.write("a.png", png(2));
  set_time(path, 2000);
  CHECK(world.index().embedded == 1);
  REQUIRE(world.successions().size() == 1);
  CHECK(world.successions()[0].predecessor == before.picture);
  CHECK(world.successions()[0].picture == world.row("a.png").picture);
}

TEST_CASE("a file that moved out of the folders that are indexed has left its old place", "[embed]") {
  World world;
  auto old = world.write("a.png", png(1));
  world.index();
  auto elsewhere = world.folder.make_folder("elsewhere");
  std::filesystem::rename(old, elsewhere + "/b.png");
  IndexOptions options;
  options.roots = {elsewhere};
  auto report = world.index(options);
  CHECK(report.reused == 1);
  CHECK(report.vanished == 1);
  CHECK(world.row("a.png").vanished);
}

TEST_CASE("a touched file is read again and stays what it is", "[embed]") {
  World world;
  auto path = world.write("a.png", png(1));
  world.index();
  set_time(path, 1000000000);
  auto report = world.index();
  CHECK(report.reused == 1);
  CHECK(world.successions().empty());
  CHECK(world.row("a.png").stat.mtime_ns == 1000000000000000000);
  CHECK(world.index().unchanged == 1);
}

TEST_CASE("moved and copied pictures are not embedded again", "[embed]") {
  World world;
  world.write("a.png", png(1));
  world.index();
  std::filesystem::rename(world.pictures + "/a.png", world.pictures + "/b.png");
  world.write("copy.png", png(1));
  auto report = world.index();
  CHECK(report.embedded == 0);
  CHECK(report.reused == 2);
  CHECK(report.vanished == 1);
  CHECK(world.row("a.png").vanished);
  CHECK(world.row("b.png").picture == world.row("copy.png").picture);
  // It comes back as it was.
  std::filesystem::rename(world.pictures + "/b.png", world.pictures + "/a.png");
  report = world.index();
  CHECK(report.unchanged == 2);
  CHECK(report.vanished == 1);
  CHECK_FALSE(world.row("a.png").vanished);
}

TEST_CASE("copies of one picture within a run are decoded once", "[embed]") {
  World world;
  for (int i = 0; i < 40; ++i) world.write(numbered(i), png(static_cast<unsigned>(i % 4)));
  auto report = world.index();
  CHECK(report.embedded == 4);
  CHECK(report.reused == 36);
}

TEST_CASE("a file that was not met but is there has not vanished", "[embed]") {
  World world;
  world.folder.write("elsewhere/x.png", png(1));
  world.folder.link("pictures/link", "../elsewhere");
  world.write("a.dat", png(2));
  world.write("sorted/b.png", png(3));
  IndexOptions options;
  options.roots = {world.pictures, world.pictures + "/a.dat"};
  options.follow_links = true;
  CHECK(world.index(options).embedded == 3);
  world.write("sorted/.kalon-result", "");
  auto report =
      world.index();  // without the links, without naming the odd one, and with a folder that is now passed over
  CHECK(report.vanished == 0);
  for (const char *name : {"link/x.png", "a.dat", "sorted/b.png"}) CHECK_FALSE(world.row(name).vanished);
  std::filesystem::remove(world.folder / "elsewhere/x.png");
  CHECK(world.index().vanished == 1);
  CHECK(world.row("link/x.png").vanished);
  CHECK(world.index().vanished == 0);  // told once
}

TEST_CASE("bad files fail alone, with a row that says why and nothing else", "[embed]") {
  World world;
  auto good = png(1);
  world.write("a.png", good);
  world.write("cut.png", good.substr(0, good.size() / 2));
  world.write("empty.jpg", "");
  world.write("text.jpg", "this is no picture at all");
  world.write("z.png", png(2));
  auto report = world.index();
  CHECK(report.embedded == 2);
  CHECK(report.failed == 3);
  for (const char *name : {"cut.png", "empty.jpg", "text.jpg"}) {
    CAPTURE(name, world.outcomes[name].text);
    CHECK(world.fates[name] == FileFate::failed);
    CHECK(world.outcomes[name].text.find(world.pictures) == std::string::npos);
    auto row = world.row(name);
    CHECK_FALSE(row.outcome.ok());
    CHECK(row.picture.none());
    CHECK(row.photo.none());
    CHECK(row.format.empty());
    CHECK(row.width == 0);
    CHECK(row.attributes.empty());
  }
  CHECK(world.row("empty.jpg").outcome.status == Status::corrupt_data);
  // Told again, not tried again, until that is asked for or the file changes.
  report = world.index();
  CHECK(report.failed == 3);
  CHECK(report.unchanged == 2);
  IndexOptions retry;
  retry.retry_failed = true;
  CHECK(world.index(retry).failed == 3);
  world.write("cut.png", good);
  report = world.index();
  CHECK(report.failed == 2);
  CHECK(report.reused == 1);
}

TEST_CASE("copies of a broken picture fail like it", "[embed]") {
  World world;
  auto broken = png(1, 600, 600);
  broken.resize(broken.size() * 2 / 3);
  for (const char *name : {"a.png", "b.png", "c.png"}) world.write(name, broken);
  CHECK(world.index().failed == 3);
  for (const char *name : {"a.png", "b.png", "c.png"}) CHECK(world.row(name).picture.none());
}

TEST_CASE("thumbnails that were thrown away are made again", "[embed]") {
  World world;
  world.write("a.png", png(1));
  world.index();
  auto row = world.row("a.png");
  world.thumbnails.reset();
  std::filesystem::remove_all(world.library->folder() + "/cache");
  world.thumbnails = ThumbnailCache::open(*world.library);
  REQUIRE_FALSE(world.thumbnails->has({row.picture, row.render}, ThumbnailSize::small));
  CHECK(world.index().reused == 1);
  CHECK(world.thumbnails->has({row.picture, row.render}, ThumbnailSize::small));
  CHECK(world.thumbnails->has({row.picture, row.render}, ThumbnailSize::large));
  CHECK(world.index().unchanged == 1);
}

TEST_CASE("a changed sidecar is read, and the picture not embedded again", "[embed]") {
  World world;
  world.write("a.jpg", jpeg(1));
  world.index();
  CHECK(world.row("a.jpg").attributes.empty());
  auto sidecar = world.write("a.txt", "a quiet lake");
  CHECK(world.index().reused == 1);
  auto attributes = world.row("a.jpg").attributes;
  REQUIRE(attributes.size() == 1);
  CHECK(attributes[0].name == "caption");
  CHECK(attributes[0].value == "a quiet lake");
  std::filesystem::remove(sidecar);
  CHECK(world.index().reused == 1);
  CHECK(world.row("a.jpg").attributes.empty());
}

TEST_CASE("a cancelled run keeps what it has and says so", "[embed]") {
  World world;
  for (int i = 0; i < 300; ++i) world.write(numbered(i), png(static_cast<unsigned>(i), 20, 20));
  IndexOptions options;
  options.roots = {world.pictures};
  Task task;
  std::set<std::string> told;
  try {
    index_folders(
        *world.library, *world.thumbnails, world.registry, options,
        [&](const FileRow &row, FileFate) {
          told.insert(row.path);
          task.cancel();
        },
        task);
    // Everything may have been in one batch already when the first row was told.
    CHECK(told.size() == 300);
  } catch (const Error &error) {
    CHECK(error.status() == Status::cancelled);
  }
  for (const auto &path : told) CHECK(world.library->read().file_at(path));
  auto report = world.index();
  CHECK(report.found == 300);
  CHECK(report.failed == 0);
  CHECK(report.embedded + report.reused + report.unchanged == 300);
  CHECK(world.library->read().file_count() == 300);
}

TEST_CASE("a model that is not there is named before anything is read", "[embed]") {
  World world;
  world.write("a.png", png(1));
  IndexOptions options;
  options.model = "nobody";
  try {
    world.index(options);
    FAIL("nothing was thrown");
  } catch (const Error &error) {
    CHECK(error.status() == Status::not_found);
    CHECK(error.message().find("descriptor") != std::string::npos);
  }
  options.model.clear();
  options.crop = "round";
  CHECK_THROWS_AS(world.index(options), Error);
  CHECK(world.library->read().file_count() == 0);
}
