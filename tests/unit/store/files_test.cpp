// Rows of files. Oracles: std::map and std::set (their order is that of bytes), and the Unicode names of é (U+00E9;
// U+0065 U+0301).
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/text.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

void put(const std::shared_ptr<Library> &library, const std::vector<std::string> &names) {
  Writer writer = library->write();
  for (size_t i = 0; i < names.size(); ++i) {
    FileRow row = file_row(names[i], i + 1);
    writer.put_file(row);
  }
  writer.commit();
}

void check_equal(const FileRow &a, const FileRow &b) {
  CHECK(a.id == b.id);
  CHECK(a.path == b.path);
  CHECK(a.stat == b.stat);
  CHECK(a.sidecars == b.sidecars);
  CHECK(a.outcome.status == b.outcome.status);
  CHECK(a.outcome.text == b.outcome.text);
  CHECK(a.vanished == b.vanished);
  CHECK(a.picture == b.picture);
  CHECK(a.render == b.render);
  CHECK(a.file_hash == b.file_hash);
  CHECK(a.photo == b.photo);
  CHECK(a.format == b.format);
  CHECK(a.width == b.width);
  CHECK(a.height == b.height);
  CHECK(a.capture_time == b.capture_time);
  CHECK(a.indexed_time == b.indexed_time);
  REQUIRE(a.attributes.size() == b.attributes.size());
  for (size_t i = 0; i < a.attributes.size(); ++i) {
    CHECK(a.attributes[i].name == b.attributes[i].name);
    CHECK(a.attributes[i].value == b.attributes[i].value);
  }
}

std::vector<std::string> inside(const std::set<std::string> &all, const std::string &folder) {
  std::vector<std::string> list;
  for (const std::string &path : all)
    if (path == folder || path.starts_with(folder + "/")) list.push_back(path);
  return list;
}

}  // namespace

TEST_CASE("a row comes back as it was stored, by path and by number", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  FileRow full = file_row("/p/a.jpg", 11), failed;
  failed.path = "/p/\xff.jpg";
  failed.outcome = {Status::corrupt_data, "the file ends too early"};
  {
    Writer writer = library->write();
    writer.put_file(full);
    writer.put_file(failed);
    CHECK(writer.file_at("/p/a.jpg")->id == full.id);  // a writer reads what it wrote
    writer.commit();
  }
  CHECK(full.id != failed.id);
  Reader reader = library->read();
  CHECK(reader.file_count() == 2);
  check_equal(*reader.file_at("/p/a.jpg"), full);
  check_equal(*reader.file(full.id), full);
  check_equal(*reader.file_at("/p/\xff.jpg"), failed);
  CHECK(failed.capture_time == unknown_time);
  CHECK_FALSE(reader.file_at("/p/b.jpg"));
  CHECK_FALSE(reader.file_at(""));
  CHECK_FALSE(reader.file(99));
  reader.scan_files({}, {}, [&](const FileView &view) {
    if (view.id != full.id) return true;
    CHECK(*view.attribute("camera") == "Kalonikon 1");
    CHECK_FALSE(view.attribute("Camera"));
    return true;
  });
}

TEST_CASE("a path keeps its number; numbers are never used again", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  FileRow first = file_row("/p/a.jpg", 1), second = file_row("/p/b.jpg", 1);
  {
    Writer writer = library->write();
    writer.put_file(first);
    writer.put_file(second);
    CHECK(writer.files_of(hash(1)) == std::vector{first.id, second.id});
    FileRow changed = file_row("/p/a.jpg", 2);
    writer.put_file(changed);
    CHECK(changed.id == first.id);
    CHECK(writer.files_of(hash(1)) == std::vector{second.id});
    CHECK(writer.files_of(hash(2)) == std::vector{first.id});
    changed.picture = {};
    writer.put_file(changed);
    CHECK(writer.files_of(hash(2)).empty());
    writer.set_vanished(second.id, true);
    writer.set_photo(second.id, hash(5));
    CHECK(status_of([&] { writer.set_vanished(77, true); }) == Status::not_found);
    writer.commit();
  }
  {
    Writer dropped = library->write();
    FileRow row = file_row("/p/c.jpg", 3);
    dropped.put_file(row);
  }
  CHECK(library->read().file_count() == 2);
  CHECK(library->read().file(second.id)->vanished);
  CHECK(library->read().file(second.id)->photo == hash(5));
  CHECK(library->check().empty());
}

