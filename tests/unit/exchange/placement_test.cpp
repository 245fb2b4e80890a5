#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "exchange/placement.h"
#include "unit/exchange/content.h"

using namespace kalon;
using namespace kalon::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::vector<std::string> sources;
  std::string target = folder / "out/deep/er";
  Task task;
  std::vector<Placement> recorded;

  Fixture() {
    fs::create_directory(folder / "in");
    for (const char *name : {"b.jpg", "a.png", "plain"})
      sources.push_back(folder.write(std::string("in/") + name, std::string("bytes of ") + name));
    struct timespec times[2] = {{1000000000, 5}, {1234567890, 123456789}};
    REQUIRE(utimensat(AT_FDCWD, sources[0].c_str(), times, 0) == 0);
  }

  PlacementResult place(const std::vector<Placement> &placements, LinkKind kind) {
    return place_files(
        target, placements, kind,
        [this](std::span<const Placement> chunk) { recorded.insert(recorded.end(), chunk.begin(), chunk.end()); },
        task);
  }
};

}  // namespace

TEST_CASE("numbered names fit, keep their extension and cut no character") {
  auto names = [](const std::vector<std::string> &sources) {
    std::vector<std::string> result;
    for (const auto &placement : numbered_placements(sources)) result.push_back(placement.name);
    return result;
  };
  CHECK(names({}).empty());
  CHECK(names({"/p/a.jpg", "/q/a.jpg", "/r/noext", "/.hidden"}) ==
        std::vector<std::string>{"1_a.jpg", "2_a.jpg", "3_noext", "4_.hidden"});
  std::vector<std::string> hundred(100, "/x.tar.gz");
  CHECK(names(hundred)[0] == "001_x.tar.gz");
  CHECK(names(hundred)[99] == "100_x.tar.gz");

  std::string euros, long_name = "/" + std::string(250, 'n') + ".jpeg";
  for (int i = 0; i < 83; ++i) euros += "€";
  auto cut =
      names({"/" + euros + ".jpg", long_name, "/" + std::string(251, '\xff') + ".jpg", "/a." + std::string(240, 'e')});
  for (const auto &name : cut) CHECK(name.size() <= 255);
  CHECK(cut[0].size() == 2 + 3 * 83 + 4);
  CHECK(cut[1].size() == 255);
  CHECK(cut[1].ends_with("n.jpeg"));
  CHECK(cut[2].size() == 255);
  CHECK(cut[2].ends_with("\xff.jpg"));
  CHECK(cut[3].starts_with("4_a.eee"));
  std::vector<std::string> many(1000, "/" + euros + "€.jpg");
  CHECK(valid_utf8(names(many)[999]));
  CHECK(names(many)[999].size() == 5 + 3 * 82 + 4);
}

TEST_CASE_METHOD(Fixture, "links and copies are made, recorded and taken back") {
  auto kind = GENERATE(LinkKind::hardlink, LinkKind::symlink, LinkKind::copy);
  auto placements = numbered_placements(sources);
  auto result = place(placements, kind);
  CHECK(result.done == 3);
  CHECK(result.failed.empty());
  CHECK(recorded.size() == 3);
  CHECK(task.done() == 3);
  CHECK(task.total() == 3);
  for (const auto &placement : placements) {
    auto path = target + "/" + placement.name;
    CHECK(content_of(path) == content_of(placement.source));
    auto made = look(path), source = look(placement.source);
    if (kind == LinkKind::symlink) {
      CHECK(fs::read_symlink(path) == placement.source);
    } else {
      CHECK((made.st_ino == source.st_ino) == (kind == LinkKind::hardlink));
      CHECK(made.st_mtim.tv_sec == source.st_mtim.tv_sec);
      CHECK(made.st_mtim.tv_nsec == source.st_mtim.tv_nsec);
      CHECK(made.st_mode == source.st_mode);
    }
  }
  // A full folder is refused and nothing in it changes.
  CHECK_THROWS_WITH(place(placements, kind), Catch::Contains(target));
  CHECK(recorded.size() == 3);

  auto removed = remove_placed(target, placements, task);
  CHECK(removed.done == 3);
  CHECK(removed.failed.empty());
  CHECK(fs::is_empty(target));
  for (const auto &source : sources) CHECK(fs::exists(source));
  fs::remove(target);
  CHECK_THROWS_WITH(remove_placed(target, placements, task), Catch::Contains(target));
}

