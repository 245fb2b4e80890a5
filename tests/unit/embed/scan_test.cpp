// Which files of some folders may be pictures. The trees are made here; what is expected follows from scan.h.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "embed/scan.h"
#include "ordinary_user.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

struct Seen {
  std::vector<std::string> paths;  // in the order of the visits, below the temporary folder
  std::map<std::string, FoundFile> files;
  ScanReport report;
  std::vector<std::string> failed() const {
    std::vector<std::string> names;
    for (const auto &[path, outcome] : report.failures) names.push_back(path);
    return names;
  }
};

using Paths = std::vector<std::string>;

Seen look(const TemporaryFolder &folder, const Paths &roots, bool follow_links = false, bool by_path = false) {
  Seen seen;
  ScanOptions options{follow_links, [](std::string_view extension) { return extension == "jpg" || extension == "png"; },
                      by_path};
  Paths full;
  for (const auto &root : roots) full.push_back(root.empty() ? folder.path() : folder / root);
  seen.report = scan(
      full, options,
      [&](FoundFile &&file) {
        auto below = file.path.substr(folder.path().size() + 1);
        seen.paths.push_back(below);
        seen.files[below] = std::move(file);
      },
      Task());
  for (auto &[path, outcome] : seen.report.failures) {
    CHECK(outcome.text.find(path) == std::string::npos);  // it stands beside the name
    path = path.substr(std::min(path.size(), folder.path().size() + 1));
  }
  return seen;
}

}  // namespace

TEST_CASE("folders are walked depth first in the order of bytes", "[embed]") {
  TemporaryFolder folder;
  for (const char *name : {"b.jpg", "a/z.png", "a/inner/y.jpg", "B.JPG", "a.jpg", "c/x.Jpg", "a-/w.jpg"})
    folder.write(name);
  CHECK(look(folder, {""}).paths ==
        Paths{"B.JPG", "a.jpg", "b.jpg", "a/z.png", "a/inner/y.jpg", "a-/w.jpg", "c/x.Jpg"});
}

TEST_CASE("or in byte order of whole paths", "[embed]") {
  TemporaryFolder folder;
  for (const char *name : {"b.jpg", "a/z.png", "a/inner/y.jpg", "B.JPG", "a.jpg", "c/x.Jpg", "a-/w.jpg", "a/inner.jpg",
                           "a0.jpg", "a\xff/v.jpg", "a\x01/u.jpg", "ab/t.jpg"})
    folder.write(name);
  auto paths = look(folder, {""}, false, true).paths;
  auto sorted = paths;
  std::sort(sorted.begin(), sorted.end());
  CHECK(paths.size() == 12);
  CHECK(paths == sorted);
  CHECK(look(folder, {""}).report.unsupported == look(folder, {""}, false, true).report.unsupported);
}

TEST_CASE("files of other kinds are counted, hidden ones are not there", "[embed]") {
  TemporaryFolder folder;
  for (const char *name :
       {"a.jpg", "notes.txt", "noextension", "movie.mp4", "jpg", ".hidden.jpg", ".cache/b.jpg", "x.jpg.bak"})
    folder.write(name);
  auto seen = look(folder, {""});
  CHECK(seen.paths == Paths{"a.jpg"});
  CHECK(seen.report.unsupported == 5);
  CHECK(seen.report.failures.empty());
}

TEST_CASE("a hidden folder is walked when it is named", "[embed]") {
  TemporaryFolder folder;
  folder.write(".hidden/a.jpg");
  folder.write(".hidden/.deeper/b.jpg");
  CHECK(look(folder, {".hidden"}).paths == Paths{".hidden/a.jpg"});
}

TEST_CASE("a file that is named is visited whatever its name", "[embed]") {
  TemporaryFolder folder;
  folder.write("scan.dat");
  folder.write(".hidden");
  auto seen = look(folder, {"scan.dat", ".hidden"});
  CHECK(seen.paths == Paths{"scan.dat", ".hidden"});
  CHECK(seen.report.unsupported == 0);
}

TEST_CASE("nothing is visited twice", "[embed]") {
  TemporaryFolder folder;
  folder.write("a/x.jpg");
  folder.write("a/b/y.jpg");
  CHECK(look(folder, {"", "a", "a/b", ""}).paths == Paths{"a/x.jpg", "a/b/y.jpg"});
  CHECK(look(folder, {"a/b", ""}).paths == Paths{"a/b/y.jpg", "a/x.jpg"});
  CHECK(look(folder, {"a/x.jpg", "a"}).paths == Paths{"a/x.jpg", "a/b/y.jpg"});
  CHECK(look(folder, {"a", "a/x.jpg"}).paths == Paths{"a/x.jpg", "a/b/y.jpg"});
  CHECK(look(folder, {"a/x.jpg", "a/x.jpg"}).paths == Paths{"a/x.jpg"});
}

