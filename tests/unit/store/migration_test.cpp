// Libraries of older programs. tests/golden/library-version-N was written by a Kalon of schema N, and what that Kalon
// said of it lies beside it; see make.py there.
#include <catch2/catch.hpp>

#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstring>
#include <fstream>
#include <map>

#include "base/file.h"
#include "store/layout.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

const std::string golden = std::string(KALON_SOURCE_DIR) + "/tests/golden/library-version-1",
                  golden_2 = std::string(KALON_SOURCE_DIR) + "/tests/golden/library-version-2",
                  golden_3 = std::string(KALON_SOURCE_DIR) + "/tests/golden/library-version-3",
                  golden_4 = std::string(KALON_SOURCE_DIR) + "/tests/golden/library-version-4";

void put_library(const std::string &folder, const std::string &from = golden) {
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(from + "/data.mdb", folder + "/data.mdb");
}

// The text of a member of a line of JSON that needs no unescaping; empty for null.
std::string member(const std::string &line, const std::string &name) {
  auto at = line.find("\"" + name + "\":\"");
  if (at == std::string::npos) return {};
  at += name.size() + 4;
  return line.substr(at, line.find('"', at) - at);
}

std::vector<std::string> lines(const std::string &name, const std::string &from = golden) {
  std::ifstream file(from + "/" + name);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);)
    if (line.find("\"id\":") != std::string::npos) all.push_back(line);
  REQUIRE_FALSE(all.empty());
  return all;
}

void check_content(Library &library) {
  Reader reader = library.read();
  std::vector<std::string> expected = lines("list.jsonl"), found = paths(reader);
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i] == member(expected[i], "path"));
    auto row = reader.file_at(found[i]);
    REQUIRE(row);
    CHECK((row->picture.none() ? "" : row->picture.hex()) == member(expected[i], "id"));
    CHECK(row->format == member(expected[i], "format"));
    CHECK(row->vanished == (expected[i].find("\"vanished\":true") != std::string::npos));
    CHECK(reader.excluded(row->picture) == (expected[i].find("\"excluded\":true") != std::string::npos));
  }
  CHECK(reader.excluded_pictures().size() == 1);

  auto spaces = reader.spaces();
  REQUIRE(spaces.size() == 1);
  std::vector<std::string> rows = lines("vectors.jsonl");
  Bytes bytes = read_file(golden + "/vectors.f32");
  size_t dimension = spaces[0].key.dimension;
  REQUIRE(bytes.size() == rows.size() * dimension * sizeof(float));
  std::vector<float> vector(dimension);
  for (size_t i = 0; i < rows.size(); ++i) {
    auto row = reader.file_at(member(rows[i], "path"));
    REQUIRE(row);
    REQUIRE(reader.vector(spaces[0].id, {row->picture, row->render}, vector));
    CHECK(std::memcmp(vector.data(), bytes.data() + i * dimension * sizeof(float), dimension * sizeof(float)) == 0);
  }

  // exclude, exclude, undo; a file that changed.
  CHECK(reader.event_count() == 4);
  auto operations = reader.operations();
  REQUIRE(operations.size() == 1);
  CHECK(operations[0].kind == "symlink");
  auto items = reader.operation_items(operations[0].id);
  CHECK(items.size() == operations[0].items);
  size_t links = 0;  // beside the mark of a folder that was made
  for (const PlacedItem &item : items) {
    links += item.source.starts_with("/srv/pictures/");
    CHECK(item.mtime_ns == 0);
    CHECK(item.mode == 0);
    CHECK(item.source_mtime_ns == 0);
  }
  CHECK(links == 11);
  CHECK(library.check().empty());
}

void check_nothing_new(const Reader &reader) {
  CHECK_FALSE(reader.has_fingerprint(vector_key(1)));
  CHECK_FALSE(reader.fingerprint(vector_key(1)));
  CHECK(reader.score_columns().empty());
  CHECK_FALSE(reader.score_column("a"));
  CHECK_FALSE(reader.score(1, hash(1)));
  CHECK(reader.scores(hash(1)).empty());
  CHECK_FALSE(reader.any_scores());
  size_t seen = 0;
  reader.scan_scores(1, [&](const Hash128 &, double) { return ++seen > 0; });
  CHECK(seen == 0);
  CHECK(reader.filters().empty());
  CHECK(reader.filter("a").empty());
  CHECK(reader.not_duplicates().empty());
  CHECK_FALSE(reader.any_decisions(DecisionKind::flag));
  CHECK_FALSE(reader.flag(hash(1)));
  CHECK_FALSE(reader.rating(hash(1)));
  CHECK_FALSE(reader.label(hash(1)));
}