TEST_CASE_METHOD(Fixture, "a copy larger than a chunk, an empty one, and a read-only source") {
  std::string large(3 * (1 << 20) + 17, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761u >> 13);
  sources = {folder.write("in/large", large), folder.write("in/empty", "")};
  REQUIRE(chmod(sources[0].c_str(), 0440) == 0);
  auto placements = numbered_placements(sources);
  CHECK(place(placements, LinkKind::copy).done == 2);
  CHECK(content_of(target + "/1_large") == large);
  CHECK((look(target + "/1_large").st_mode & 0777) == 0440);
  CHECK(look(target + "/2_empty").st_size == 0);
  CHECK(remove_placed(target, placements, task).done == 2);
}

TEST_CASE_METHOD(Fixture, "bad items fail alone") {
  auto kind = GENERATE(LinkKind::hardlink, LinkKind::symlink, LinkKind::copy);
  auto placements = numbered_placements(sources);
  fs::remove(sources[1]);
  placements.push_back({sources[0], "../outside"});
  placements.push_back({sources[0], ".."});
  placements.push_back({sources[0], ""});
  placements.push_back({sources[0], std::string(256, 'x')});
  placements.push_back({"relative.jpg", "x"});
  placements.push_back({folder / "in", "folder"});
  placements.push_back({sources[0], placements[0].name});  // taken by the first
  auto result = place(placements, kind);
  CHECK(result.done == 2);
  REQUIRE(result.failed.size() == 8);
  CHECK(result.failed[0].first.source == sources[1]);
  CHECK(result.failed[0].second.status == Status::not_found);
  for (size_t i = 1; i < 8; ++i) CHECK(result.failed[i].second.status == Status::invalid_argument);
  for (const auto &failure : result.failed) CHECK_FALSE(failure.second.text.empty());
  CHECK_FALSE(fs::exists(folder / "out/deep/outside"));
  CHECK(std::distance(fs::directory_iterator(target), {}) == 2);
  CHECK(task.done() == placements.size());
}

TEST_CASE_METHOD(Fixture, "what appears meanwhile is never overwritten") {
  auto kind = GENERATE(LinkKind::hardlink, LinkKind::symlink, LinkKind::copy);
  auto placements = numbered_placements(sources);
  auto result = place_files(
      target, placements, kind,
      [&](auto) {
        std::ofstream(target + "/1_b.jpg") << "a stranger";
        fs::create_symlink(folder / "nowhere", target + "/2_a.png");
      },
      task);
  CHECK(result.done == 1);
  CHECK(result.failed.size() == 2);
  CHECK(content_of(target + "/1_b.jpg") == "a stranger");
  CHECK_FALSE(fs::exists(folder / "nowhere"));
  auto removed = remove_placed(target, placements, task);
  CHECK(removed.done == 1);
  CHECK(removed.failed.size() == 2);
  CHECK(content_of(target + "/1_b.jpg") == "a stranger");
}

TEST_CASE_METHOD(Fixture, "folders that cannot be used") {
  auto file = folder.write("file", "x");
  CHECK_THROWS_AS(place_files(file, {}, LinkKind::copy, {}, task), Error);
  CHECK_THROWS_AS(place_files(file + "/sub", {}, LinkKind::copy, {}, task), Error);
  fs::create_directory(folder / "hidden");
  folder.write("hidden/.dot", "");
  CHECK_THROWS_AS(place_files(folder / "hidden", {}, LinkKind::copy, {}, task), Error);
  fs::create_directory(folder / "empty");
  fs::create_directory_symlink(folder / "empty", folder / "link");
  CHECK(place_files(folder / "link", numbered_placements(sources), LinkKind::hardlink, {}, task).done == 3);
}

