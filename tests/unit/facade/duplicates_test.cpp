// Duplicates of made-up pictures: which files are one shot, one picture, one group; and what is done to them. Expected
// groups are told by hand.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

#include "exchange/folder.h"
#include "facade/duplicate_actions.h"
#include "facade/duplicate_arrivals.h"
#include "facade/duplicate_worth.h"
#include "facade/file_journal.h"
#include "facade/taking_back.h"
#include "temporary_folder.h"

using namespace kalon;
namespace fs = std::filesystem;

namespace {

constexpr uint32_t dimension = 8;

struct NoRows : RowSink {
  void row(std::string_view) override {}
};

// A library whose files are on disk as any bytes, and whose pictures, vectors and fingerprints are made up. Pictures
// named alike up to a digit at the end look alike.
struct Shelf {
  TemporaryFolder folder;
  std::shared_ptr<Library> library = Library::open(folder / "library");
  std::shared_ptr<ThumbnailCache> thumbnails = ThumbnailCache::open(*library);
  OpenLibrary open{library, thumbnails, {}};
  Registry registry{std::vector<std::string>{}};
  Parameters parameters{"{}"};
  Task task;
  NoRows rows;
  MethodCall call{parameters, task, rows, registry, &open};
  DuplicateOptions options;

  Shelf() {
    options.space = {"made up", {}};
    options.rules = keep_rules();
  }

  struct Is {
    std::string picture;  // its payload
    std::string bytes = {};
    std::string photo = {};
    std::string render = {};
    uint32_t width = 300;
    int64_t taken = unknown_time;
  };

  FileRow put(const std::string &name, const Is &is) {
    FileRow row;
    row.path = folder / name;
    if (!fs::exists(row.path)) folder.write(name, is.bytes.empty() ? is.picture : is.bytes);
    row.stat = stat_file(row.path);
    row.picture = hash_of(is.picture);
    row.photo = is.photo.empty() ? row.picture : hash_of(is.photo);
    if (!is.render.empty()) row.render = hash_of(is.render);
    row.file_hash = hash_of(read_file(row.path));
    row.format = name.substr(name.rfind('.') + 1);
    row.width = is.width;
    row.height = 200;
    row.capture_time = is.taken;
    auto writer = library->write();
    writer.put_file(row);
    auto space = writer.put_space({"made up", {}, "features", "imported", "f32", dimension, KALON_METRIC_COSINE});
    VectorKey key{row.picture, row.render};
    auto family = is.picture.substr(0, is.picture.find_last_not_of("0123456789") + 1);
    auto own = hash_of(is.picture + is.render), common = hash_of(family);
    std::vector<float> vector;
    for (size_t i = 0; i < dimension; ++i) vector.push_back(static_cast<float>(common.bytes[i]) - 127.5f);
    vector[0] += static_cast<float>(own.bytes[0]) / 64;
    writer.put_vectors(space.id, std::span(&key, 1), vector.data());
    Fingerprint fingerprint;
    for (size_t i = 0; i < 72; ++i) {
      fingerprint.hash24[i] = static_cast<uint8_t>(common.bytes[i % 16] ^ i);
      fingerprint.mirrored24[i] = static_cast<uint8_t>(common.bytes[(i + 5) % 16] ^ (i * 7));
    }
    writer.put_fingerprint(key, fingerprint);
    writer.commit();
    return row;
  }

  std::string name(const std::string &path) const { return path.substr(folder.path().size() + 1); }

  // kept file -> the others with how they relate
  using Groups = std::map<std::string, std::map<std::string, std::string>>;
  Groups groups() {
    Groups result;
    auto found = find_duplicate_files(call, options);
    auto reader = library->read();
    auto name_of_file = [&](uint32_t file) { return name(reader.file(found.photos.files[file].id)->path); };
    for (const auto &group : found.groups) {
      auto &others = result[name_of_file(found.photos.shots[group.keeper].files.front())];
      for (const auto &entry : group.entries)
        if (!entry.kept)
          others[name_of_file(entry.file)] = std::string(relation_name(entry.relation)) +
                                             (entry.guarded.empty() ? "" : ", guarded") +
                                             (entry.torn.empty() ? "" : ", torn");
    }
    return result;
  }
  std::map<std::string, std::string> fates(const DuplicateActionReport &report) {
    static constexpr const char *names[] = {"done", "planned", "left", "failed"};
    std::map<std::string, std::string> result;
    for (const auto &item : report.outcomes) result[name(item.path)] = names[static_cast<size_t>(item.fate)];
    return result;
  }
};

using Groups = Shelf::Groups;

}  // namespace

