#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "exchange/folder.h"
#include "exchange/relink.h"
#include "ordinary_user.h"
#include "unit/exchange/content.h"

using namespace kalon;
using namespace kalon::testing;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string kept = folder.write("a/kept.jpg", std::string(3'000'000, 'k'));
  std::string copy = folder.write("b/copy\xff.jpg", std::string(3'000'000, 'k'));
  std::string temporary = name_beside(copy, 7);
  Task task;
  struct stat before {};
  int64_t kept_mtime = 0;

  Fixture() {
    struct timespec times[2] = {{1, 0}, {1234567890, 123456789}};
    REQUIRE(utimensat(AT_FDCWD, copy.c_str(), times, 0) == 0);
    REQUIRE(chmod(copy.c_str(), 0640) == 0);
    before = look(copy);
    kept_mtime = mtime_of(look(kept));
  }
  void link() { replace_by_link(copy, kept, temporary, task); }
  Parted part() {
    return replace_by_copy(copy, kept, temporary, {mtime_of(before), before.st_mode & 07777, kept_mtime}, task);
  }
  bool linked() const { return look(copy).st_ino == look(kept).st_ino; }
  size_t entries() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder / "b"), {})); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "copies become one file, and files of their own again", "[relink]") {
  link();
  CHECK(linked());
  CHECK(entries() == 1);
  CHECK(look(kept).st_nlink == 2);
  CHECK(part() == Parted::as_before);
  CHECK_FALSE(linked());
  CHECK(content_of(copy) == content_of(kept));
  CHECK(mtime_of(look(copy)) == mtime_of(before));
  CHECK(look(copy).st_mode == before.st_mode);
  CHECK(look(kept).st_nlink == 1);
  CHECK(entries() == 1);
  // What was done already is nothing to do.
  CHECK(part() == Parted::already);
}

TEST_CASE_METHOD(Fixture, "times before 1970 come back too", "[relink]") {
  struct timespec times[2] = {{1, 0}, {-5, 250000000}};
  REQUIRE(utimensat(AT_FDCWD, copy.c_str(), times, 0) == 0);
  before = look(copy);
  if (before.st_mtim.tv_sec != -5) return;  // a file system without such times
  link();
  CHECK(part() == Parted::as_before);
  CHECK(mtime_of(look(copy)) == mtime_of(before));
}

TEST_CASE_METHOD(Fixture, "what was changed while it was a link keeps its date", "[relink]") {
  link();
  {
    std::ofstream file(copy, std::ios::binary | std::ios::in);
    file << "edited";
  }
  struct timespec times[2] = {{1, 0}, {1700000000, 5}};
  REQUIRE(utimensat(AT_FDCWD, copy.c_str(), times, 0) == 0);
  CHECK(may_be_linked(copy, kept));
  SECTION("as far as is known") {
    CHECK(part() == Parted::changed);
    CHECK(mtime_of(look(copy)) == 1700000000000000005);
  }
  SECTION("of a link whose time was not kept") {
    kept_mtime = 0;
    CHECK(part() == Parted::as_before);
    CHECK(mtime_of(look(copy)) == mtime_of(before));
  }
  CHECK_FALSE(linked());
  CHECK_FALSE(may_be_linked(copy, kept));
  CHECK(content_of(copy).starts_with("editedkkk"));
  CHECK(look(copy).st_mode == before.st_mode);
}

TEST_CASE_METHOD(Fixture, "extended attributes are not lost", "[relink]") {
  auto give = [](const std::string &path, const char *value) {
    return setxattr(path.c_str(), "user.xdg.tags", value, std::strlen(value), 0) == 0;
  };
  auto tags = [](const std::string &path) {
    char buffer[64];
    auto size = getxattr(path.c_str(), "user.xdg.tags", buffer, sizeof buffer);
    return size < 0 ? std::string("none") : std::string(buffer, static_cast<size_t>(size));
  };
  if (!give(copy, "harbour")) {
    WARN("a file system without extended attributes");
    return;
  }
  SECTION("on one of the two alone") {
    CHECK(tags(kept) == "none");
  }
  SECTION("that differ") {
    REQUIRE(give(kept, "sea"));
  }
  SECTION("that are alike, and come apart with the files") {
    REQUIRE(give(kept, "harbour"));
    CHECK_NOTHROW(require_linkable(copy, kept));
    link();
    CHECK(part() == Parted::as_before);
    CHECK(tags(copy) == "harbour");
    REQUIRE(give(copy, "sea"));
    CHECK(tags(kept) == "harbour");
    CHECK(mtime_of(look(copy)) == mtime_of(before));
    return;
  }
  CHECK(status_of([&] { require_linkable(copy, kept); }) == Status::invalid_argument);
  CHECK(status_of([&] { link(); }) == Status::invalid_argument);
  CHECK_FALSE(linked());
  CHECK(tags(copy) == "harbour");
}