// What the new tables can hold, in one commit.
void use_new_tables(Library &library) {
  Writer writer = library.write();
  writer.put_fingerprint(vector_key(1), fingerprint(1));
  ScoreColumn column;
  column.name = "beauty";
  std::vector<std::pair<Hash128, double>> scores{{hash(1), 0.5}};
  writer.put_scores(writer.put_score_column(column).id, scores);
  writer.put_filter("f", Bytes{1});
  writer.commit();
}

uint64_t schema_in(const std::string &folder) {
  MDB_env *environment = nullptr;
  REQUIRE(mdb_env_create(&environment) == 0);
  mdb_env_set_maxdbs(environment, 64);
  REQUIRE(mdb_env_open(environment, folder.c_str(), MDB_RDONLY, 0644) == 0);
  MDB_txn *transaction = nullptr;
  MDB_dbi meta = 0;
  REQUIRE(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction) == 0);
  REQUIRE(mdb_dbi_open(transaction, "meta", 0, &meta) == 0);
  char name[] = "schema";
  MDB_val key{6, name}, value{};
  REQUIRE(mdb_get(transaction, meta, &key, &value) == 0);
  auto schema = layout::read_number<uint64_t>({static_cast<const char *>(value.mv_data), value.mv_size});
  mdb_txn_abort(transaction);
  mdb_env_close(environment);
  return schema;
}

// Makes a library of this program one of an older schema, which had the tables of this one but for those it brought.
void make_older(const std::string &folder, char schema) {
  MDB_env *environment = nullptr;
  REQUIRE(mdb_env_create(&environment) == 0);
  mdb_env_set_maxdbs(environment, 64);
  REQUIRE(mdb_env_open(environment, folder.c_str(), 0, 0644) == 0);
  MDB_txn *transaction = nullptr;
  REQUIRE(mdb_txn_begin(environment, nullptr, 0, &transaction) == 0);
  for (const auto &description : layout::library_tables) {
    if (description.since <= static_cast<uint64_t>(schema)) continue;
    MDB_dbi table = 0;
    REQUIRE(mdb_dbi_open(transaction, description.name, 0, &table) == 0);
    REQUIRE(mdb_drop(transaction, table, 1) == 0);
  }
  MDB_dbi meta = 0;
  REQUIRE(mdb_dbi_open(transaction, "meta", 0, &meta) == 0);
  char name[] = "schema", bytes[] = {0, 0, 0, 0, 0, 0, 0, schema};
  MDB_val key{6, name}, value{8, bytes};
  REQUIRE(mdb_put(transaction, meta, &key, &value, 0) == 0);
  REQUIRE(mdb_txn_commit(transaction) == 0);
  mdb_env_close(environment);
}

}  // namespace

TEST_CASE("a library of schema 1 is read as it is", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library");
  Bytes before = read_file(folder / "library/data.mdb");
  auto library = Library::open(folder / "library", reading);
  check_content(*library);
  check_nothing_new(library->read());
  CHECK(status_of([&] { library->write(); }) == Status::read_only);
  library->copy_to(folder / "copy");
  library.reset();
  CHECK(read_file(folder / "library/data.mdb") == before);
  CHECK(schema_in(folder / "library") == 1);
  CHECK(schema_in(folder / "copy") == 1);
  check_content(*Library::open(folder / "copy", reading));
}

TEST_CASE("a library of schema 1 that is opened for writing becomes one of this program's", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library");
  {
    auto library = Library::open(folder / "library");
    check_content(*library);
    check_nothing_new(library->read());
    use_new_tables(*library);
  }
  CHECK(schema_in(folder / "library") == layout::schema_version);
  for (const OpenOptions &options : {reading, OpenOptions{}}) {
    auto library = Library::open(folder / "library", options);
    check_content(*library);
    CHECK(library->read().fingerprint(vector_key(1)) == fingerprint(1));
    CHECK(library->read().scores(hash(1)).size() == 1);
  }
}

TEST_CASE("a process that reads a library of schema 1 may go on to write it", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library");
  auto reader = Library::open(folder / "library", reading);
  check_nothing_new(reader->read());
  auto writer = Library::open(folder / "library");
  use_new_tables(*writer);
  CHECK(reader->read().has_fingerprint(vector_key(1)));
  check_content(*reader);
}

TEST_CASE("a reader in another process outlives the migration", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library");
  int to_child[2], from_child[2];
  REQUIRE(::pipe(to_child) == 0);
  REQUIRE(::pipe(from_child) == 0);
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int code = 1;
    try {
      char byte = 0;
      auto library = Library::open(folder / "library", reading);
      uint64_t files = library->read().file_count();
      bool told = ::write(from_child[1], "r", 1) == 1 && ::read(to_child[0], &byte, 1) == 1;  // migrated meanwhile
      bool same = library->read().file_count() == files && library->check().empty();
      library.reset();
      library = Library::open(folder / "library", reading);  // anew: with what is new
      code = told && same && library->read().any_scores() ? 0 : 2;
    } catch (...) {
    }
    ::_exit(code);
  }
  char byte = 0;
  REQUIRE(::read(from_child[0], &byte, 1) == 1);
  use_new_tables(*Library::open(folder / "library"));
  REQUIRE(::write(to_child[1], "w", 1) == 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  for (int end : {to_child[0], to_child[1], from_child[0], from_child[1]}) ::close(end);
}

