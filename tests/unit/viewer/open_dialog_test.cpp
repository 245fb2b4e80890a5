#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "panels/open_dialog_paths.h"
#include "panels/open_dialog_reader.h"
#include "temporary_folder.h"

using namespace kalon::viewer;

namespace {

std::string typed(std::string_view text) {
  const auto path = typed_path(text, "/home/anna", "/data/pictures");
  return path.folder + " | " + path.beginning;
}

std::vector<std::string> paths_of(const std::vector<NamedPath> &places) {
  std::vector<std::string> paths;
  for (const auto &place : places) paths.push_back(place.path);
  return paths;
}

void write_file(const std::string &path) {
  std::ofstream(path) << "x";
}

bool never() {
  return false;
}

}  // namespace

TEST_CASE("what is typed is a folder and the beginning of a name") {
  CHECK(typed("/home/an") == "/home | an");
  CHECK(typed("/home/") == "/home | ");
  CHECK(typed("/home") == "/ | home");
  CHECK(typed("/") == "/ | ");
  CHECK(typed("~") == "/home/anna | ");
  CHECK(typed("~/") == "/home/anna | ");
  CHECK(typed("~/Pi") == "/home/anna | Pi");
  CHECK(typed("~other/x") == "/data/pictures/~other | x");
  CHECK(typed("holiday") == "/data/pictures | holiday");
  CHECK(typed("") == "/data/pictures | ");
  CHECK(typed("../x") == "/data | x");
  CHECK(typed("/a//b/./c/../d") == "/a/b | d");
  CHECK(typed("/a/..") == "/ | ");
  CHECK(typed("/../../x") == "/ | x");
  CHECK(typed("/a/.") == "/a | ");
}

TEST_CASE("folders lie in each other") {
  CHECK(parent_of("/") == "/");
  CHECK(parent_of("/home") == "/");
  CHECK(parent_of("/home/anna/") == "/home");
  CHECK(joined_path("/", "home") == "/home");
  CHECK(joined_path("/home", "anna") == "/home/anna");
  const auto steps = steps_to("/home/anna/Bilder");
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].path == "/");
  CHECK(steps[2].title == "anna");
  CHECK(steps[3].path == "/home/anna/Bilder");
  CHECK(steps_to("/").size() == 1);
}

TEST_CASE("names are completed as far as they have in common") {
  const std::vector<std::string> names{"Holiday 2024", "holiday 2025", "Home", "Übersicht", "Überraschung"};
  CHECK(common_beginning(names, "hol") == "Holiday 202");
  CHECK(common_beginning(names, "ho") == "Ho");
  CHECK(common_beginning(names, "home") == "Home");
  CHECK(common_beginning(names, "x").empty());
  CHECK(common_beginning(names, "\xC3\x9C") ==
        "\xC3\x9C"
        "ber");
  // Never half of a character: é and è begin with the same byte.
  CHECK(common_beginning(std::vector<std::string>{"a\xC3\xA9", "a\xC3\xA8"}, "a") == "a");
  CHECK(begins_with("Holiday", "hOL"));
  CHECK_FALSE(begins_with("Ho", "hol"));
}

TEST_CASE("pictures are told by their names") {
  for (const char *name : {"a.jpg", "A.JPG", "b.Nef", "c.d.webp", "x.CR3"}) CHECK(is_picture_name(name));
  for (const char *name : {"a", ".jpg", "a.txt", "jpg", "a.jpg.xmp", "a.", "a.mp4"}) CHECK_FALSE(is_picture_name(name));
}