TEST_CASE("scans go by bytes of paths, inside one folder, from a place on", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::vector<std::string> names = {"/p/a/1", "/p/a/2", "/p/a",    "/p/a-b/1", "/p/a.b",      "/p/a/b/c",
                                    "/p/ab",  "/p/b",   "/p/\xff", "/q",       "/p/a/\xff/x", "/p/a0"};
  put(library, names);
  std::set<std::string> sorted(names.begin(), names.end());
  Reader reader = library->read();
  CHECK(paths(reader) == std::vector<std::string>(sorted.begin(), sorted.end()));
  for (const char *one : {"/p", "/p/a", "/p/a/b", "/p/\xff", "/q", "/p/a/\xff", "/nothing"})
    CHECK(paths(reader, one) == inside(sorted, one));
  CHECK(paths(reader, "/p/a/") == inside(sorted, "/p/a"));
  CHECK(paths(reader, "/").size() == names.size());
  for (const std::string &after : names) {
    std::vector<std::string> expected;
    for (const std::string &path : inside(sorted, "/p/a"))
      if (path > after) expected.push_back(path);
    CHECK(paths(reader, "/p/a", after) == expected);
  }
  std::vector<std::string> paged;
  for (std::string after;;) {
    auto page = paths(reader, {}, after, 2);
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    after = page.back();
  }
  CHECK(paged == std::vector<std::string>(sorted.begin(), sorted.end()));
}

