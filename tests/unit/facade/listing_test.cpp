// Choosing files: pages of a listing are compared with all of it taken at once, and with a filter written here.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "facade/rows.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

using Paths = std::vector<std::string>;

struct Shelf {
  TemporaryFolder folder;
  std::shared_ptr<Library> library = Library::open(folder / "library");

  FileRow put(const std::string &path, const std::string &content, const std::string &photo = {}) {
    FileRow row;
    row.path = path;
    row.picture = hash_of(content);
    row.photo = photo.empty() ? row.picture : hash_of(photo);
    auto writer = library->write();
    writer.put_file(row);
    writer.commit();
    return row;
  }
  void exclude(const Hash128 &picture) {
    auto writer = library->write();
    Event event;
    event.body = Exclude{picture, "", true};
    writer.append_event(event);
    writer.commit();
  }
  Paths listed(const Choice &choice, const std::string &after = {}, size_t limit = SIZE_MAX) {
    Paths paths;
    visit_chosen(library->read(), choice, after, [&](const FileView &file, const std::vector<Attribute> &) {
      paths.emplace_back(file.path);
      return paths.size() < limit;
    });
    return paths;
  }
  Paths chosen() {
    Paths paths;
    for (const auto &photo : chosen_photos(library->read(), choice_from(Parameters("{}")))) paths.push_back(photo.path);
    return paths;
  }
};

Choice choice_of(const std::string &json) {
  return choice_from(Parameters(json));
}

}  // namespace

