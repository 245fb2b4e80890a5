// Which files are one photo: the rule as a table, and its effect on a library.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include "embed/photos.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

Hash128 id(int number) {
  return number == 0 ? Hash128{} : hash_of("picture " + std::to_string(number));
}

struct File {
  const char *path;
  int picture;  // 0: gave none
  int64_t time = unknown_time;
  int expected;  // number of the picture whose id the photo has
};

struct Case {
  const char *what;
  std::vector<File> files;
};

constexpr int64_t second = 1'000'000, noon = 1'700'000'000 * second, none = unknown_time;

const std::vector<Case> &cases() {
  static const std::vector<Case> table = {
      {"one file stands alone", {{"/a/x.jpg", 1, none, 1}}},
      {"a RAW alone", {{"/a/x.cr2", 1, noon, 1}}},
      {"RAW and JPEG", {{"/a/x.cr2", 1, noon, 2}, {"/a/x.jpg", 2, noon, 2}}},
      {"the other way round", {{"/a/x.JPG", 2, noon, 2}, {"/a/x.NEF", 1, noon, 2}}},
      {"every RAW and rendered kind", {{"/a/x.x3f", 1, none, 2}, {"/a/x.heic", 2, none, 2}}},
      {"DNG and TIFF", {{"/a/x.dng", 1, none, 2}, {"/a/x.tif", 2, none, 2}}},
      {"two seconds apart", {{"/a/x.cr2", 1, noon, 2}, {"/a/x.jpg", 2, noon + 2 * second, 2}}},
      {"two seconds apart the other way", {{"/a/x.cr2", 1, noon + 2 * second, 2}, {"/a/x.jpg", 2, noon, 2}}},
      {"just more than two seconds", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.jpg", 2, noon + 2 * second + 1, 2}}},
      {"a time that is unknown", {{"/a/x.cr2", 1, noon, 2}, {"/a/x.jpg", 2, none, 2}}},
      {"both times unknown", {{"/a/x.cr2", 1, none, 2}, {"/a/x.jpg", 2, none, 2}}},
      {"times before 1970", {{"/a/x.cr2", 1, -noon, 2}, {"/a/x.jpg", 2, -noon - second, 2}}},
      {"two JPEGs", {{"/a/x.jpg", 1, noon, 1}, {"/a/x.jpeg", 2, noon, 2}}},
      {"two RAWs", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.dng", 2, noon, 2}}},
      {"a RAW and two renderings", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.jpg", 2, noon, 2}, {"/a/x.png", 3, noon, 3}}},
      {"two RAWs and a rendering", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.dng", 2, noon, 2}, {"/a/x.jpg", 3, noon, 3}}},
      {"a layered file beside the pair",
       {{"/a/x.cr2", 1, noon, 2}, {"/a/x.jpg", 2, noon, 2}, {"/a/x.psd", 3, noon, 3}}},
      {"a RAW and a GIF", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.gif", 2, noon, 2}}},
      {"the JPEG is broken", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.jpg", 0, none, 0}}},
      {"the RAW is broken", {{"/a/x.cr2", 0, none, 0}, {"/a/x.jpg", 2, noon, 2}}},
      {"a broken second JPEG still makes it ambiguous",
       {{"/a/x.cr2", 1, noon, 1}, {"/a/x.jpg", 2, noon, 2}, {"/a/x.png", 0, none, 0}}},
      {"equal bytes", {{"/a/x.cr2", 1, noon, 1}, {"/a/x.jpg", 1, noon, 1}}},
  };
  return table;
}

FileRow row_for(const std::string &path, int picture, int64_t time) {
  FileRow row;
  row.path = path;
  row.picture = row.photo = id(picture);
  row.capture_time = time;
  if (picture == 0) row.outcome = {Status::corrupt_data, "broken"};
  return row;
}

std::map<std::string, Hash128> photos_in(Library &library) {
  std::map<std::string, Hash128> photos;
  library.read().scan_files({}, {}, [&](const FileView &file) {
    photos[std::string(file.path)] = file.photo;
    return true;
  });
  return photos;
}

void put(Library &library, std::vector<FileRow> rows) {
  auto writer = library.write();
  for (auto &row : rows) writer.put_file(row);
  writer.commit();
}

}  // namespace

TEST_CASE("the rule that makes files one photo", "[embed]") {
  for (const auto &example : cases()) {
    auto order = example.files;
    // The rule looks at what the files are, not at their order.
    for (bool reversed : {false, true}) {
      CAPTURE(example.what, reversed);
      if (reversed) std::reverse(order.begin(), order.end());
      std::vector<PhotoCandidate> candidates;
      for (const auto &file : order) candidates.push_back({1, file.path, id(file.picture), {}, file.time});
      auto photos = photo_ids(candidates);
      REQUIRE(photos.size() == order.size());
      for (size_t i = 0; i < order.size(); ++i) CHECK(photos[i] == id(order[i].expected));
    }
  }
}

TEST_CASE("RAW files are told by their extension", "[embed]") {
  for (const char *path : {"/a/x.cr2", "/a/x.CR3", "/a.jpg/x.Nef", "/a/x.jpg.dng", "/a/x.raf"})
    CHECK(is_raw_path(path));
  for (const char *path : {"/a/x.jpg", "/a/cr2", "/a/.cr2", "/a.cr2/x", "/a/x.cr2.jpg", "", "/"})
    CHECK_FALSE(is_raw_path(path));
}

TEST_CASE("a library's files get the photos of the rule", "[embed]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  // All cases at once, each in a folder of its own, with names between that share beginnings.
  std::map<std::string, Hash128> expected;
  std::vector<FileRow> rows;
  int number = 0;
  for (const auto &example : cases()) {
    auto base = "/pictures/" + std::to_string(++number);
    for (const auto &file : example.files) {
      auto path = base + std::string(file.path);
      // Pictures of their own: copies of a RAW belong together across folders.
      auto own = [&](int picture) { return picture == 0 ? 0 : picture + 10 * number; };
      rows.push_back(row_for(path, own(file.picture), file.time));
      expected[path] = id(own(file.expected));
    }
    for (const char *neighbour :
         {"/a/x-1.jpg", "/a/x 1.jpg", "/a/x.1.jpg", "/a/x1.cr2", "/a/x./y.jpg", "/b/x.jpg", "/a/X.jpg"}) {
      rows.push_back(row_for(base + neighbour, 9, noon));
      expected[base + neighbour] = id(9);
    }
  }
  std::reverse(rows.begin(), rows.end());
  put(*library, rows);
  auto changed = assign_photos(*library, {"/pictures"});
  CHECK(photos_in(*library) == expected);
  CHECK(changed == 10);  // the RAWs of the pairs
  CHECK(assign_photos(*library, {"/pictures", "/pictures/1", "/"}) == 0);
}

TEST_CASE("a folder whose name comes between those of a pair keeps nothing apart", "[embed]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(*library, {row_for("/p/DSC1.CR2", 1, noon), row_for("/p/DSC1.D/DSC1.CR2", 3, noon),
                 row_for("/p/DSC1.D/DSC1.JPG", 4, noon), row_for("/p/DSC1.JPG", 2, noon)});
  assign_photos(*library, {"/p"});
  CHECK(photos_in(*library) == std::map<std::string, Hash128>{{"/p/DSC1.CR2", id(2)},
                                                              {"/p/DSC1.JPG", id(2)},
                                                              {"/p/DSC1.D/DSC1.CR2", id(4)},
                                                              {"/p/DSC1.D/DSC1.JPG", id(4)}});
}

TEST_CASE("stems with dots of their own pair as others do", "[embed]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(*library, {row_for("/p/v1.2.cr2", 1, noon), row_for("/p/v1.2.jpg", 2, noon), row_for("/p/v1.3.cr2", 3, noon),
                 row_for("/p/v1.jpg", 4, noon), row_for("/p/v1.2", 5, noon)});
  assign_photos(*library, {"/p"});
  CHECK(photos_in(*library) == std::map<std::string, Hash128>{{"/p/v1.2", id(5)},
                                                              {"/p/v1.2.cr2", id(2)},
                                                              {"/p/v1.2.jpg", id(2)},
                                                              {"/p/v1.3.cr2", id(3)},
                                                              {"/p/v1.jpg", id(4)}});
}

TEST_CASE("a pair comes apart when one of it is gone, and comes back", "[embed]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(*library, {row_for("/p/x.cr2", 1, noon), row_for("/p/x.jpg", 2, noon)});
  CHECK(assign_photos(*library, {"/p"}) == 1);
  CHECK(photos_in(*library)["/p/x.cr2"] == id(2));
  auto vanish = [&](bool vanished) {
    auto writer = library->write();
    writer.set_vanished(writer.file_at("/p/x.jpg")->id, vanished);
    writer.commit();
  };
  vanish(true);
  CHECK(assign_photos(*library, {"/p"}) == 1);
  CHECK(photos_in(*library)["/p/x.cr2"] == id(1));
  vanish(false);
  CHECK(assign_photos(*library, {"/p"}) == 1);
  CHECK(photos_in(*library)["/p/x.cr2"] == id(2));
}

TEST_CASE("only files inside the folders are touched", "[embed]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(*library, {row_for("/p/x.cr2", 1, noon), row_for("/p/x.jpg", 2, noon), row_for("/pq/x.cr2", 3, noon),
                 row_for("/pq/x.jpg", 4, noon)});
  CHECK(assign_photos(*library, {"/p"}) == 1);
  CHECK(photos_in(*library)["/pq/x.cr2"] == id(3));
}

