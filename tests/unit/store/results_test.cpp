// Fingerprints, columns of scores and filters. The oracle of the scores is a map that gets the same changes.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "store/database.h"
#include "store/names.h"
#include "store/state.h"
#include "unit/store/support.h"

using namespace kalon;
using namespace kalon::test;

namespace {

ScoreColumn column_named(const std::string &name) {
  ScoreColumn column;
  column.name = name;
  return column;
}

using Scores = std::map<Hash128, double>;

Scores scores_of(const Reader &reader, uint32_t column) {
  Scores found;
  Hash128 last;
  reader.scan_scores(column, [&](const Hash128 &picture, double value) {
    CHECK((found.empty() || last < picture));
    last = picture;
    found[picture] = value;
    return true;
  });
  return found;
}

std::vector<std::pair<Hash128, double>> list(const Scores &scores) {
  return {scores.begin(), scores.end()};
}

}  // namespace

TEST_CASE("fingerprints come back as they were, each render's its own", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  {
    Writer writer = library->write();
    for (uint64_t i = 0; i < 500; ++i) writer.put_fingerprint(vector_key(i), fingerprint(i));
    writer.put_fingerprint({hash(1), hash(9999)}, fingerprint(7777));
    writer.put_fingerprint(vector_key(2), fingerprint(8888));  // replaced
    Fingerprint bad = fingerprint(3);
    bad.sharpness = std::numeric_limits<float>::quiet_NaN();
    CHECK(status_of([&] { writer.put_fingerprint(vector_key(3), bad); }) == Status::invalid_argument);
    writer.commit();
  }
  Reader reader = library->read();
  for (uint64_t i = 0; i < 500; ++i) {
    REQUIRE(reader.has_fingerprint(vector_key(i)));
    REQUIRE(reader.fingerprint(vector_key(i)) == fingerprint(i == 2 ? 8888 : i));
  }
  CHECK(reader.fingerprint({hash(1), hash(9999)}) == fingerprint(7777));
  CHECK_FALSE(reader.has_fingerprint({hash(1), hash(1)}));
  CHECK_FALSE(reader.fingerprint({hash(600), hash(600)}));
  CHECK(library->check().empty());
}

TEST_CASE("a column of scores keeps what it is told of itself", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  CHECK(writer.score_columns().empty());
  ScoreColumn column = column_named("Outlier.rank-1");
  column.source = "outliers: rank average";
  column.model = "descriptor";
  column.weights_hash = "abc";
  column.direction = -1;
  ScoreColumn made = writer.put_score_column(column);
  CHECK(made.id > 0);
  column = column_named("OUTLIER.RANK-1");  // the same: found, its new description kept, its spelling not
  column.source = "imported";
  column.direction = 1;
  CHECK(writer.put_score_column(column).id == made.id);
  uint32_t other = writer.put_score_column(column_named("beauty")).id;
  CHECK(other != made.id);
  writer.commit();

  Reader reader = library->read();
  auto columns = reader.score_columns();
  REQUIRE(columns.size() == 2);
  CHECK(columns[0].name == "Outlier.rank-1");  // by name, as bytes are ordered
  CHECK(columns[0].source == "imported");
  CHECK(columns[0].model.empty());
  CHECK(columns[0].direction == 1);
  CHECK(columns[0].rows == 0);
  CHECK(columns[0].time > 0);
  CHECK(columns[1].name == "beauty");
  CHECK(reader.score_column("BEAUTY")->id == other);
  CHECK_FALSE(reader.score_column("beaut"));
  CHECK_FALSE(reader.any_scores());
  CHECK(reader.scores(hash(1)).empty());
}

