// The trash as the FreeDesktop.org Trash specification 1.0 describes it; what a .trashinfo must hold is taken from
// there.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "exchange/folder.h"
#include "exchange/trash.h"
#include "ordinary_user.h"
#include "unit/exchange/content.h"

using namespace kalon;
using namespace kalon::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string home = folder / "data/Trash";
  Trash trash{home};

  std::string trashed(const std::string &path) {
    auto place = trash.place_for(path);
    move_to_trash(path, place, 1700000000000000);
    return place;
  }
  size_t entries(const std::string &path) const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), {}));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a file goes to the trash, and comes back", "[trash]") {
  auto path = folder.write("pictures/a b%\xc3\xa9\xff.jpg", "bytes");
  struct timespec times[2] = {{1, 0}, {1234567890, 123456789}};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  auto before = look(path);
  auto place = trashed(path);
  CHECK(place == home + "/files/a b%\xc3\xa9\xff.jpg");
  CHECK_FALSE(fs::exists(path));
  CHECK(content_of(place) == "bytes");
  auto info = content_of(home + "/info/a b%\xc3\xa9\xff.jpg.trashinfo");
  CHECK(info.starts_with("[Trash Info]\nPath=" + folder.path() +
                         "/pictures/a%20b%25%C3%A9%FF.jpg\nDeletionDate=2023-11-"));
  for (const char *made : {"", "/files", "/info"}) CHECK((look(home + made).st_mode & 07777) == 0700);

  CHECK(move_from_trash(path, place, mtime_of(before)));
  auto after = look(path);
  CHECK(content_of(path) == "bytes");
  CHECK(after.st_ino == before.st_ino);
  CHECK(mtime_of(after) == mtime_of(before));
  CHECK(after.st_mode == before.st_mode);
  CHECK(entries(home + "/files") == 0);
  CHECK(entries(home + "/info") == 0);
  // Once more is nothing.
  CHECK_FALSE(move_from_trash(path, place, mtime_of(before)));
}

TEST_CASE_METHOD(Fixture, "files of one name get places of their own", "[trash]") {
  std::vector<std::string> paths, places;
  for (const char *below : {"a/x.jpg", "b/x.jpg", "c/x.jpg"}) paths.push_back(folder.write(below, below));
  for (const auto &path : paths) places.push_back(trash.place_for(path));  // before any of them moves
  CHECK(places == std::vector<std::string>{home + "/files/x.jpg", home + "/files/x.2.jpg", home + "/files/x.3.jpg"});
  std::vector<int64_t> mtimes;
  for (size_t i = 0; i < 3; ++i) {
    mtimes.push_back(mtime_of(look(paths[i])));
    move_to_trash(paths[i], places[i], 0);
  }
  // Another run meets what the first one left, and an .trashinfo without a file is a taken name too.
  folder.write("data/Trash/info/x.4.jpg.trashinfo", "[Trash Info]\n");
  CHECK(Trash(home).place_for(folder.write("d/x.jpg")) == home + "/files/x.5.jpg");
  for (size_t i = 0; i < 3; ++i) CHECK(move_from_trash(paths[i], places[i], mtimes[i]));
  for (const char *below : {"a/x.jpg", "b/x.jpg", "c/x.jpg"}) CHECK(content_of(folder / below) == below);
}

TEST_CASE_METHOD(Fixture, "names as long as names may be", "[trash]") {
  std::string euros;
  for (int i = 0; i < 83; ++i) euros += "\xe2\x82\xac";
  for (const std::string &name :
       {euros + ".jpg", std::string(251, 'n') + ".jpg", std::string(255, 'x'), "." + std::string(254, 'h')}) {
    auto path = folder.write("long/" + name);
    auto mtime = mtime_of(look(path));
    auto place = trashed(path);
    CHECK(valid_utf8(name_in(place)));
    CHECK(move_from_trash(path, place, mtime));
    CHECK(fs::exists(path));
  }
}