TEST_CASE("copies, and pictures that look alike", "[facade]") {
  Shelf shelf;
  shelf.put("a.jpg", {"cat1"});
  shelf.put("b.jpg", {"cat1"});
  shelf.put("c.jpg", {"cat1", "cat1 with a rating"});
  shelf.put("d.jpg", {"cat2", {}, {}, {}, 600});
  shelf.put("e.jpg", {"dog"});
  // The largest stays, and all copies of the other picture relate to it as their picture does.
  CHECK(shelf.groups() == Groups{{"d.jpg", {{"a.jpg", "similar"}, {"b.jpg", "similar"}, {"c.jpg", "similar"}}}});
  shelf.options.relation = Relation::same_payload;
  CHECK(shelf.groups() == Groups{{"a.jpg", {{"b.jpg", "same_bytes"}, {"c.jpg", "same_payload"}}}});
  shelf.options.relation = Relation::same_bytes;
  CHECK(shelf.groups() == Groups{{"a.jpg", {{"b.jpg", "same_bytes"}}}});
}

TEST_CASE("RAW and picture of one shot belong together", "[facade]") {
  Shelf shelf;
  shelf.put("a/1.cr2", {"raw", {}, "cat1"});
  shelf.put("a/1.jpg", {"cat1"});
  shelf.put("b/1.cr2", {"raw", {}, "cat1"});
  shelf.put("b/1.jpg", {"cat1", "edited"});
  shelf.put("c/1.jpg", {"cat1"});
  shelf.put("c/2.cr2", {"raw", {}, "cat1"});  // a copy that lies alone: no picture of its own is torn from it
  shelf.put("d/1.jpg", {"cat2"});
  CHECK(shelf.groups() == Groups{{"a/1.jpg",
                                  {{"b/1.cr2", "same_bytes"},
                                   {"b/1.jpg", "same_payload"},
                                   {"c/1.jpg", "same_bytes"},
                                   {"c/2.cr2", "same_bytes"},
                                   {"d/1.jpg", "similar"}}}});
  SECTION("a shot goes as a whole, and not before all of it may") {
    shelf.options.relation = Relation::same_bytes;
    auto found = find_duplicate_files(shelf.call, shelf.options);
    auto fates = shelf.fates(trash_duplicates({shelf.call, shelf.options, found, true}));
    CHECK(fates == std::map<std::string, std::string>{{"c/1.jpg", "planned"}, {"c/2.cr2", "planned"}});
  }
  SECTION("one without a RAW is never kept instead of one with") {
    shelf.put("z.png", {"cat3", {}, {}, {}, 9000});
    auto groups = shelf.groups();
    REQUIRE(groups.size() == 1);
    CHECK(groups.at("z.png").at("a/1.jpg") == "similar, guarded");
    CHECK(groups.at("z.png").at("a/1.cr2") == "similar, guarded");
    CHECK(groups.at("z.png").at("c/1.jpg") == "similar, guarded");
    CHECK(groups.at("z.png").at("d/1.jpg") == "similar");
    auto found = find_duplicate_files(shelf.call, shelf.options);
    auto fates = shelf.fates(mark_duplicates({shelf.call, shelf.options, found, false}));
    CHECK(fates.at("a/1.jpg") == "left");
    CHECK(fates.at("d/1.jpg") == "done");
    CHECK(shelf.library->read().excluded_pictures() == std::vector<Hash128>{hash_of("cat2")});
  }
  SECTION("a RAW outside of the choice still guards its picture") {
    shelf.put("z.png", {"cat3", {}, {}, {}, 9000});
    shelf.options.choice = choice_from(Parameters(R"({"where":"not extension = cr2"})"));
    auto groups = shelf.groups();
    CHECK(groups.at("z.png").at("a/1.jpg") == "similar, guarded, torn");
  }
}