TEST_CASE("a migration that fails leaves the library as it was", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library");
  Bytes before = read_file(folder / "library/data.mdb");
  // The file may not grow, as on a full disk.
  int code = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{before.size(), before.size()};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    return status_of([&] { Library::open(folder / "library"); }) == Status::io ? 0 : 2;
  });
  CHECK(code == 0);
  CHECK(read_file(folder / "library/data.mdb") == before);
  check_content(*Library::open(folder / "library", reading));
  auto library = Library::open(folder / "library");
  use_new_tables(*library);
  check_content(*library);
}

TEST_CASE("a process that cannot migrate what it reads goes on reading", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library");
  size_t size = read_file(folder / "library/data.mdb").size();
  int code = in_child([&] {
    auto library = Library::open(folder / "library", reading);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{size, size};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    if (status_of([&] { Library::open(folder / "library"); }) != Status::io) return 2;
    return library->read().file_count() == 14 && library->check().empty() ? 0 : 3;
  });
  CHECK(code == 0);
}

TEST_CASE("who was told apart in a library of schema 1 is so after it", "[store]") {
  TemporaryFolder folder;
  std::vector<Hash128> kept{hash(1), hash(2)}, taken_back{hash(3), hash(4)};
  {
    auto library = Library::open(folder / "library");
    Writer writer = library->write();
    Event event;
    event.body = NotDuplicates{taken_back};
    Hash128 action = writer.append_event(event).action;
    event.body = NotDuplicates{kept};
    writer.append_event(event);
    event.body = Undo{action};
    writer.append_event(event);
    writer.commit();
  }
  make_older(folder / "library", 1);
  CHECK(Library::open(folder / "library", reading)->check().empty());
  auto library = Library::open(folder / "library");
  CHECK(library->read().not_duplicates() == std::vector<std::vector<Hash128>>{kept});
  CHECK(library->check().empty());
}

TEST_CASE("a library of schema 2 is read as it is, and becomes one of this program's", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library", golden_2);
  Bytes before = read_file(folder / "library/data.mdb");
  auto check = [](Library &library) {
    Reader reader = library.read();
    auto expected = lines("list.jsonl", golden_2);
    auto found = paths(reader);
    REQUIRE(found.size() == expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i] == member(expected[i], "path"));
      auto row = reader.file_at(found[i]);
      REQUIRE(row);
      CHECK(row->picture.hex() == member(expected[i], "id"));
      CHECK(reader.excluded(row->picture) == (expected[i].find("\"excluded\":true") != std::string::npos));
      CHECK(reader.scores(row->picture).size() == (expected[i].find("\"beauty\":\"0.5\"") != std::string::npos));
      CHECK_FALSE(reader.flag(row->picture));
    }
    CHECK(reader.not_duplicates().size() == 1);
    CHECK_FALSE(reader.any_decisions(DecisionKind::flag));
    CHECK(library.check().empty());
  };
  check(*Library::open(folder / "library", reading));
  CHECK(read_file(folder / "library/data.mdb") == before);
  auto library = Library::open(folder / "library");
  check(*library);
  Writer writer = library->write();
  Event event;
  event.body = Flag{hash(1), FlagValue::pick};
  writer.append_event(event);
  writer.commit();
  CHECK(library->read().flag(hash(1)).value().value == FlagValue::pick);
  CHECK(library->check().empty());
  CHECK(schema_in(folder / "library") == layout::schema_version);
}