TEST_CASE_METHOD(Fixture, "a place that was taken meanwhile costs nothing", "[trash]") {
  auto path = folder.write("a.jpg", "mine");
  auto place = trash.place_for(path);
  SECTION("by another .trashinfo") {
    folder.write("data/Trash/info/a.jpg.trashinfo", "stranger");
    CHECK(status_of([&] { move_to_trash(path, place, 0); }) == Status::busy);
    CHECK(content_of(folder / "data/Trash/info/a.jpg.trashinfo") == "stranger");
  }
  SECTION("by another file") {
    folder.write("data/Trash/files/a.jpg", "stranger");
    CHECK(status_of([&] { move_to_trash(path, place, 0); }) == Status::busy);
    CHECK(content_of(place) == "stranger");
    CHECK(entries(home + "/info") == 0);
    // What lies there is none of ours, and is not brought back as such.
    CHECK_FALSE(move_from_trash(path, place, 5));
    CHECK(content_of(place) == "stranger");
  }
  CHECK(content_of(path) == "mine");
}

TEST_CASE_METHOD(Fixture, "ended between the journal and the act", "[trash]") {
  auto path = folder.write("a.jpg", "mine");
  auto mtime = mtime_of(look(path));
  auto place = trash.place_for(path);
  // Nothing was done yet.
  CHECK_FALSE(move_from_trash(path, place, mtime));
  // The .trashinfo was written, the file not moved.
  folder.write("data/Trash/info/a.jpg.trashinfo",
               "[Trash Info]\nPath=" + path + "\nDeletionDate=2023-11-14T22:13:20\n");
  CHECK_FALSE(move_from_trash(path, place, mtime));
  CHECK(entries(home + "/info") == 0);
  CHECK(content_of(path) == "mine");
}

TEST_CASE_METHOD(Fixture, "nothing is overwritten on the way back", "[trash]") {
  auto path = folder.write("pictures/a.jpg", "old");
  auto mtime = mtime_of(look(path));
  auto place = trashed(path);
  SECTION("something else lies there now") {
    folder.write("pictures/a.jpg", "new");
    CHECK(status_of([&] { move_from_trash(path, place, mtime); }) == Status::invalid_argument);
    CHECK(content_of(path) == "new");
    CHECK(content_of(place) == "old");
    CHECK(entries(home + "/info") == 1);
  }
  SECTION("a dangling link lies there now") {
    fs::create_symlink(folder / "nowhere", path);
    CHECK(status_of([&] { move_from_trash(path, place, mtime); }) == Status::invalid_argument);
    CHECK(fs::is_symlink(path));
  }
  SECTION("the folder is gone: it is made again") {
    fs::remove(folder / "pictures");
    CHECK(move_from_trash(path, place, mtime));
    CHECK(content_of(path) == "old");
  }
  SECTION("the trash was emptied") {
    fs::remove_all(home);
    CHECK(status_of([&] { move_from_trash(path, place, mtime); }) == Status::not_found);
  }
  SECTION("another program put another file into the place") {
    fs::remove(place);
    fs::remove(home + "/info/a.jpg.trashinfo");
    folder.write("data/Trash/files/a.jpg", "stranger");
    folder.write("data/Trash/info/a.jpg.trashinfo", "[Trash Info]\nPath=/elsewhere/a.jpg\n");
    CHECK(status_of([&] { move_from_trash(path, place, mtime_of(look(place))); }) == Status::invalid_argument);
    CHECK(content_of(place) == "stranger");
  }
  SECTION("it was changed in the trash") {
    std::ofstream(place) << "edited";
    struct timespec times[2] = {{5, 0}, {5, 0}};
    REQUIRE(utimensat(AT_FDCWD, place.c_str(), times, 0) == 0);
    CHECK(status_of([&] { move_from_trash(path, place, mtime); }) == Status::invalid_argument);
    CHECK(content_of(place) == "edited");
  }
  SECTION("without its .trashinfo it comes back all the same") {
    fs::remove(home + "/info/a.jpg.trashinfo");
    CHECK(move_from_trash(path, place, mtime));
    CHECK(content_of(path) == "old");
  }
}