TEST_CASE_METHOD(Fixture, "another file system gets symlinks for hardlinks") {
  FolderElsewhere elsewhere(folder);
  if (elsewhere.path().empty()) return;
  target = elsewhere.path() + "/out";
  auto placements = numbered_placements(sources);
  CHECK(place(placements, LinkKind::hardlink).done == 3);
  CHECK(fs::read_symlink(target + "/1_b.jpg") == sources[0]);
  CHECK(remove_placed(target, placements, task).done == 3);
  CHECK(place(placements, LinkKind::copy).done == 3);
  CHECK(content_of(target + "/1_b.jpg") == content_of(sources[0]));
  CHECK(remove_placed(target, placements, task).done == 3);
  CHECK(fs::is_empty(target));
}

TEST_CASE_METHOD(Fixture, "only what is provably ours is removed") {
  auto placements = numbered_placements(sources);
  auto left_after = [&] { return remove_placed(target, placements, task).failed.size(); };

  SECTION("a hardlink whose source is gone is the last copy") {
    place(placements, LinkKind::hardlink);
    fs::remove(sources[0]);
    CHECK(left_after() == 1);
    CHECK(content_of(target + "/1_b.jpg") == "bytes of b.jpg");
  }
  SECTION("a source that was replaced by a link to its own hardlink") {
    place(placements, LinkKind::hardlink);
    fs::remove(sources[0]);
    fs::create_symlink(target + "/1_b.jpg", sources[0]);
    CHECK(left_after() == 1);
    CHECK(content_of(target + "/1_b.jpg") == "bytes of b.jpg");
  }
  SECTION("a source that was rewritten: the hardlink holds the old bytes") {
    place(placements, LinkKind::hardlink);
    fs::remove(sources[0]);
    folder.write("in/b.jpg", "edited");
    CHECK(left_after() == 1);
    CHECK(content_of(target + "/1_b.jpg") == "bytes of b.jpg");
  }
  SECTION("a copy that was edited, with the same size") {
    place(placements, LinkKind::copy);
    std::ofstream(target + "/1_b.jpg") << "bytes of c.jpg";
    CHECK(left_after() == 1);
    CHECK(content_of(target + "/1_b.jpg") == "bytes of c.jpg");
  }
  SECTION("a copy whose source is gone") {
    place(placements, LinkKind::copy);
    fs::remove(sources[1]);
    CHECK(left_after() == 1);
    CHECK(content_of(target + "/2_a.png") == "bytes of a.png");
  }
  SECTION("a symlink that points elsewhere now; one whose source is gone goes") {
    place(placements, LinkKind::symlink);
    fs::remove(target + "/1_b.jpg");
    fs::create_symlink(sources[0] + "x", target + "/1_b.jpg");
    fs::remove(sources[1]);
    CHECK(left_after() == 1);
    CHECK(fs::is_symlink(target + "/1_b.jpg"));
    CHECK_FALSE(fs::is_symlink(target + "/2_a.png"));
  }
  SECTION("a folder in a file's place, a stranger beside them") {
    place(placements, LinkKind::hardlink);
    fs::remove(target + "/1_b.jpg");
    fs::create_directory(target + "/1_b.jpg");
    std::ofstream(target + "/mine") << "x";
    CHECK(left_after() == 1);
    CHECK(fs::is_directory(target + "/1_b.jpg"));
    CHECK(fs::exists(target + "/mine"));
  }
  SECTION("names that lead out of the folder") {
    place(placements, LinkKind::hardlink);
    placements.push_back({sources[0], "../../../in/b.jpg"});
    CHECK(left_after() == 1);
    CHECK(fs::exists(sources[0]));
  }
}

TEST_CASE_METHOD(Fixture, "a cancellation stops between items, with everything made known before") {
  std::vector<std::string> many;
  for (int i = 0; i < 600; ++i) many.push_back(sources[0]);
  auto placements = numbered_placements(many);
  size_t known = 0;
  auto record = [&](std::span<const Placement> chunk) {
    known += chunk.size();
    if (known > 300) task.cancel();
  };
  try {
    place_files(target, placements, LinkKind::hardlink, record, task);
    FAIL("was not cancelled");
  } catch (const Error &error) {
    CHECK(error.status() == Status::cancelled);
  }
  auto made = static_cast<size_t>(std::distance(fs::directory_iterator(target), {}));
  CHECK(made > 0);
  CHECK(made <= known);
  CHECK(known < placements.size());
  Task fresh;
  CHECK(remove_placed(target, placements, fresh).done == made);
  CHECK(fs::is_empty(target));
}