TEST_CASE("Kalon's own results are passed over unless they are named", "[embed]") {
  TemporaryFolder folder;
  folder.write("a.jpg");
  folder.write("sorted/1_a.jpg");
  folder.write("sorted/below/b.jpg");
  folder.write(std::string("sorted/") + result_marker);
  CHECK(look(folder, {""}).paths == Paths{"a.jpg"});
  CHECK(look(folder, {"sorted"}).paths == Paths{"sorted/1_a.jpg", "sorted/below/b.jpg"});
  CHECK(look(folder, {"", "sorted"}).paths == Paths{"a.jpg", "sorted/1_a.jpg", "sorted/below/b.jpg"});
}

TEST_CASE("a folder named like a picture is a folder", "[embed]") {
  TemporaryFolder folder;
  folder.write("x.jpg/y.jpg");
  auto seen = look(folder, {""});
  CHECK(seen.paths == Paths{"x.jpg/y.jpg"});
  CHECK(seen.report.failures.empty());
}

TEST_CASE("links to files are files, links to folders are followed only when asked", "[embed]") {
  TemporaryFolder folder;
  folder.write("pictures/real/x.jpg");
  folder.write("elsewhere/y.jpg");
  folder.link("pictures/a_link.jpg", "real/x.jpg");
  folder.link("pictures/b_folder", "../elsewhere");
  folder.link("pictures/c.jpg", "../elsewhere");  // a folder behind a picture's name
  CHECK(look(folder, {"pictures"}).paths == Paths{"pictures/a_link.jpg", "pictures/real/x.jpg"});
  CHECK(look(folder, {"pictures"}, true).paths ==
        Paths{"pictures/a_link.jpg", "pictures/real/x.jpg", "pictures/b_folder/y.jpg"});
  // A root may itself be a link.
  CHECK(look(folder, {"pictures/b_folder"}).paths == Paths{"pictures/b_folder/y.jpg"});
}

TEST_CASE("a folder reached by a link and by itself keeps its own path", "[embed]") {
  TemporaryFolder folder;
  folder.write("z_real/x.jpg");
  folder.link("a_link", "z_real");
  CHECK(look(folder, {""}).paths == look(folder, {""}, true).paths);
  folder.write("other/z.jpg");
  folder.make_folder("first");
  folder.link("first/link", "../other");
  CHECK(look(folder, {"first", "other"}, true).paths == Paths{"other/z.jpg"});
}

TEST_CASE("circles of links end", "[embed]") {
  TemporaryFolder folder;
  folder.write("a/x.jpg");
  folder.link("a/up", "..");
  folder.link("a/self", ".");
  folder.link("a/loop", "loop");
  folder.link("a/loop.jpg", "loop.jpg");
  folder.link("a/ping", "pong");
  folder.link("a/pong", "ping");
  for (bool follow : {false, true}) {
    auto seen = look(folder, {""}, follow);
    CHECK(seen.paths == Paths{"a/x.jpg"});
    CHECK(seen.failed() == Paths{"a/loop.jpg"});
    CHECK(seen.report.unsupported == 3);
  }
}

TEST_CASE("what has a picture's name and cannot be one fails alone", "[embed]") {
  TemporaryFolder folder;
  folder.write("a.jpg");
  folder.link("broken.jpg", "nowhere");
  REQUIRE(::mkfifo((folder / "pipe.jpg").c_str(), 0600) == 0);
  folder.write("z.jpg");
  auto seen = look(folder, {""});
  CHECK(seen.paths == Paths{"a.jpg", "z.jpg"});
  REQUIRE(seen.failed() == Paths{"broken.jpg", "pipe.jpg"});
  CHECK(seen.report.failures[0].second.status == Status::not_found);
  CHECK(seen.report.failures[1].second.status == Status::invalid_argument);
}

TEST_CASE("closed folders are failures, and the others go on", "[embed]") {
  TemporaryFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  for (const char *name : {"a.jpg", "closed/b.jpg", "listed/c.jpg", "listed/inner/d.jpg", "open/e.jpg"})
    folder.write(name);
  REQUIRE(::chmod((folder / "closed").c_str(), 0) == 0);
  REQUIRE(::chmod((folder / "listed").c_str(), 0444) == 0);  // names can be read, nothing behind them
  Seen seen;
  {
    OrdinaryUser user;
    seen = look(folder, {""});
  }
  CHECK(seen.paths == Paths{"a.jpg", "open/e.jpg"});
  CHECK(seen.failed() == Paths{"closed", "listed/c.jpg", "listed/inner"});
}

TEST_CASE("names are bytes", "[embed]") {
  TemporaryFolder folder;
  std::string odd = "\xff\xfe\n %41.jpg", longest = std::string(251, 'n') + ".jpg";
  folder.write(odd);
  folder.write(longest);
  folder.write("\xe9t\xe9/\xe8.jpg");
  auto seen = look(folder, {""});
  CHECK(seen.paths == Paths{longest, odd, "\xe9t\xe9/\xe8.jpg"});
  CHECK(seen.files[odd].stat == stat_file(folder / odd));
}

