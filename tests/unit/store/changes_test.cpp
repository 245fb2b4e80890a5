// What readers are told of changed rows. The oracle compares every row of two snapshots; what it finds must be told of,
// and nothing that neither changed nor shares a photo with what did.
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

#include "unit/store/event_definition.h"

using namespace kalon;
using namespace kalon::test;

namespace {

using Rows = std::map<uint64_t, std::tuple<std::string, Hash128, Hash128, bool, uint32_t>>;

Rows rows_of(const Reader &reader) {
  Rows rows;
  reader.scan_files({}, {}, [&](const FileView &file) {
    rows[file.id] = {std::string(file.path), file.picture, file.photo, file.vanished, file.width};
    return true;
  });
  return rows;
}

std::vector<uint64_t> of_photo_by_definition(const Reader &reader, const Hash128 &photo) {
  std::vector<uint64_t> files;
  for (const auto &[id, row] : rows_of(reader))
    if (std::get<1>(row) == photo || std::get<2>(row) == photo) files.push_back(id);
  return files;
}

void commit(Library &library, const std::function<void(Writer &)> &work) {
  Writer writer = library.write();
  work(writer);
  writer.commit();
}

FileRow row_at(uint64_t path, uint64_t picture, uint64_t photo) {
  auto row = file_row("/p/" + std::to_string(path), picture);
  row.photo = hash(photo);
  return row;
}

}  // namespace

TEST_CASE("changed rows are told of, whatever changed them", "[store]") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    TemporaryFolder folder;
    auto library = Library::open(folder / "library");
    std::mt19937 random(seed);
    std::vector<std::pair<uint64_t, Rows>> snapshots{{library->read().revision(), {}}};
    for (int step = 0; step < 60; ++step) {
      commit(*library, [&](Writer &writer) {
        for (unsigned i = random() % 3; i < 3; ++i) {
          auto files = rows_of(writer);
          uint64_t some = files.empty() ? 0 : std::next(files.begin(), random() % files.size())->first;
          unsigned kind = random() % 4;
          if (kind == 0 || some == 0) {
            auto row = row_at(random() % 12, random() % 8, random() % 8);
            row.width = random() % 100;
            writer.put_file(row);
          } else if (kind == 1) {
            writer.set_vanished(some, random() % 2 == 0);
          } else {
            writer.set_photo(some, hash(random() % 8));
          }
        }
      });
      auto reader = library->read();
      auto now = rows_of(reader);
      for (const auto &[revision, then] : snapshots) {
        auto told = reader.changed_files(revision, 1000);
        REQUIRE(told);
        REQUIRE(std::is_sorted(told->begin(), told->end()));
        std::set<uint64_t> found(told->begin(), told->end());
        REQUIRE(found.size() == told->size());
        for (const auto &[id, row] : now)
          if (auto old = then.find(id); old == then.end() || old->second != row) REQUIRE(found.contains(id));
      }
      for (uint64_t photo = 0; photo < 8; ++photo) {
        auto files = reader.files_of_photo(hash(photo));
        std::sort(files.begin(), files.end());
        REQUIRE(files == of_photo_by_definition(reader, hash(photo)));
      }
      CHECK(reader.changed_files(reader.revision(), 0).value().empty());
      snapshots.emplace_back(reader.revision(), now);
    }
    CHECK(library->check().empty());
  }
}

TEST_CASE("only what changed is told of, and the others of a photo that was left", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  for (uint64_t i = 1; i <= 5; ++i)
    commit(*library, [&](Writer &writer) {
      auto row = row_at(i, i, i);
      writer.put_file(row);
    });
  auto since = [&](uint64_t revision) { return library->read().changed_files(revision, 10); };
  auto revision = library->read().revision();
  using Files = std::vector<uint64_t>;
  commit(*library, [](Writer &writer) { writer.set_vanished(3, true); });
  CHECK(since(revision) == Files{3});
  commit(*library, [](Writer &writer) { writer.set_vanished(3, true); });  // nothing new
  CHECK(since(revision) == Files{3});
  commit(*library, [](Writer &writer) { writer.set_photo(4, hash(5)); });
  CHECK(since(revision) == Files{3, 4});
  revision = library->read().revision();
  commit(*library, [](Writer &writer) { writer.set_photo(4, hash(4)); });
  CHECK(since(revision) == Files{4, 5});

  // Events and what is computed of pictures leave rows alone.
  revision = library->read().revision();
  auto snapshot = library->read().snapshot();
  commit(*library, [](Writer &writer) {
    Event event;
    event.body = Rating{hash(1), 3};
    writer.append_event(event);
    writer.put_fingerprint(vector_key(1), fingerprint(1));
    writer.put_session("s", Bytes{1});
  });
  CHECK(library->read().revision() == revision);
  CHECK(library->read().snapshot() > snapshot);
  snapshot = library->read().snapshot();
  CHECK(library->read().snapshot() == snapshot);
}