TEST_CASE("what was decided in an older library is so after it", "[store]") {
  for (char schema : {1, 2, 3, 4}) {
    CAPTURE(int(schema));
    TemporaryFolder folder;
    {
      auto library = Library::open(folder / "library");
      Writer writer = library->write();
      Event event;
      for (auto [picture, value] : {std::pair(1, FlagValue::pick), {1, FlagValue::reject}, {2, FlagValue::pick}}) {
        event.body = Flag{hash(picture), value};
        event.action = writer.append_event(event).action;
      }
      Event last;
      last.body = Flag{hash(2), FlagValue::none};
      last.body = Undo{writer.append_event(last).action};
      writer.append_event(last);
      writer.append_action({Rating{hash(1), 3}, Label{hash(1), "red"}, Rating{hash(2), 5}, Label{hash(2), "blue"}});
      last.body = Undo{writer.append_action({Rating{hash(1), 1}, Label{hash(2), ""}})};
      writer.append_event(last);
      auto row = file_row("/p/raw", 7);
      row.photo = hash(8);
      writer.put_file(row);
      writer.commit();
    }
    make_older(folder / "library", schema);
    auto old = Library::open(folder / "library", reading);
    CHECK(old->check().empty());
    CHECK(old->read().any_decisions(DecisionKind::flag) == (schema >= 3));
    CHECK_FALSE(old->read().any_decisions(DecisionKind::rating));
    CHECK(old->read().files_of_photo(hash(8)).empty());
    CHECK_FALSE(old->read().changed_files(old->read().revision(), 10));
    auto library = Library::open(folder / "library");
    CHECK(library->read().rating(hash(1)).value().value == 3);
    CHECK(library->read().label(hash(1)).value().value == "red");
    CHECK(library->read().rating(hash(2)).value().value == 5);
    CHECK(library->read().label(hash(2)).value().value == "blue");
    CHECK(library->read().files_of_photo(hash(8)) == std::vector<uint64_t>{1});
    CHECK(library->read().changed_files(library->read().revision(), 10).value().empty());
    CHECK(library->read().flag(hash(1)).value().value == FlagValue::reject);
    CHECK(library->read().flag(hash(2)).value().value == FlagValue::pick);
    CHECK(library->check().empty());
  }
}

TEST_CASE("a library of schema 3 is read as it is, and becomes one of this program's", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library", golden_3);
  Bytes before = read_file(folder / "library/data.mdb");
  auto check = [](Library &library) {
    Reader reader = library.read();
    for (const auto &line : lines("list.jsonl", golden_3)) {
      auto row = reader.file_at(member(line, "path"));
      REQUIRE(row);
      CHECK(row->picture.hex() == member(line, "id"));
      CHECK(reader.excluded(row->picture) == (line.find("\"excluded\":true") != std::string::npos));
      CHECK(reader.flag(row->picture).has_value() == (line.find("\"flag\":\"pick\"") != std::string::npos));
    }
    CHECK(reader.sessions().empty());
    CHECK(reader.session("a").empty());
    CHECK(library.check().empty());
  };
  check(*Library::open(folder / "library", reading));
  CHECK(read_file(folder / "library/data.mdb") == before);
  auto library = Library::open(folder / "library");
  check(*library);
  std::vector<Event> events;
  library->read().scan_events([&](const Event &event) {
    events.push_back(event);
    return true;
  });
  REQUIRE(events.size() > 4);
  for (const auto &event : events) CHECK(library->read().event(event.id).value().time == event.time);
  CHECK(library->write().import_events(events) == 0);
  Writer writer = library->write();
  writer.put_session("s", Bytes{1});
  writer.commit();
  CHECK(library->read().sessions() == std::vector<std::string>{"s"});
  CHECK(library->check().empty());
  CHECK(schema_in(folder / "library") == layout::schema_version);
}

TEST_CASE("a library of schema 4 is read as it is, and becomes one of this program's", "[store]") {
  TemporaryFolder folder;
  put_library(folder / "library", golden_4);
  Bytes before = read_file(folder / "library/data.mdb");
  // The last decisions that stand in decisions.jsonl and were not taken back there, by the file's number; -1, "-":
  // none.
  const int stars[] = {3, 1, 0, 2, -1, -1};
  const std::string labels[] = {"-", "-", "", "rouge foncé", "-", "-"};
  auto check = [&](Library &library, bool derived) {
    Reader reader = library.read();
    auto expected = lines("list.jsonl", golden_4);
    REQUIRE(expected.size() == 6);
    for (size_t i = 0; i < expected.size(); ++i) {
      auto row = reader.file_at(member(expected[i], "path"));
      REQUIRE(row);
      CHECK(row->picture.hex() == member(expected[i], "id"));
      CHECK(reader.excluded(row->picture) == (expected[i].find("\"excluded\":true") != std::string::npos));
      CHECK(reader.flag(row->picture).has_value() == (expected[i].find("\"flag\":\"pick\"") != std::string::npos));
      auto rating = reader.rating(row->picture);
      auto label = reader.label(row->picture);
      CHECK((rating ? rating->value : -1) == (derived ? stars[i] : -1));
      CHECK((label ? label->value : "-") == (derived ? labels[i] : "-"));
    }
    CHECK(reader.sessions() == std::vector<std::string>{"s"});
    CHECK(library.check().empty());
  };
  check(*Library::open(folder / "library", reading), false);
  CHECK(read_file(folder / "library/data.mdb") == before);
  auto library = Library::open(folder / "library");
  check(*library, true);
  library.reset();
  CHECK(schema_in(folder / "library") == layout::schema_version);
  check(*Library::open(folder / "library", reading), true);
}