TEST_CASE("sidecars are named in order of authority and change the fingerprint", "[embed]") {
  TemporaryFolder folder;
  folder.write("x.jpg");
  folder.write("y.jpg");
  auto fingerprint = [&] { return look(folder, {""}).files["x.jpg"].sidecars; };
  CHECK(fingerprint() == 0);
  std::vector<uint64_t> seen;
  auto changed = [&](const char *what) {
    INFO(what);
    auto now = fingerprint();
    CHECK(now != 0);
    CHECK(std::find(seen.begin(), seen.end(), now) == seen.end());
    CHECK(fingerprint() == now);
    seen.push_back(now);
  };
  auto at = [&](const char *name, time_t seconds, long nanoseconds) {
    timespec times[2] = {{0, 0}, {seconds, nanoseconds}};
    REQUIRE(::utimensat(AT_FDCWD, (folder / name).c_str(), times, 0) == 0);
  };
  folder.write("x.xmp", "<a/>");
  at("x.xmp", 100, 0);
  changed("one sidecar");
  at("x.xmp", 100, 1);
  changed("its time");
  folder.write("x.xmp", "<ab/>");
  at("x.xmp", 100, 1);
  changed("its size");
  folder.write("x.jpg.xmp", "<a/>");
  at("x.jpg.xmp", 7, 0);
  changed("another sidecar");
  std::filesystem::rename(folder / "x.jpg.xmp", folder / "x.txt");
  changed("its name");
  CHECK(look(folder, {""}).files["y.jpg"].sidecars == 0);

  folder.write("x.jpg.xmp");
  Paths expected{folder / "x.jpg.xmp", folder / "x.xmp", folder / "x.txt"};
  auto listed = look(folder, {""}).files["x.jpg"], named = look(folder, {"x.jpg"}).files["x.jpg"];
  CHECK(listed.sidecar_paths == expected);
  CHECK(named.sidecar_paths == expected);  // without the folder's list
  CHECK(named.sidecars == listed.sidecars);
}

TEST_CASE("a sidecar that is no file is none", "[embed]") {
  TemporaryFolder folder;
  folder.write("x.jpg");
  folder.make_folder("x.xmp");
  folder.link("x.txt", "nowhere");
  REQUIRE(::mkfifo((folder / "x.jpg.xmp").c_str(), 0600) == 0);
  CHECK(look(folder, {""}).files["x.jpg"].sidecars == 0);
}

TEST_CASE("a root that is not there is a failure, and the others are walked", "[embed]") {
  TemporaryFolder folder;
  folder.write("a.jpg");
  int visits = 0;
  ScanOptions options{false, [](std::string_view) { return true; }};
  auto report = scan(
      {folder / "none", folder.path()}, options, [&](FoundFile &&) { ++visits; }, Task());
  CHECK(visits == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].first == folder / "none");
  CHECK(report.failures[0].second.status == Status::not_found);
}

TEST_CASE("of a result folder that is named the sheet is passed over", "[embed]") {
  TemporaryFolder folder;
  for (const char *name : {"1_a.jpg", result_marker, result_sheet, result_sheet_jpeg}) folder.write(name);
  int visits = 0;
  ScanOptions options{false, [](std::string_view) { return true; }};
  scan(
      {folder.path()}, options, [&](FoundFile &&) { ++visits; }, Task());
  CHECK(visits == 1);
}

TEST_CASE("a cancelled scan stops", "[embed]") {
  TemporaryFolder folder;
  for (char name = 'a'; name < 'u'; ++name) folder.write(std::string(1, name) + ".jpg");
  Task task;
  int visits = 0;
  ScanOptions options{false, [](std::string_view) { return true; }};
  auto run = [&] {
    scan(
        {folder.path()}, options,
        [&](FoundFile &&) {
          if (++visits == 3) task.cancel();
        },
        task);
  };
  CHECK_THROWS_AS(run(), Error);
  CHECK(visits == 3);
}

TEST_CASE("a tree deeper than paths may be long fails where it is too long", "[embed]") {
  TemporaryFolder folder;
  folder.write("z.jpg");
  std::string name(200, 'd');
  int place = ::open(folder.path().c_str(), O_PATH | O_DIRECTORY);
  for (int depth = 0; depth < 30; ++depth) {  // 6,000 bytes; PATH_MAX is 4,096
    REQUIRE(::mkdirat(place, name.c_str(), 0700) == 0);
    ::close(::openat(place, "x.jpg", O_CREAT | O_WRONLY, 0600));
    int next = ::openat(place, name.c_str(), O_PATH | O_DIRECTORY);
    ::close(place);
    place = next;
  }
  ::close(place);
  auto seen = look(folder, {""});
  CHECK(seen.paths.size() > 15);
  CHECK(seen.paths.size() < 25);
  CHECK(seen.paths[1] == "z.jpg");
  REQUIRE_FALSE(seen.report.failures.empty());
  for (const auto &[path, outcome] : seen.report.failures) CHECK(outcome.text.find("too long") != std::string::npos);
}