TEST_CASE("copies of a RAW that lie alone are of the photo of the one with its picture", "[embed]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(*library, {row_for("/main/x.cr2", 1, noon), row_for("/main/x.jpg", 2, noon), row_for("/backup/x.cr2", 1, noon),
                 row_for("/backup/other name.cr2", 1, noon), row_for("/backup/y.cr2", 3, noon),
                 row_for("/edited/x.cr2", 1, noon), row_for("/edited/x.jpg", 4, noon)});
  auto photo = [&](const char *path) { return library->read().file_at(path)->photo; };
  auto vanish = [&](const char *path, bool vanished) {
    auto writer = library->write();
    writer.set_vanished(writer.file_at(path)->id, vanished);
    writer.commit();
  };
  SECTION("whichever is looked at first") {
    bool backup_first = GENERATE(true, false);
    for (int i : {0, 1}) assign_photos(*library, {(i == 0) == backup_first ? "/backup" : "/main"});
    for (const char *path : {"/main/x.cr2", "/backup/x.cr2", "/backup/other name.cr2"}) CHECK(photo(path) == id(2));
    CHECK(photo("/backup/y.cr2") == id(3));
    CHECK(assign_photos(*library, {"/main", "/backup"}) == 0);
  }
  SECTION("and learn when RAW and picture are gone together") {
    assign_photos(*library, {"/main", "/backup"});
    vanish("/edited/x.jpg", true);
    assign_photos(*library, {"/edited"});
    CHECK(photo("/backup/x.cr2") == id(2));
    vanish("/main/x.jpg", true);
    vanish("/main/x.cr2", true);
    assign_photos(*library, {"/main"});
    CHECK(photo("/backup/x.cr2") == id(1));
  }
  SECTION("which of several is the first by path, and none once they are gone") {
    assign_photos(*library, {"/"});
    CHECK(photo("/main/x.cr2") == id(2));
    CHECK(photo("/edited/x.cr2") == id(4));
    CHECK(photo("/backup/x.cr2") == id(4));
    CHECK(assign_photos(*library, {"/"}) == 0);
    vanish("/edited/x.jpg", true);
    assign_photos(*library, {"/edited"});
    for (const char *path : {"/main/x.cr2", "/backup/x.cr2", "/edited/x.cr2"}) CHECK(photo(path) == id(2));
    vanish("/main/x.jpg", true);
    assign_photos(*library, {"/main"});
    for (const char *path : {"/main/x.cr2", "/backup/x.cr2", "/edited/x.cr2"}) CHECK(photo(path) == id(1));
    vanish("/edited/x.jpg", false);
    assign_photos(*library, {"/edited"});
    for (const char *path : {"/main/x.cr2", "/backup/x.cr2", "/edited/x.cr2"}) CHECK(photo(path) == id(4));
    CHECK(assign_photos(*library, {"/"}) == 0);
  }
}