TEST_CASE("scores are what was put, whatever is put, cleared and dropped", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  std::mt19937 random(11);
  std::map<std::string, std::pair<uint32_t, Scores>> expected;  // by name: number and values
  const std::vector<std::string> names{"a", "b", "c", "d"};
  for (int round = 0; round < 60; ++round) {
    auto before = expected;
    {
      Writer writer = library->write();
      const std::string &name = names[random() % names.size()];
      if (random() % 6 == 0) {
        CHECK(writer.drop_score_column(name) == (expected.erase(name) > 0));
      } else {
        uint32_t id = writer.put_score_column(column_named(name)).id;
        auto &[known, values] = expected[name];
        if (known != 0) CHECK(id == known);
        known = id;
        if (random() % 5 == 0) {
          writer.clear_scores(id);
          values.clear();
        } else {
          std::vector<std::pair<Hash128, double>> scores;
          for (uint64_t i = random() % 300; i > 0; --i)  // some of them twice
            scores.emplace_back(hash(random() % 400), std::ldexp(static_cast<double>(random()) - 2e9,
                                                                 static_cast<int>(random() % 600) - 300));
          writer.put_scores(id, scores);
          for (const auto &[picture, value] : scores) values[picture] = value;
        }
      }
      if (random() % 4 == 0)  // given up: nothing of it may stay
        expected = before;
      else
        writer.commit();
    }
    Reader reader = library->read();
    CAPTURE(round);
    REQUIRE(reader.score_columns().size() == expected.size());
    bool any = false;
    for (const auto &[known, column] : expected) {
      any = any || !column.second.empty();
      REQUIRE(scores_of(reader, column.first) == column.second);
      REQUIRE(reader.score_column(known)->rows == column.second.size());
    }
    REQUIRE(reader.any_scores() == any);
    for (uint64_t i = 0; i < 400; i += 7) {
      std::vector<std::pair<std::string, double>> of_picture;
      for (const auto &[known, column] : expected) {
        auto value = column.second.find(hash(i));
        bool there = value != column.second.end();
        REQUIRE(reader.score(column.first, hash(i)) == (there ? std::optional(value->second) : std::nullopt));
        if (there) of_picture.emplace_back(known, value->second);
      }
      REQUIRE(reader.scores(hash(i)) == of_picture);
    }
    REQUIRE(library->check().empty());
  }
}

TEST_CASE("scores that are none are refused, and nothing of their batch is stored", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  uint32_t id = writer.put_score_column(column_named("s")).id;
  for (double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity()}) {
    std::vector<std::pair<Hash128, double>> scores{{hash(1), 1.0}, {hash(2), bad}, {hash(3), 3.0}};
    CHECK(status_of([&] { writer.put_scores(id, scores); }) == Status::invalid_argument);
  }
  CHECK_FALSE(writer.any_scores());
  CHECK(status_of([&] { writer.put_scores(id + 1, {}); }) == Status::not_found);
  CHECK(status_of([&] { writer.clear_scores(0); }) == Status::not_found);
  CHECK_FALSE(writer.drop_score_column("t"));
  ScoreColumn sideways = column_named("u");
  sideways.direction = 2;
  CHECK(status_of([&] { writer.put_score_column(sideways); }) == Status::invalid_argument);
  // Zero of both signs, the smallest and the largest are numbers.
  Scores edges{{hash(1), -0.0},
               {hash(2), std::numeric_limits<double>::denorm_min()},
               {hash(3), std::numeric_limits<double>::max()},
               {hash(4), std::numeric_limits<double>::lowest()}};
  writer.put_scores(id, list(edges));
  CHECK(scores_of(writer, id) == edges);
  CHECK(std::signbit(*writer.score(id, hash(1))));
  size_t seen = 0;
  writer.scan_scores(id, [&](const Hash128 &, double) { return ++seen < 2; });
  CHECK(seen == 2);
}

TEST_CASE("names are such that the filter language reads them", "[store]") {
  for (const char *name : {"a", "Z", "0", "beauty", "outlier-rank", "v1.2", "_", "x_y", "rating", "-1"})
    CHECK(status_of([&] { require_name(name, "it"); }) == Status::ok);
  CHECK(status_of([&] { require_name(std::string(64, 'a'), "it"); }) == Status::ok);
  for (const char *name : {"", "two words", "a=b", "(a)", "a'", "<", "caf\xc3\xa9", "a\n", "a/b", "width", "WIDTH",
                           "id", "vanished", "excluded", "and", "Or", "not", "is", "known"})
    CHECK(status_of([&] { require_name(name, "it"); }) == Status::invalid_argument);
  CHECK(status_of([&] { require_name(std::string(65, 'a'), "it"); }) == Status::invalid_argument);

  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Writer writer = library->write();
  CHECK(status_of([&] { writer.put_score_column(column_named("width")); }) == Status::invalid_argument);
  Bytes bytes{1};
  CHECK(status_of([&] { writer.put_filter("path", bytes); }) == Status::invalid_argument);
}