TEST_CASE("places come from the desktop's own files") {
  using Paths = std::vector<std::string>;
  const auto folders = user_folders(
      "# comment\nXDG_PICTURES_DIR=\"$HOME/Bilder\"\nXDG_DESKTOP_DIR=\"/srv/desk/\"\nXDG_DOWNLOAD_DIR=\"$HOME/\"\n",
      "/home/anna");
  CHECK(paths_of(folders) == Paths{"/home/anna/Bilder", "/srv/desk"});
  CHECK(folders[0].title == "Pictures");
  CHECK(paths_of(user_folders("", "/home/anna")) ==
        Paths{"/home/anna/Pictures", "/home/anna/Desktop", "/home/anna/Downloads"});
  CHECK(paths_of(user_folders("XDG_PICTURES_DIR=nonsense\nXDG_PICTURES_DIR", "/h")).front() == "/h/Pictures");
  const auto mounted = mounted_folders(
      "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /media/anna/EOS\\040DIGITAL vfat rw 0 0\n/dev/sdc1 /run/media/anna/x ext4 "
      "rw\n"
      "tmpfs /mnt tmpfs rw\n/dev/sdd /mnt/nas nfs rw\nbroken\n");
  CHECK(paths_of(mounted) == Paths{"/media/anna/EOS DIGITAL", "/run/media/anna/x", "/mnt/nas"});
  CHECK(mounted[0].title == "EOS DIGITAL");
}

TEST_CASE("a folder is listed and counted, whatever its names are") {
  const TemporaryFolder folder;
  const auto path = folder.path();
  for (const char *name : {"b10", "b9", ".hidden", "A", "bad\xff name"})
    std::filesystem::create_directory(path + "/" + name);
  for (const char *name : {"x.jpg", "y.png", "notes.txt"}) write_file(path + "/" + name);
  std::filesystem::create_directory_symlink(path + "/A", path + "/link");
  std::filesystem::create_symlink(path + "/nowhere", path + "/broken");
  write_file(path + "/A/1.jpg");
  std::filesystem::create_directory(path + "/A/deeper");
  const auto listing = list_folder(path, never);
  CHECK(listing.problem.empty());
  CHECK(listing.folders == std::vector<std::string>{"A", "b9", "b10", "bad\xff name", "link", ".hidden"});
  CHECK(listing.pictures == 2);
  const auto count = count_folder(path + "/A", never);
  CHECK(count.readable);
  CHECK(count.pictures == 1);
  CHECK(count.folders == 1);
  CHECK_FALSE(count.more);
  CHECK_FALSE(list_folder(path + "/none", never).problem.empty());
  CHECK_FALSE(list_folder(path + "/x.jpg", never).problem.empty());
  CHECK_FALSE(count_folder(path + "/none", never).readable);
}

TEST_CASE("the reader answers the newest question, and ends with nobody listening") {
  const TemporaryFolder folder;
  const auto path = folder.path();
  std::filesystem::create_directories(path + "/one/a");
  std::filesystem::create_directories(path + "/two/b");
  write_file(path + "/two/b/1.jpg");
  std::mutex mutex;
  std::condition_variable woken;
  bool posted = false;
  MainQueue main([&] {
    std::lock_guard lock(mutex);
    posted = true;
    woken.notify_all();
  });
  const auto run_until = [&](auto done) {
    for (int turn = 0; turn < 200 && !done(); ++turn) {
      std::unique_lock lock(mutex);
      woken.wait_for(lock, std::chrono::milliseconds(50), [&] { return posted; });
      posted = false;
      lock.unlock();
      main.run(std::chrono::seconds(1));
    }
    return done();
  };
  FolderListing listing;
  FolderCount count;
  {
    FolderReader reader(main);
    reader.list(path + "/one", [&](FolderListing got) { listing = std::move(got); });
    reader.list(path + "/two", [&](FolderListing got) { listing = std::move(got); });
    REQUIRE(run_until([&] { return listing.path == path + "/two"; }));
    CHECK(listing.folders == std::vector<std::string>{"b"});
    reader.count(std::vector<std::string>{path + "/two/b"}, [&](FolderCount got) { count = std::move(got); });
    REQUIRE(run_until([&] { return count.path == path + "/two/b"; }));
    CHECK(count.pictures == 1);
    reader.list(path, [](FolderListing) {});
  }
  main.run(std::chrono::seconds(1));
}