TEST_CASE("one file under several names is no duplicate", "[facade]") {
  Shelf shelf;
  shelf.folder.write("a/1.jpg", "cat");
  fs::create_hard_link(shelf.folder / "a/1.jpg", shelf.folder / "a/2.jpg");
  fs::create_directory_symlink(shelf.folder / "a", shelf.folder / "b");
  fs::create_symlink(shelf.folder / "a/1.jpg", shelf.folder / "0.jpg");
  for (const char *name : {"0.jpg", "a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg"}) shelf.put(name, {"cat"});
  CHECK(shelf.groups().empty());
  shelf.put("c.jpg", {"cat"});
  // A link is never what is kept, though it comes first.
  auto groups = shelf.groups();
  REQUIRE(groups.size() == 1);
  CHECK(groups.begin()->first == "a/1.jpg");
  CHECK(groups.begin()->second == std::map<std::string, std::string>{{"0.jpg", "same_file"},
                                                                     {"a/2.jpg", "same_file"},
                                                                     {"b/1.jpg", "same_file"},
                                                                     {"b/2.jpg", "same_file"},
                                                                     {"c.jpg", "same_bytes"}});
}

TEST_CASE("renderings of one picture are copies, and decided on together", "[facade]") {
  // Turned by a tag, say, or with another colour profile.
  Shelf shelf;
  shelf.put("a.jpg", {"cat", "cat, no profile yet", {}, "plain"});
  shelf.put("b.jpg", {"cat", "cat with a profile", {}, "profile"});
  CHECK(shelf.groups() == Groups{{"a.jpg", {{"b.jpg", "same_payload"}}}});
  auto found = find_duplicate_files(shelf.call, shelf.options);
  CHECK(shelf.fates(mark_duplicates({shelf.call, shelf.options, found, false})).at("b.jpg") == "left");
  CHECK(shelf.library->read().excluded_pictures().empty());
}

TEST_CASE("a RAW goes only while the RAW that stays is there, whatever their renders", "[facade]") {
  Shelf shelf;
  shelf.put("a/1.jpg", {"cat1"});
  auto kept = shelf.put("a/1.cr2", {"raw", {}, "cat1"});
  shelf.put("b/1.jpg", {"cat1"});
  shelf.put("b/1.cr2", {"raw", "raw with a rating", "cat1", "turned"});
  shelf.options.relation = Relation::same_payload;
  auto found = find_duplicate_files(shelf.call, shelf.options);
  auto fate = [&] { return shelf.fates(trash_duplicates({shelf.call, shelf.options, found, true})).at("b/1.cr2"); };
  CHECK(fate() == "planned");
  fs::remove(kept.path);
  CHECK(fate() == "failed");
}

TEST_CASE("what people told apart stays apart, by any of its files", "[facade]") {
  Shelf shelf;
  shelf.put("a.jpg", {"cat1"});
  shelf.put("b.jpg", {"cat2"});
  shelf.put("b.cr2", {"raw", {}, "cat2"});
  shelf.put("c.jpg", {"cat3"});
  CHECK(shelf.groups().size() == 1);
  auto writer = shelf.library->write();
  Event event;
  event.body = NotDuplicates{{hash_of("cat1"), hash_of("raw")}};
  writer.append_event(event);
  writer.commit();
  for (const auto &[kept, others] : shelf.groups()) {
    bool has_a = kept == "a.jpg" || others.contains("a.jpg"), has_b = kept == "b.jpg" || others.contains("b.jpg");
    CHECK_FALSE((has_a && has_b));
  }
}