TEST_CASE_METHOD(Fixture, "what is no regular file stays", "[trash]") {
  auto target = folder.write("a.jpg", "x");
  fs::create_symlink(target, folder / "link");
  fs::create_directory(folder / "below");
  for (const char *name : {"link", "below"}) {
    auto place = trash.place_for(folder / name);
    CHECK(status_of([&] { move_to_trash(folder / name, place, 0); }) == Status::invalid_argument);
  }
  CHECK(status_of([&] { move_to_trash(folder / "none", trash.place_for(folder / "none"), 0); }) == Status::not_found);
  CHECK(status_of([&] { move_to_trash(target, folder / "nowhere/x", 0); }) == Status::invalid_argument);
  CHECK(status_of([&] { move_from_trash(target, "files/x", 0); }) == Status::invalid_argument);
  CHECK(entries(home + "/info") == 0);
  CHECK(fs::exists(target));
}

TEST_CASE_METHOD(Fixture, "a folder that nothing may be taken from", "[trash]") {
  auto path = folder.write("closed/a.jpg", "x");
  chmod(folder.path().c_str(), 0755);
  auto place = trash.place_for(path);
  chmod((folder / "closed").c_str(), 0555);
  for (const char *made : {"data", "data/Trash", "data/Trash/files", "data/Trash/info"})
    chmod((folder / made).c_str(), 0777);
  {
    OrdinaryUser user;
    CHECK(status_of([&] { move_to_trash(path, place, 0); }) == Status::io);
  }
  CHECK(content_of(path) == "x");
  CHECK(entries(home + "/info") == 0);
  chmod((folder / "closed").c_str(), 0755);
}

TEST_CASE_METHOD(Fixture, "other file systems have a trash of their own", "[trash]") {
  FolderElsewhere elsewhere(folder);
  const std::string &shared = elsewhere.path();
  if (shared.empty()) return;
  auto user = std::to_string(getuid());
  auto own = "/dev/shm/.Trash-" + user;
  bool was_there = fs::exists(own) || fs::exists("/dev/shm/.Trash");
  auto path = shared + "/deep/a b.jpg";
  fs::create_directories(shared + "/deep");
  std::ofstream(path) << "far";
  auto mtime = mtime_of(look(path));
  if (!was_there) {
    auto place = trashed(path);
    CHECK(place == own + "/files/a b.jpg");
    CHECK(content_of(own + "/info/a b.jpg.trashinfo")
              .starts_with("[Trash Info]\nPath=" + name_in(shared) + "/deep/a%20b.jpg\n"));
    CHECK((look(own).st_mode & 07777) == 0700);
    CHECK(move_from_trash(path, place, mtime));
    CHECK(entries(own + "/info") == 0);
    fs::remove_all(own);

    // Made by an administrator for everyone: used when it is sticky and no link.
    fs::create_directory("/dev/shm/.Trash");
    chmod("/dev/shm/.Trash", 0777);
    CHECK(Trash(home).place_for(path) == own + "/files/a b.jpg");
    fs::remove_all(own);
    chmod("/dev/shm/.Trash", 01777);
    Trash common(home);
    place = common.place_for(path);
    CHECK(place == "/dev/shm/.Trash/" + user + "/files/a b.jpg");
    move_to_trash(path, place, 0);
    CHECK(content_of("/dev/shm/.Trash/" + user + "/info/a b.jpg.trashinfo")
              .starts_with("[Trash Info]\nPath=" + name_in(shared) + "/deep/a%20b.jpg\n"));
    CHECK(move_from_trash(path, place, mtime));
    fs::remove_all("/dev/shm/.Trash");
    // A link in its place is not followed.
    fs::create_directory(shared + "/trap");
    fs::create_symlink(shared + "/trap", own);
    CHECK(status_of([&] { Trash(home).place_for(path); }) == Status::unsupported);
    fs::remove(own);
  } else {
    WARN("/dev/shm has a trash already; it is left alone");
  }
  // Never copied: a place on another file system is refused.
  auto near = folder.write("near.jpg", "near");
  move_to_trash(near, trash.place_for(near), 0);
  CHECK(status_of([&] { move_to_trash(path, home + "/files/far.jpg", 0); }) == Status::unsupported);
  CHECK(content_of(path) == "far");
  CHECK(entries(home + "/info") == 1);
  fs::remove_all(shared);
}
