// Flags of files: what people decided, what was imported and what files say, by the rules of sdk/docs/methods.md.
#include <catch2/catch.hpp>

#include "unit/facade/shelf.h"

using namespace kalon;
using nlohmann::json;

namespace {

struct Pictures : Shelf {
  void put(const std::string &path, const std::string &photo, std::vector<Attribute> attributes = {}) {
    FileRow row;
    row.path = path;
    row.picture = hash_of(path);
    row.photo = hash_of(photo);
    row.attributes = std::move(attributes);
    auto writer = open.library->write();
    writer.put_file(row);
    writer.commit();
  }
  std::vector<std::string> listed(const std::string &where) {
    run("list", {{"where", where}});
    std::vector<std::string> paths;
    for (const auto &row : rows.all) paths.push_back(row["path"]);
    return paths;
  }
  std::string flag(const std::string &path) {
    run("info", {{"paths", path}});
    return rows.all.at(0).value("flag", "");
  }
};

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("what was decided counts before what files say", "[facade]") {
  Pictures shelf;
  shelf.put("/p/bare", "/p/bare");
  shelf.put("/p/imported", "/p/imported", {{"flag", "pick"}});
  shelf.put("/p/low", "/p/low", {{"rating", "-1"}});
  shelf.put("/p/picked", "/p/picked", {{"flag", "pick"}, {"rating", "4"}});
  shelf.put("/p/rejected", "/p/rejected", {{"flag", "reject"}});
  {
    auto writer = shelf.open.library->write();
    writer.put_attributes(hash_of("/p/imported"), {{"Flag", "Reject"}});
    writer.commit();
  }
  CHECK(shelf.listed("flag = pick") == Paths{"/p/picked"});
  CHECK(shelf.listed("flag = reject") == Paths{"/p/imported", "/p/low", "/p/rejected"});
  CHECK(shelf.listed("FLAG != reject") == Paths{"/p/bare", "/p/picked"});
  CHECK(shelf.listed("flag = none and not excluded = true") == Paths{"/p/bare"});

  Paths all = {"/p/bare", "/p/imported", "/p/low", "/p/picked", "/p/rejected"};
  for (std::string value : {"pick", "reject", "none"}) {
    auto [status, summary] = shelf.run("flag", {{"paths", all}, {"flag", value}});
    CHECK(status == Status::ok);
    CHECK(Hash128::from_hex(summary.at("action").get<std::string>()));
    summary.erase("action");
    CHECK(summary == json{{"flag", value}, {"flagged", all.size()}, {"missing", 0}});
    CHECK(shelf.listed("flag = " + value) == all);
    for (const auto &path : all) {
      CHECK(shelf.flag(path) == (value == "none" ? "" : value));
      CHECK(shelf.rows.all[0]["attributes"]["flag"] == value);
    }
  }
  // The rating is what it was, and so is everything else.
  CHECK(shelf.listed("rating = -1") == Paths{"/p/low"});
  for (int step = 0; step < 3; ++step) CHECK(shelf.run("undo", json::object()).second["undone"] == "flag");
  CHECK(shelf.listed("flag = none") == Paths{"/p/bare"});
  CHECK(shelf.listed("flag = pick") == Paths{"/p/picked"});
  CHECK_THROWS_AS(shelf.run("undo", json::object()), Error);
  CHECK(shelf.open.library->check().empty());
}

TEST_CASE("RAW and picture of a shot share their flag", "[facade]") {
  Pictures shelf;
  shelf.put("/p/x.cr2", "/p/x.cr2");
  shelf.put("/q/copy", "/p/y");
  shelf.run("flag", {{"paths", "/p/x.cr2"}, {"flag", "reject"}});
  // The JPEG comes later: the RAW keeps what it was given.
  shelf.put("/p/x.cr2", "/p/x.jpg");
  shelf.put("/p/x.jpg", "/p/x.jpg");
  CHECK(shelf.flag("/p/x.cr2") == "reject");
  shelf.run("flag", {{"paths", "/p/x.cr2"}, {"flag", "pick"}});
  CHECK(shelf.flag("/p/x.jpg") == "pick");
  shelf.run("flag", {{"paths", "/p/x.jpg"}, {"flag", "none"}});
  CHECK(shelf.flag("/p/x.cr2") == "");
  CHECK(shelf.flag("/q/copy") == "");
}

TEST_CASE("flags that cannot be meant are refused, and nothing is stored", "[facade]") {
  Pictures shelf;
  shelf.put("/p/1", "/p/1");
  CHECK_THROWS_AS(shelf.run("flag", {{"paths", "/p/1"}}), Error);
  CHECK_THROWS_AS(shelf.run("flag", {{"paths", "/p/1"}, {"flag", "Pick"}}), Error);
  CHECK_THROWS_AS(shelf.run("flag", {{"paths", "/p/1"}, {"flag", 1}}), Error);
  CHECK_THROWS_AS(shelf.run("flag", {{"paths", json::array()}, {"flag", "pick"}}), Error);
  CHECK_THROWS_AS(shelf.run("flag", {{"paths", "/p/2"}, {"flag", "pick"}}), Error);
  CHECK_THROWS_AS(shelf.run("flag", {{"paths", "/p/1"}, {"flag", "pick"}, {"more", 1}}), Error);
  CHECK(shelf.open.library->read().event_count() == 0);
  auto [status, summary] = shelf.run("flag", {{"paths", {"/p/2", "/p/1"}}, {"flag", "pick"}});
  CHECK(status == Status::partial);
  summary.erase("action");
  CHECK(summary == json{{"flag", "pick"}, {"flagged", 1}, {"missing", 1}});
  REQUIRE(shelf.rows.all.size() == 1);
  CHECK(shelf.rows.all[0]["status"] == "not_found");
  CHECK(shelf.rows.all[0]["path"] == "/p/2");
}