TEST_CASE_METHOD(Fixture, "what is not the same is not linked", "[relink]") {
  SECTION("other bytes of the same size") {
    auto content = content_of(copy);
    content.back() = 'x';
    std::ofstream(copy, std::ios::binary) << content;
    CHECK(status_of([&] { link(); }) == Status::invalid_argument);
    CHECK(content_of(copy) == content);
  }
  SECTION("one file already") {
    fs::remove(copy);
    fs::create_hard_link(kept, copy);
    CHECK(status_of([&] { link(); }) == Status::invalid_argument);
  }
  SECTION("a symbolic link to it") {
    fs::remove(copy);
    fs::create_symlink(kept, copy);
    CHECK(status_of([&] { link(); }) == Status::invalid_argument);
    CHECK(fs::is_symlink(copy));
  }
  SECTION("the kept one is a symbolic link") {
    auto real = folder.write("real.jpg", content_of(kept));
    fs::remove(kept);
    fs::create_symlink(real, kept);
    CHECK(status_of([&] { link(); }) == Status::invalid_argument);
  }
  SECTION("the kept one is gone") {
    fs::remove(kept);
    CHECK(status_of([&] { link(); }) == Status::not_found);
    CHECK(content_of(copy).size() == 3'000'000);
  }
  SECTION("the copy is gone") {
    fs::remove(copy);
    CHECK(status_of([&] { link(); }) == Status::not_found);
    CHECK(entries() == 0);
    return;
  }
  CHECK(entries() == 1);
}

TEST_CASE_METHOD(Fixture, "another owner's file is left", "[relink]") {
  if (geteuid() != 0 || chown(copy.c_str(), 12345, 12345) != 0) {
    WARN("only root can give files away");
    return;
  }
  CHECK(status_of([&] { link(); }) == Status::invalid_argument);
  CHECK_FALSE(linked());
}

TEST_CASE_METHOD(Fixture, "another file system is left", "[relink]") {
  FolderElsewhere elsewhere(folder);
  if (elsewhere.path().empty()) return;
  auto far = elsewhere.path() + "/far.jpg";
  fs::copy_file(kept, far);
  CHECK(status_of([&] { replace_by_link(far, kept, name_beside(far, 1), task); }) == Status::unsupported);
  CHECK(content_of(far).size() == 3'000'000);
  CHECK(std::distance(fs::directory_iterator(elsewhere.path()), {}) == 1);
}

TEST_CASE_METHOD(Fixture, "a folder that may not be written", "[relink]") {
  chmod(folder.path().c_str(), 0755);
  chmod((folder / "b").c_str(), 0555);
  for (const auto &file : {kept, copy})
    if (geteuid() == 0) REQUIRE(chown(file.c_str(), 65534, 65534) == 0);
  {
    OrdinaryUser user;
    CHECK(status_of([&] { link(); }) == Status::io);
  }
  chmod((folder / "b").c_str(), 0755);
  CHECK_FALSE(linked());
  CHECK(entries() == 1);
}

TEST_CASE_METHOD(Fixture, "what a kill leaves on the way is cleared", "[relink]") {
  SECTION("the new link, not yet in its place") {
    fs::create_hard_link(kept, folder / ("b/" + temporary));
    CHECK(part() == Parted::already);  // it never lost its own bytes
    CHECK(look(kept).st_nlink == 1);
  }
  SECTION("half a copy on the way back") {
    link();
    folder.write("b/" + temporary, "half");
    CHECK(part() == Parted::as_before);
    CHECK_FALSE(linked());
    CHECK(content_of(copy) == content_of(kept));
  }
  CHECK(entries() == 1);
  CHECK(mtime_of(look(copy)) == mtime_of(before));
}

TEST_CASE_METHOD(Fixture, "only the link that was made is undone", "[relink]") {
  link();
  SECTION("edited elsewhere into a file of its own") {
    fs::remove(copy);
    folder.write("b/copy\xff.jpg", "edited");
    CHECK(status_of([&] { part(); }) == Status::invalid_argument);
    CHECK(content_of(copy) == "edited");
  }
  SECTION("the kept one is gone: this may be all there is") {
    fs::remove(kept);
    CHECK(status_of([&] { part(); }) == Status::not_found);
    CHECK(content_of(copy).size() == 3'000'000);
  }
  SECTION("gone itself") {
    fs::remove(copy);
    CHECK(status_of([&] { part(); }) == Status::not_found);
  }
  SECTION("cancelled") {
    task.cancel();
    CHECK(status_of([&] { part(); }) == Status::cancelled);
    CHECK(linked());
    CHECK(entries() == 1);
  }
}

TEST_CASE("names beside a file are hidden and its own", "[relink]") {
  CHECK(name_beside("/a/b.jpg", 1).starts_with(".kalon-"));
  CHECK(name_beside("/a/b.jpg", 1) == name_beside("/a/b.jpg", 1));
  CHECK(name_beside("/a/b.jpg", 1) != name_beside("/a/b.jpg", 2));
  CHECK(name_beside("/a/b.jpg", 1) != name_beside("/a/c.jpg", 1));
}