TEST_CASE("filters are kept under their names", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  Bytes large(3000000), small{1, 2, 3};
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<uint8_t>(i * i >> 3);
  {
    Writer writer = library->write();
    writer.put_filter("portraits", small);
    writer.put_filter("Landscapes", small);
    writer.put_filter("LANDSCAPES", large);
    CHECK(status_of([&] { writer.put_filter("empty", {}); }) == Status::invalid_argument);
    writer.commit();
  }
  {
    Reader reader = library->read();
    CHECK(reader.filters() == std::vector<std::string>{"LANDSCAPES", "portraits"});
    CHECK(reader.filter("landscapes") == large);
    CHECK(reader.filter("portraits") == small);
    CHECK(reader.filter("other").empty());
    CHECK(reader.filter("").empty());
    CHECK(reader.filter(std::string(1000, 'a')).empty());
  }
  Writer writer = library->write();
  CHECK(writer.drop_filter("Portraits"));
  CHECK_FALSE(writer.drop_filter("portraits"));
  CHECK_FALSE(writer.drop_filter(std::string(1000, 'a')));
  writer.commit();
  CHECK(library->read().filters() == std::vector<std::string>{"LANDSCAPES"});
  CHECK(library->check().empty());
}

TEST_CASE("check finds what is wrong with results", "[store]") {
  TemporaryFolder folder;
  auto library = Library::open(folder / "library");
  {
    Writer writer = library->write();
    writer.put_fingerprint(vector_key(1), fingerprint(1));
    uint32_t id = writer.put_score_column(column_named("s")).id;
    writer.put_scores(id, list({{hash(1), 1.0}, {hash(2), 2.0}}));
    writer.put_filter("f", Bytes{1});
    Event event;
    event.body = NotDuplicates{{hash(1), hash(2)}};
    writer.append_event(event);
    writer.commit();
  }
  REQUIRE(library->check().empty());
  std::string eight(8, '\0');
  auto score_key = [](uint32_t column, uint64_t picture) {
    return std::string(layout::Key().number(column).hash(hash(picture)).view());
  };
  double nan = std::numeric_limits<double>::quiet_NaN();
  struct Damage {
    layout::Table table;
    std::string key, value;
    const char *complaint;
  };
  const Damage damages[] = {
      {layout::fingerprints, std::string(32, 'k'), "short", "fingerprints: that of picture"},
      {layout::fingerprints, std::string(31, 'k'), records::encode(fingerprint(1)), "fingerprints: that of picture"},
      {layout::scores, score_key(1, 3), eight, "scores of s: 3 entries instead of 2"},
      {layout::scores, score_key(2, 1), eight, "belongs to no column"},
      {layout::scores, score_key(1, 1), "1234567", "in s is damaged"},
      {layout::scores, score_key(1, 1), {reinterpret_cast<const char *>(&nan), 8}, "in s is damaged"},
      {layout::scores, score_key(1, 1).substr(0, 10), eight, "in s is damaged"},
      {layout::score_columns,
       {"\0\0\0\2", 4},
       records::encode(column_named("t")),
       "score_columns: a record is damaged"},
      {layout::score_columns, {"\0\0\0\1", 4}, "x", "score_columns: a record is damaged"},
      {layout::filters, "g", "x", "filters: g is damaged"},
      {layout::filters, "g", records::encode(records::StoredBytes{"h", 0, {1}}), "filters: g is damaged"},
      {layout::not_duplicates, std::string(20, 'k'), std::string(16, 'a'), "not_duplicates: 2 entries instead of 1"},
  };
  for (const Damage &damage : damages) {
    CAPTURE(damage.complaint);
    std::filesystem::remove_all(folder / "copy");
    library->copy_to(folder / "copy");
    auto copy = Library::open(folder / "copy");
    Writer writer = copy->write();
    database::put(writer.state()->use(), writer.state()->table(damage.table), damage.key, damage.value);
    writer.commit();
    auto faults = copy->check();
    CHECK(std::any_of(faults.begin(), faults.end(),
                      [&](const std::string &fault) { return fault.find(damage.complaint) != std::string::npos; }));
  }
  // What was told apart and is missing from the index.
  std::filesystem::remove_all(folder / "copy");
  library->copy_to(folder / "copy");
  auto copy = Library::open(folder / "copy");
  {
    Writer writer = copy->write();
    database::clear(writer.state()->use(), writer.state()->table(layout::not_duplicates));
    writer.commit();
  }
  CHECK(copy->check().size() == 2);  // the event, and the number of entries
  Writer writer = copy->write();
  writer.rebuild_derived();
  writer.commit();
  CHECK(copy->check().empty());
}