TEST_CASE("what is gone, excluded or never compared", "[facade]") {
  Shelf shelf;
  shelf.put("a.jpg", {"cat1"});
  shelf.put("b.jpg", {"cat2"});
  shelf.put("c.jpg", {"cat3"});
  fs::remove(shelf.folder / "a.jpg");
  CHECK(shelf.groups() == Groups{{"b.jpg", {{"c.jpg", "similar"}}}});
  {
    auto writer = shelf.library->write();
    FileRow row;
    row.path = shelf.folder.write("d.jpg", "cat4");
    row.stat = stat_file(row.path);
    row.picture = row.photo = hash_of("cat4");
    writer.put_file(row);
    writer.commit();
  }
  CHECK(find_duplicate_files(shelf.call, shelf.options).missing == 1);
}

TEST_CASE("the library knows at once what became of files, and comes back", "[facade]") {
  Shelf shelf;
  shelf.put("a.jpg", {"cat"});
  auto copy = shelf.put("b.jpg", {"cat"});
  shelf.options.relation = Relation::same_bytes;
  auto found = find_duplicate_files(shelf.call, shelf.options);
  DuplicateAction action{shelf.call, shelf.options, found, false};
  CHECK(shelf.fates(link_duplicates(action)).at("b.jpg") == "done");
  CHECK(shelf.library->read().file_at(copy.path)->stat == stat_file(copy.path));
  CHECK(stat_file(copy.path).inode == stat_file(shelf.folder / "a.jpg").inode);
  auto operation = shelf.library->read().operations().front();
  CHECK(operation.kind == link_operation);
  CHECK(take_back_linked(shelf.call, operation).done == 1);
  CHECK(shelf.library->read().file_at(copy.path)->stat == stat_file(copy.path));
  CHECK(stat_file(copy.path).mtime_ns == copy.stat.mtime_ns);
}

TEST_CASE("a journal whose act never came is taken back as nothing", "[facade]") {
  Shelf shelf;
  shelf.put("a.jpg", {"cat"});
  auto copy = shelf.put("b.jpg", {"cat"});
  uint64_t trashed = 0, linked = 0;
  {
    auto writer = shelf.library->write();
    trashed = writer.begin_operation({}, trash_operation);
    PlacedItem item{copy.path, shelf.folder / "Trash/files/b.jpg", copy.stat.mtime_ns, 0644};
    writer.add_operation_items(trashed, std::span(&item, 1));
    linked = writer.begin_operation({}, link_operation);
    item = {shelf.folder / "a.jpg", copy.path, copy.stat.mtime_ns, 0644};
    writer.add_operation_items(linked, std::span(&item, 1));
    writer.commit();
  }
  for (auto &operation : shelf.library->read().operations()) {
    auto result =
        operation.id == trashed ? take_back_trashed(shelf.call, operation) : take_back_linked(shelf.call, operation);
    CHECK(result.done == 0);
    CHECK(result.failed.empty());
  }
  CHECK(stat_file(copy.path) == copy.stat);
}

TEST_CASE("new pictures that the library had already", "[facade]") {
  Shelf shelf;
  shelf.put("old/a.jpg", {"cat1"});
  shelf.put("old/b.jpg", {"cat2"});  // alike, both known: both stay
  auto known = shelf.library->read().file_count();
  shelf.put("new/a.jpg", {"cat1"});
  shelf.put("new/b.jpg", {"cat2", "cat2 with a rating"});
  shelf.put("new/c.png", {"cat3"});
  shelf.put("new/d.jpg", {"dog1"});
  shelf.put("new/e.jpg", {"dog2"});
  shelf.put("new/f.jpg", {"dog3", {}, {}, {}, 9000});  // a smaller one came first
  shelf.put("new/g.jpg", {"bird"});
  std::map<std::string, std::string> found;
  for (const auto &arrival : exclude_duplicate_arrivals(shelf.call, shelf.options.space, known))
    found[shelf.name(arrival.path)] = shelf.name(arrival.duplicate_of) + " " +
                                      std::string(relation_name(arrival.relation)) + (arrival.larger ? ", larger" : "");
  CHECK(found == std::map<std::string, std::string>{{"new/a.jpg", "old/a.jpg same_bytes"},
                                                    {"new/b.jpg", "old/b.jpg same_payload"},
                                                    {"new/c.png", "old/a.jpg similar"},
                                                    {"new/e.jpg", "new/d.jpg similar"},
                                                    {"new/f.jpg", "new/d.jpg similar, larger"}});
  auto excluded = shelf.library->read().excluded_pictures();
  std::vector<Hash128> wanted{hash_of("cat3"), hash_of("dog2")};
  std::sort(wanted.begin(), wanted.end());
  CHECK(excluded == wanted);
  // One action, to be taken back as one.
  std::vector<Hash128> actions;
  shelf.library->read().scan_events([&](const Event &event) {
    actions.push_back(event.action);
    return true;
  });
  REQUIRE(actions.size() == 2);
  CHECK(actions[0] == actions[1]);
}

