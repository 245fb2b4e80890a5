// Columns of scores of libraries that were made before their names were looked at so closely.
#include <catch2/catch.hpp>

#include "facade/import_columns.h"
#include "facade/rows.h"
#include "unit/facade/shelf.h"

using namespace kalon;
using nlohmann::json;

namespace {

struct Columns : Shelf {
  json done(const std::string &method, const json &parameters) {
    auto [status, summary] = run(method, parameters);
    CHECK(status == Status::ok);
    return summary;
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
  Columns shelf;
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
  shelf.done("scores", json::object());
  REQUIRE(shelf.rows.all.size() == 1);
  CHECK(shelf.rows.all[0]["name"] == "rating");
  CHECK(shelf.rows.all[0]["scores"] == 1);
  CHECK(shelf.done("scores", {{"drop", "Rating"}})["dropped"] == "rating");
  CHECK(shelf.matching("rating = 5") == 1);
  shelf.done("scores", json::object());
  CHECK(shelf.rows.all.empty());
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
  Columns shelf;
  constexpr uint64_t pictures = 10000;
  {
    auto writer = shelf.open.library->write();
    for (uint64_t i = 0; i < pictures; ++i)
      writer.put_attributes(hash_of(std::to_string(i)), i % 4 == 0
                                                            ? std::vector<Attribute>{{"Note", "n"}, {"kept", "k"}}
                                                            : std::vector<Attribute>{{"note", "n"}});
    writer.commit();
  }
  const json kept = {{"name", "kept"}, {"pictures", pictures / 4}};
  shelf.done("attributes", json::object());
  REQUIRE(shelf.rows.all.size() == 2);
  CHECK(shelf.rows.all[0] == kept);
  CHECK(shelf.rows.all[1]["pictures"] == pictures);
  CHECK(shelf.done("attributes", {{"drop", "note"}})["pictures"] == pictures);
  shelf.done("attributes", json::object());
  CHECK(shelf.rows.all == std::vector<json>{kept});
  CHECK(shelf.open.library->check().empty());
}