TEST_CASE_METHOD(Fixture, "names that are not UTF-8 are names like others") {
  auto source = folder.write("in/\xff\xfe\x80.jpg", "odd");
  auto placements = numbered_placements({source});
  CHECK(place(placements, LinkKind::symlink).done == 1);
  CHECK(content_of(target + "/1_\xff\xfe\x80.jpg") == "odd");
  CHECK(remove_placed(target, placements, task).done == 1);
}

TEST_CASE_METHOD(Fixture, "folders inside the folder", "[placement]") {
  std::vector<Placement> placements = {{sources[0], "1_b/1_b.jpg"},
                                       {sources[1], "1_b/2_a.png"},
                                       {sources[2], "2_plain/1_plain"},
                                       {sources[0], "top.jpg"}};
  auto kind = GENERATE(LinkKind::hardlink, LinkKind::symlink, LinkKind::copy);
  CHECK(place(placements, kind).done == 4);
  CHECK(content_of(target + "/1_b/2_a.png") == "bytes of a.png");
  CHECK(content_of(target + "/2_plain/1_plain") == "bytes of plain");
  SECTION("all is taken back") {
    CHECK(remove_placed(target, placements, task).done == 4);
    CHECK(fs::is_empty(target));
  }
  SECTION("what is a person's own stays, and the folder around it") {
    std::ofstream(target + "/1_b/mine") << "x";
    CHECK(remove_placed(target, placements, task).done == 4);
    CHECK(content_of(target + "/1_b/mine") == "x");
    CHECK_FALSE(fs::exists(target + "/2_plain"));
  }
  SECTION("an inner folder that is gone already") {
    fs::remove_all(target + "/1_b");
    auto removed = remove_placed(target, placements, task);
    CHECK(removed.done == 2);
    CHECK(removed.failed.empty());
    CHECK(fs::is_empty(target));
  }
  SECTION("an inner folder that was replaced by a link to another place") {
    fs::remove_all(target + "/1_b");
    fs::create_directory(folder / "elsewhere");
    for (const auto &placement : placements)
      if (placement.name.starts_with("1_b/"))
        fs::create_hard_link(placement.source, folder / ("elsewhere" + placement.name.substr(3)));
    fs::create_directory_symlink(folder / "elsewhere", target + "/1_b");
    auto removed = remove_placed(target, placements, task);
    CHECK(removed.done == 2);
    CHECK(removed.failed.size() == 2);
    CHECK(std::distance(fs::directory_iterator(folder / "elsewhere"), {}) == 2);
  }
}

TEST_CASE_METHOD(Fixture, "names that are none of an inner folder", "[placement]") {
  std::vector<Placement> placements = {{sources[0], "good/1.jpg"}};
  for (const char *name : {"../1.jpg", "a/../1.jpg", "a/b/1.jpg", "/1.jpg", "a/", "./1.jpg", "a//1.jpg"})
    placements.push_back({sources[0], name});
  auto result = place(placements, LinkKind::hardlink);
  CHECK(result.done == 1);
  CHECK(result.failed.size() == placements.size() - 1);
  CHECK(std::distance(fs::directory_iterator(target), {}) == 1);
  CHECK(remove_placed(target, placements, task).done == 1);
  CHECK(fs::is_empty(target));
  CHECK(fs::exists(sources[0]));
}

TEST_CASE_METHOD(Fixture, "folders that were made are known, and go when they are empty") {
  auto deep = folder / "new/and/deep";
  auto missing = missing_folders(deep);
  CHECK(missing == std::vector<std::string>{folder / "new", folder / "new/and", deep});
  CHECK(missing_folders(folder.path()).empty());
  fs::create_directories(deep);
  CHECK(missing_folders(deep).empty());
  folder.write("new/mine", "x");
  remove_empty_folders(missing);
  CHECK_FALSE(fs::exists(folder / "new/and"));
  CHECK(fs::exists(folder / "new/mine"));
}
