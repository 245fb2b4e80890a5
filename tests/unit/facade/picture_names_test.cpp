// Which pictures rows of a table mean: expected values are those that were put into the library by hand.
#include <catch2/catch.hpp>

#include "facade/picture_names.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

struct Shelf {
  TemporaryFolder folder;
  std::shared_ptr<Library> library = Library::open(folder / "library");

  VectorKey put(const std::string &path, const std::string &picture, const std::string &render = {}) {
    FileRow row;
    row.path = path;
    if (!picture.empty()) row.picture = row.photo = hash_of(picture);
    if (!render.empty()) row.render = hash_of(render);
    auto writer = library->write();
    writer.put_file(row);
    writer.commit();
    return {row.picture, row.render};
  }

  // What the first row of a table names.
  PictureNames::Found find(const std::string &name, const std::string &content,
                           const std::vector<std::string> &bases = {"/base"}, const std::string &column = {}) {
    auto table = open_table_or_list(folder.write(name, content));
    PictureNames names(*table, column, bases);
    TableRow row;
    REQUIRE(table->next(row));
    REQUIRE(row.outcome.ok());
    return names.find(library->read(), row);
  }
};

using Keys = std::vector<VectorKey>;

}  // namespace

TEST_CASE("an id means all renders of a picture, a path the render of its file, both together that one", "[facade]") {
  Shelf shelf;
  auto upright = shelf.put("/a/1.jpg", "one", "upright"), turned = shelf.put("/a/2.jpg", "one", "turned");
  shelf.put("/a/3.jpg", "one", "turned");
  auto other = shelf.put("/a/4.jpg", "two");
  auto id = upright.picture.hex();

  CHECK(shelf.find("t.txt", id).keys == Keys{upright, turned});
  CHECK(shelf.find("t.txt", "/a/2.jpg").keys == Keys{turned});
  CHECK(shelf.find("t.csv", "id,path\n" + id + ",/a/3.jpg\n").keys == Keys{turned});
  // A path of another picture says nothing about which render of this one is meant; nor does one that is not known.
  CHECK(shelf.find("t.csv", "id,path\n" + id + ",/a/4.jpg\n").keys == Keys{upright, turned});
  CHECK(shelf.find("t.csv", "path,id\n/gone.jpg," + id + "\n").keys == Keys{upright, turned});
  // The id is not of this library, and the path is; numbers of another program's are no ids.
  CHECK(shelf.find("t.csv", "id,path\neeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee,/a/4.jpg\n").keys == Keys{other});
  CHECK(shelf.find("t.jsonl", R"({"id":17,"file_name":"/a/4.jpg"})").keys == Keys{other});
  CHECK(shelf.find("t.csv", "id,mine\n" + id + ",/a/4.jpg\n", {}, "mine").keys == Keys{other});
}

TEST_CASE("paths are found however they are written", "[facade]") {
  Shelf shelf;
  auto key = shelf.put("/base/d/caf\xc3\xa9 1.jpg", "one");
  auto bytes = shelf.put("/base/\xff.png", "two");
  auto second = shelf.put("/second/x.png", "three");
  for (auto name : {"/base/d/caf\xc3\xa9 1.jpg", "d/caf\xc3\xa9 1.jpg", "./d/../d//caf\xc3\xa9 1.jpg",
                    "file:///base/d/caf%C3%A9%201.jpg", "file://localhost/base/d/caf%c3%a9%201.jpg",
                    "/base/d/cafe\xcc\x81 1.jpg"}) {
    INFO(name);
    CHECK(shelf.find("t.txt", name).keys == Keys{key});
    CHECK(shelf.find("t.txt", name).name == name);
  }
  CHECK(shelf.find("t.txt", "\xff.png").keys == Keys{bytes});
  CHECK(shelf.find("t.csv", "uri\nfile:///base/%FF.png\n").keys == Keys{bytes});
  CHECK(shelf.find("t.txt", "x.png", {"/base", "/second"}).keys == Keys{second});
  shelf.put("/base/x.png", "four");
  CHECK(shelf.find("t.txt", "x.png", {"/base", "/second"}).keys.front().picture == hash_of("four"));
}

TEST_CASE("what names no picture says why", "[facade]") {
  Shelf shelf;
  shelf.put("/base/broken.jpg", "");
  for (auto name : {"x.jpg", "/x.jpg", "http://host/broken.jpg", "file://elsewhere/base/broken.jpg",
                    "s3://base/broken.jpg", "file:///%zz", "99aa06d3014798d86001c324468d497f"}) {
    auto found = shelf.find("t.txt", name);
    CHECK(found.outcome.status == Status::not_found);
    CHECK(found.outcome.text == "is not in the library");
    CHECK(found.name == name);
    CHECK(found.keys.empty());
  }
  CHECK(shelf.find("t.txt", "broken.jpg").outcome.status == Status::not_found);
  CHECK_THAT(shelf.find("t.txt", "broken.jpg").outcome.text, Catch::Contains("could not be read"));
  CHECK(shelf.find("t.csv", "path,score\n,1\n").outcome.status == Status::invalid_argument);
  CHECK(shelf.find("t.jsonl", R"({"path":null})").outcome.status == Status::invalid_argument);
}

TEST_CASE("columns that name pictures are found by their names, or said", "[facade]") {
  TemporaryFolder folder;
  auto columns = [&](const std::string &name, const std::string &content, const std::string &column = {}) {
    auto table = open_table_or_list(folder.write(name, content));
    return PictureNames(*table, column, {}).columns();
  };
  using Columns = std::vector<size_t>;
  CHECK(columns("t.csv", "caption,Image_Path,score,ID\n") == Columns{3, 1});
  CHECK(columns("t.csv", "id,mine\n", "mine") == Columns{1});
  CHECK(columns("t.txt", "x") == Columns{0});
  CHECK_THROWS_WITH(columns("t.csv", "a,b\n"), Catch::Contains("a, b"));
  CHECK_THROWS_WITH(columns("t.csv", "a,b\n", "c"), Catch::Contains("column c") && Catch::Contains("a, b"));
  // Names that JSON lines bring later are met later.
  auto table = open_table(folder.write("t.jsonl", "{\"a\":1}\n{\"mine\":\"x\"}\n"));
  PictureNames later(*table, "mine", {});
  CHECK(later.columns().empty());
  TableRow row;
  while (table->next(row)) {
  }
  CHECK(later.columns() == Columns{1});
  CHECK_THROWS_WITH(columns("t.jsonl", "{\"a\":1}\n"), Catch::Contains("no column is named"));
}