TEST_CASE("a choice keeps no folder inside another", "[facade]") {
  CHECK(choice_of(R"({"paths":["/b","/a/x","/a","/a/","/ab","/a"]})").folders == Paths{"/a", "/ab", "/b"});
  CHECK(choice_of(R"({"paths":["/a","/"]})").folders == Paths{"/"});
  CHECK(choice_of("{}").folders.empty());
  CHECK_THROWS_AS(choice_of(R"({"where":"("})"), Error);
}

TEST_CASE("what cannot be meant is refused", "[facade]") {
  Shelf shelf;
  shelf.put("/a/1", "/a/1");
  auto reader = shelf.library->read();
  auto use = [&](const char *parameters) {
    auto choice = choice_of(parameters);
    ChoiceFilter filter(reader, choice);
  };
  CHECK_NOTHROW(use(R"({"paths":["/a","/usr"],"where":"rating > 3 or EXCLUDED = true"})"));
  CHECK_THROWS_AS(use(R"({"paths":["/a","/nothing"]})"), Error);
  CHECK_THROWS_AS(use(R"({"where":"not ratign >= 4"})"), Error);
}

TEST_CASE("pages put together are the whole listing", "[facade]") {
  Shelf shelf;
  // Names around the slash in the order of bytes, folders whose names begin alike, and files named as folders.
  const Paths all = {"/a",    "/a-b/1",   "/a-b/2",  "/a.jpg", "/a/1",   "/a/2",       "/a/b/3", "/a/b-/4",
                     "/a0/5", "/b/6.jpg", "/b/\xff", "/c/1",   "/c/d/2", "/c/d/e/f/3", "/d",     "/z"};
  for (const auto &path : all) shelf.put(path, path);
  auto inside = [](const std::string &path, const std::string &folder) {
    return path == folder || path.starts_with(folder + "/");
  };
  std::mt19937 random(3);
  const Paths folders = {"/a", "/a-b", "/a.jpg", "/a/b", "/a/b-", "/a0", "/b", "/c", "/c/d", "/d", "/usr"};
  for (int round = 0; round < 200; ++round) {
    Choice choice;
    std::string names;
    for (const auto &folder : folders)
      if (random() % 3 == 0) names += (names.empty() ? "\"" : ",\"") + folder + "\"";
    choice = choice_of("{\"paths\":[" + names + "]}");
    CAPTURE(names);
    auto whole = shelf.listed(choice);
    Paths expected;
    for (const auto &path : all)
      if (names.empty() || std::any_of(folders.begin(), folders.end(), [&](const auto &folder) {
            return names.find("\"" + folder + "\"") != std::string::npos && inside(path, folder);
          }))
        expected.push_back(path);
    auto sorted = whole;
    std::sort(sorted.begin(), sorted.end());
    std::sort(expected.begin(), expected.end());
    REQUIRE(sorted == expected);
    for (size_t limit : {1, 2, 5}) {
      Paths pages;
      while (true) {
        auto page = shelf.listed(choice, pages.empty() ? "" : pages.back(), limit);
        if (page.empty()) break;
        REQUIRE(page.size() <= limit);
        pages.insert(pages.end(), page.begin(), page.end());
        REQUIRE(pages.size() <= all.size());
      }
      REQUIRE(pages == whole);
    }
  }
}

TEST_CASE("a listing may go on after any path", "[facade]") {
  Shelf shelf;
  for (const char *path : {"/a/1", "/a/3", "/b/1", "/b/3"}) shelf.put(path, path);
  CHECK(shelf.listed(choice_of("{}"), "/a/2") == Paths{"/a/3", "/b/1", "/b/3"});
  CHECK(shelf.listed(choice_of(R"({"paths":["/a","/b"]})"), "/a/2") == Paths{"/a/3", "/b/1", "/b/3"});
  CHECK(shelf.listed(choice_of(R"({"paths":["/b"]})"), "/a/2") == Paths{"/b/1", "/b/3"});
  CHECK(shelf.listed(choice_of(R"({"paths":["/a"]})"), "/b/2").empty());
}

TEST_CASE("one file stands for each photo: the rendered one", "[facade]") {
  Shelf shelf;
  shelf.put("/p/x.cr2", "raw", "jpeg");
  shelf.put("/p/x.jpg", "jpeg");
  shelf.put("/p/copy.jpg", "jpeg");
  shelf.put("/p/y.jpg", "other");
  CHECK(shelf.chosen() == Paths{"/p/copy.jpg", "/p/y.jpg"});
  shelf.put("/a/x.cr2", "raw2", "jpeg2");
  shelf.put("/q/x.jpg", "jpeg2");
  CHECK(shelf.chosen() == Paths{"/q/x.jpg", "/p/copy.jpg", "/p/y.jpg"});
}

TEST_CASE("what is excluded, vanished or broken is not chosen", "[facade]") {
  Shelf shelf;
  auto raw = shelf.put("/p/x.cr2", "raw", "jpeg");
  shelf.put("/p/x.jpg", "jpeg");
  auto gone = shelf.put("/p/gone.jpg", "gone");
  FileRow broken;
  broken.path = "/p/broken.jpg";
  broken.outcome = {Status::corrupt_data, "cut"};
  {
    auto writer = shelf.library->write();
    writer.put_file(broken);
    writer.set_vanished(gone.id, true);
    writer.commit();
  }
  CHECK(shelf.chosen() == Paths{"/p/x.jpg"});
  // Excluding a photo takes the RAW with it.
  shelf.exclude(hash_of("jpeg"));
  CHECK(shelf.chosen().empty());
  Exclusions exclusions(shelf.library->read());
  CHECK(exclusions.holds(raw.picture, raw.photo));
  CHECK(exclusions.holds(hash_of("jpeg"), hash_of("jpeg")));
  CHECK_FALSE(exclusions.holds(gone.picture, gone.photo));
  CHECK_FALSE(exclusions.holds({}, {}));
}

TEST_CASE("a RAW that was excluded alone takes along the JPEG that comes to it later", "[facade]") {
  Shelf shelf;
  shelf.put("/p/x.cr2", "raw");
  shelf.exclude(hash_of("raw"));
  CHECK(shelf.chosen().empty());
  shelf.put("/p/x.cr2", "raw", "jpeg");
  shelf.put("/p/x.jpg", "jpeg");
  CHECK(shelf.chosen().empty());
  CHECK(Exclusions(shelf.library->read()).pictures_of(hash_of("jpeg")) == std::vector<Hash128>{hash_of("raw")});
}
