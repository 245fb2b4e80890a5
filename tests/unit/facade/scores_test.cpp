// Columns of scores of libraries that were made before their names were looked at so closely.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "facade/import_columns.h"
#include "facade/rows.h"
#include "temporary_folder.h"

using namespace kalon;
using nlohmann::json;

namespace {

struct Rows : RowSink {
  std::vector<json> all;
  void row(std::string_view text) override { all.push_back(json::parse(text)); }
};

struct Shelf {
  TemporaryFolder folder;
  OpenLibrary open{Library::open(folder / "library"), nullptr};
  Registry registry{std::vector<std::string>{}};
  Task task;

  std::pair<std::vector<json>, json> run(const std::string &method, const json &parameters) {
    Rows rows;
    Parameters given(parameters.dump());
    auto ending = method_named(method).run({given, task, rows, registry, &open});
    CHECK(ending.status == Status::ok);
    return {std::move(rows.all), json::parse(ending.summary)};
  }
  size_t matching(const std::string &where) {
    size_t files = 0;
    visit_chosen(open.library->read(), choice_from(Parameters(json{{"where", where}}.dump())), {},
                 [&](const FileView &, const std::vector<Attribute> &) { return ++files > 0; });
    return files;
  }
};

Status refusal_of(const std::string &name) {
  try {
    require_score_name(name);
    return Status::ok;
  } catch (const Error &error) {
    return error.status();
  }
}

}  // namespace

TEST_CASE("a column that hides what files say can be seen and dropped", "[facade]") {
  Shelf shelf;
  FileRow file;
  file.path = shelf.folder / "a.jpg";
  file.picture = file.photo = hash_of("a");
  file.attributes = {{"rating", "5"}};
  {
    auto writer = shelf.open.library->write();
    writer.put_file(file);
    ScoreColumn column;
    column.name = "rating";
    column.source = "groups: {}";
    std::pair<Hash128, double> score{file.picture, 2};
    writer.put_scores(writer.put_score_column(column).id, std::span(&score, 1));
    writer.commit();
  }
  CHECK(shelf.matching("rating = 5") == 0);
  auto [rows, summary] = shelf.run("scores", json::object());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["name"] == "rating");
  CHECK(rows[0]["scores"] == 1);
  CHECK(shelf.run("scores", {{"drop", "Rating"}}).second["dropped"] == "rating");
  CHECK(shelf.matching("rating = 5") == 1);
  CHECK(shelf.run("scores", json::object()).first.empty());
  CHECK_THROWS_AS(shelf.run("scores", {{"drop", "rating"}}), Error);
  CHECK(shelf.open.library->check().empty());
}

TEST_CASE("names of new columns hide nothing", "[facade]") {
  for (const char *name : {"taste", "rating2", "my-label", "outlier.rank"}) CHECK(refusal_of(name) == Status::ok);
  for (const char *name : {"rating", "LABEL", "flag", "camera", "lens", "keywords", "caption", "title", "prompt",
                           "seed", "iso", "latitude", "width", "excluded", "and", "two words", ""})
    CHECK(refusal_of(name) == Status::invalid_argument);
}

TEST_CASE("attributes are dropped from more pictures than one transaction takes", "[facade]") {
  Shelf shelf;
  constexpr uint64_t pictures = 10000;
  {
    auto writer = shelf.open.library->write();
    for (uint64_t i = 0; i < pictures; ++i)
      writer.put_attributes(hash_of(std::to_string(i)), i % 4 == 0
                                                            ? std::vector<Attribute>{{"Note", "n"}, {"kept", "k"}}
                                                            : std::vector<Attribute>{{"note", "n"}});
    writer.commit();
  }
  auto [rows, summary] = shelf.run("attributes", json::object());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == json{{"name", "kept"}, {"pictures", pictures / 4}});
  CHECK(rows[1]["pictures"] == pictures);
  CHECK(shelf.run("attributes", {{"drop", "note"}}).second["pictures"] == pictures);
  CHECK(shelf.run("attributes", json::object()).first == std::vector<json>{rows[0]});
  CHECK(shelf.open.library->check().empty());
}