TEST_CASE("moved files are not new, and excluded ones are no reason", "[facade]") {
  Shelf shelf;
  shelf.put("a.jpg", {"cat1"});
  shelf.put("b.jpg", {"cat2"});
  auto known = shelf.library->read().file_count();
  fs::create_directory(shelf.folder / "below");
  fs::rename(shelf.folder / "a.jpg", shelf.folder / "below/a.jpg");
  shelf.put("below/a.jpg", {"cat1"});
  CHECK(exclude_duplicate_arrivals(shelf.call, shelf.options.space, known).empty());
  {
    auto writer = shelf.library->write();
    for (const char *picture : {"cat1", "cat2"}) {
      Event event;
      event.body = Exclude{hash_of(picture), "bad", true};
      writer.append_event(event);
    }
    writer.commit();
  }
  shelf.put("c.jpg", {"cat3"});
  CHECK(exclude_duplicate_arrivals(shelf.call, shelf.options.space, known).empty());
}

TEST_CASE("what a person made of a picture counts, and how much", "[facade]") {
  using Attributes = std::vector<Attribute>;
  auto worth = [](const Attributes &own, const Attributes &imported = {}, int64_t taken = unknown_time) {
    TemporaryFolder folder;
    auto library = Library::open(folder / "library");
    FileRow row;
    row.path = "/a.jpg";
    row.attributes = own;
    row.capture_time = taken;
    auto writer = library->write();
    writer.put_file(row);
    writer.commit();
    int8_t found = 0;
    library->read().scan_files({}, {}, [&](const FileView &file) {
      found = worth_of(file, imported);
      return true;
    });
    return found;
  };
  // From the least to the most.
  const std::vector<std::pair<int8_t, int8_t>> equal = {
      {worth({{"rating", "-1"}}), worth({{"flag", "reject"}, {"rating", "5"}})},
      {worth({}), worth({{"rating", "0"}})},
      {worth({{"flag", "pick"}}), worth({{"title", "Harbour"}})},
      {worth({{"rating", "1"}}), worth({{"rating", "1"}, {"label", "Red"}})},
      {worth({{"rating", "5"}}), worth({{"rating", "-1"}}, {{"Rating", "5"}})}};
  for (size_t i = 0; i < equal.size(); ++i) {
    CAPTURE(i);
    CHECK(equal[i].first == equal[i].second);
    if (i > 0) CHECK(equal[i - 1].first < equal[i].first);
  }
  // A date counts only among equals.
  CHECK(worth({}, {}, 7) > worth({}));
  CHECK(worth({}, {}, 7) < worth({{"title", "Harbour"}}));
  CHECK(worth({{"rating", "-1"}}, {}, 7) < worth({}));
  CHECK(worth_text(worth({{"rating", "5"}}), worth({{"rating", "1"}})) == "rated 5 against 1");
  CHECK(worth_text(worth({{"rating", "2"}}), worth({})) == "rated 2");
  CHECK(worth_text(worth({}), worth({{"rating", "-1"}}, {}, 7)) == "the other is rejected");
  CHECK(worth_text(worth({{"title", "Harbour"}}), worth({})) == "labelled or described");
  CHECK(worth_text(worth({}, {}, 7), worth({})) == "has the date of the shot");
}