TEST_CASE("paths longer than a key work as others do", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::string deep = "/" + std::string(200, 'd') + "/" + std::string(200, 'e') + "/" + std::string(97, 'f');
  REQUIRE(deep.size() == 500);
  std::vector<std::string> names = {deep,
                                    deep + "/z.jpg",
                                    deep + "/a.jpg",
                                    deep + "-/b.jpg",
                                    deep + "/m/n.jpg",
                                    deep.substr(0, 480),
                                    deep.substr(0, 481),
                                    "/a",
                                    "/z",
                                    deep + "/" + std::string(3000, 'x'),
                                    deep.substr(0, 480) + "\xff"};
  std::minstd_rand random(5);
  for (int i = 0; i < 200; ++i) {
    std::string name = deep.substr(0, 470 + random() % 31);
    for (size_t length = random() % 40; length > 0; --length) name += "ab/"[random() % 3];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  put(library, names);
  std::set<std::string> sorted(names.begin(), names.end());
  {
    Reader reader = library->read();
    CHECK(paths(reader) == std::vector<std::string>(sorted.begin(), sorted.end()));
    CHECK(paths(reader, deep) == inside(sorted, deep));
    for (const std::string &name : names) {
      CAPTURE(name.size());
      REQUIRE(reader.file_at(name));
      CHECK(reader.file_at(name)->path == name);
      CHECK(reader.file(reader.file_at(name)->id)->path == name);
      auto rest = paths(reader, {}, name);
      CHECK(rest == std::vector<std::string>(sorted.upper_bound(name), sorted.end()));
    }
  }
  FileRow too_long = file_row("/" + std::string(70000, 'x'));
  CHECK(status_of([&] { library->write().put_file(too_long); }) == Status::invalid_argument);
  CHECK(library->check().empty());
}

TEST_CASE("a writer may change rows while it scans them", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("/p/" + std::to_string(i));
  for (int i = 0; i < 20; ++i) names.push_back("/q/" + std::string(600, 'q') + std::to_string(i));
  put(library, names);
  Writer writer = library->write();
  size_t met = 0;
  writer.scan_files({}, {}, [&](const FileView &view) {
    FileRow row = row_of(view);
    row.outcome.text = std::string(300, 'x');
    writer.put_file(row);
    ++met;
    return true;
  });
  CHECK(met == names.size());
  writer.commit();
  CHECK(library->check().empty());
}

TEST_CASE("names are found in either Unicode spelling", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::string composed = "/caf\xc3\xa9", decomposed = "/cafe\xcc\x81";
  put(library,
      {composed + "/e\xcc\x81t\xc3\xa9.jpg", composed + "/b.jpg", "/plain/\xc3\xa9.jpg", "/plain/\xff\xc3\xa9.jpg"});
  Reader reader = library->read();
  for (const std::string &cafe : {composed, decomposed})
    for (const char *name : {"/e\xcc\x81t\xc3\xa9.jpg", "/\xc3\xa9te\xcc\x81.jpg", "/\xc3\xa9t\xc3\xa9.jpg"}) {
      REQUIRE(reader.file_at(cafe + name));
      CHECK(reader.file_at(cafe + name)->path == composed + "/e\xcc\x81t\xc3\xa9.jpg");
    }
  CHECK(reader.file_at("/plain/e\xcc\x81.jpg")->path == "/plain/\xc3\xa9.jpg");
  CHECK_FALSE(
      reader.file_at("/plain/\xff"
                     "e\xcc\x81.jpg"));  // no UTF-8, so only its own bytes
  CHECK(paths(reader, decomposed) == paths(reader, composed));
  CHECK(paths(reader, composed).size() == 2);
  CHECK(paths(reader, decomposed + "/", composed + "/b.jpg").size() == 1);
}

TEST_CASE("both spellings of a name may exist as two files", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put(library, {"/\xc3\xa9/1", "/e\xcc\x81/1"});
  Reader reader = library->read();
  CHECK(reader.file_count() == 2);
  CHECK(reader.file_at("/\xc3\xa9/1")->path == "/\xc3\xa9/1");
  CHECK(reader.file_at("/e\xcc\x81/1")->path == "/e\xcc\x81/1");
  CHECK(paths(reader, "/\xc3\xa9").size() == 1);
}

TEST_CASE("imported attributes are visited in order and removed by name", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::map<Hash128, std::vector<std::string>> expected;
  {
    auto writer = library->write();
    for (uint64_t i = 0; i < 300; ++i) {
      std::vector<Attribute> attributes{{"Prompt", "p"}};
      if (i % 3 == 0) attributes.push_back({"seed", "1"});
      writer.put_attributes(hash(i), attributes);
      for (const auto &attribute : attributes) expected[hash(i)].push_back(attribute.name);
    }
    writer.commit();
  }
  auto visited = [&](const Hash128 &from, size_t most) {
    std::map<Hash128, std::vector<std::string>> found;
    Hash128 last;
    library->read().scan_attributes(from, [&](const Hash128 &picture, const std::vector<Attribute> &attributes) {
      CHECK((found.empty() || last < picture));
      last = picture;
      for (const auto &attribute : attributes) found[picture].push_back(attribute.name);
      return found.size() < most;
    });
    return found;
  };
  CHECK(visited({}, 1000) == expected);
  auto middle = std::next(expected.begin(), 100);
  CHECK(visited(middle->first, 50) ==
        std::map<Hash128, std::vector<std::string>>(middle, std::next(expected.begin(), 150)));
  {
    auto writer = library->write();
    for (uint64_t i = 0; i < 300; ++i) CHECK(writer.remove_attribute(hash(i), "PROMPT"));
    CHECK_FALSE(writer.remove_attribute(hash(1), "prompt"));
    CHECK_FALSE(writer.remove_attribute(hash(999), "prompt"));
    writer.commit();
  }
  for (const auto &[picture, names] : visited({}, 1000)) CHECK(names == std::vector<std::string>{"seed"});
  CHECK(visited({}, 1000).size() == 100);
  auto writer = library->write();
  for (uint64_t i = 0; i < 300; i += 3) CHECK(writer.remove_attribute(hash(i), "seed"));
  CHECK_FALSE(writer.any_attributes());
  writer.commit();
  CHECK(library->check().empty());
}

TEST_CASE("imported attributes are merged by name", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  CHECK_FALSE(library->read().any_attributes());
  Writer writer = library->write();
  writer.put_attributes(hash(1), {{"prompt", "a cat"}, {"seed", "7"}});
  writer.put_attributes(hash(1), {{"seed", "8"}, {"steps", "20"}});
  writer.put_attributes(hash(2), {});
  writer.commit();
  Reader reader = library->read();
  CHECK(reader.any_attributes());
  auto found = reader.attributes(hash(1));
  REQUIRE(found.size() == 3);
  CHECK(found[0].value == "a cat");
  CHECK(found[1].value == "8");
  CHECK(found[2].name == "steps");
  CHECK(reader.attributes(hash(2)).empty());
}