TEST_CASE("what is about all files, was too much or too long ago is not told of singly", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  auto revision = library->read().revision();
  commit(*library, [](Writer &writer) {
    for (uint64_t i = 1; i <= 20; ++i) {
      auto row = row_at(i, i, i);
      writer.put_file(row);
    }
  });
  CHECK(library->read().changed_files(revision, 20).value().size() == 20);
  CHECK_FALSE(library->read().changed_files(revision, 19));
  CHECK_FALSE(library->read().changed_files(library->read().revision() + 1, 20));  // of another library

  auto all_after = [&](const std::function<void(Writer &)> &work) {
    auto before = library->read().revision();
    commit(*library, work);
    CHECK_FALSE(library->read().changed_files(before, 1000));
    CHECK(library->read().changed_files(library->read().revision(), 0));
  };
  all_after([](Writer &writer) { writer.put_attributes(hash(1), {{"a", "b"}}); });
  all_after([](Writer &writer) { writer.remove_attribute(hash(1), "a"); });
  uint32_t column = 0;
  commit(*library, [&](Writer &writer) {
    ScoreColumn score;
    score.name = "beauty";
    column = writer.put_score_column(score).id;
  });
  std::vector<std::pair<Hash128, double>> scores{{hash(1), 0.5}};
  all_after([&](Writer &writer) { writer.put_scores(column, scores); });
  all_after([&](Writer &writer) { writer.drop_score_column("beauty"); });

  // More than is kept, at once and over time.
  constexpr uint64_t many = 40000;
  all_after([&](Writer &writer) {
    for (uint64_t i = 0; i < many; ++i) writer.set_vanished(1 + i % 20, i / 20 % 2 == 0);
    for (uint64_t i = 100; i < 100 + many; ++i) {
      auto row = row_at(i, i, i);
      writer.put_file(row);
    }
  });
  auto old = library->read().revision();
  commit(*library, [](Writer &writer) { writer.set_vanished(7, true); });
  auto newer = library->read().revision();
  for (int part = 0; part < 4; ++part)
    commit(*library, [&](Writer &writer) {
      for (uint64_t i = 0; i < 10000; ++i) writer.set_vanished(1000 + i, part % 2 == 0);
    });
  CHECK_FALSE(library->read().changed_files(old, many));
  CHECK_FALSE(library->read().changed_files(newer, many));
  auto kept = library->read().revision();
  commit(*library, [](Writer &writer) { writer.set_vanished(7, false); });
  CHECK(library->read().changed_files(kept, many) == std::vector<uint64_t>{7});
  CHECK(library->check().empty());
}

TEST_CASE("another process's changes are told of", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 3);
  auto revision = library->read().revision(), snapshot = library->read().snapshot();
  REQUIRE(in_child([&] {
            auto own = Library::open(folder / "library");
            Writer writer = own->write();
            writer.set_vanished(2, true);
            writer.append_action({Rating{hash(3), 4}, Label{hash(3), "red"}});
            writer.commit();
            return 0;
          }) == 0);
  auto reader = library->read();
  CHECK(reader.snapshot() != snapshot);
  CHECK(reader.changed_files(revision, 10) == std::vector<uint64_t>{2});
  CHECK(reader.rating(hash(3)).value().value == 4);
  CHECK(reader.label(hash(3)).value().value == "red");
}

TEST_CASE("the revision tells of changes of rows, not of events", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  put_files(library, 1, 3);
  auto before = library->read().revision();
  auto changes = [&](const auto &work) {
    Writer writer = library->write();
    work(writer);
    writer.commit();
    auto now = library->read().revision();
    return std::exchange(before, now) != now;
  };
  Event event;
  event.body = vote_over(1, 2);
  CHECK_FALSE(changes([&](Writer &writer) { writer.append_event(event); }));
  CHECK_FALSE(changes([&](Writer &writer) { writer.put_session("s", Bytes{1}); }));
  CHECK(changes([&](Writer &writer) { writer.put_attributes(hash(1), {{"prompt", "a boat"}}); }));
  CHECK(changes([&](Writer &writer) { writer.set_photo(1, hash(2)); }));
  CHECK(changes([&](Writer &writer) {
    FileRow row = file_row("/p/new.jpg", 9);
    writer.put_file(row);
  }));
  {
    Writer dropped = library->write();
    dropped.set_vanished(1, true);
  }
  CHECK(library->read().revision() == before);
}
