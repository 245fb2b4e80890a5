// Ratings and labels, taking decisions back and bringing them back, the history, and what changed, by the rules of
// sdk/docs/methods.md.
#include <catch2/catch.hpp>

#include <map>
#include <random>

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
  void import(const std::string &path, const std::vector<Attribute> &attributes) {
    auto writer = open.library->write();
    writer.put_attributes(hash_of(path), attributes);
    writer.commit();
  }
  std::vector<std::string> listed(const std::string &where) {
    run("list", {{"where", where}});
    return paths();
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto &row : rows.all) all.push_back(row["path"]);
    return all;
  }
  json info(const std::string &path) {
    run("info", {{"paths", path}});
    return rows.all.at(0);
  }
  // The member of a row; null where it has none.
  json member(const std::string &path, const char *name) { return info(path).value(name, json()); }
  std::string act(const std::string &method, const json &parameters) {
    return run(method, parameters).second.at("action");
  }
};

using Paths = std::vector<std::string>;

bool same_rows(std::vector<json> one, std::vector<json> other) {
  return one == other;
}

}  // namespace

TEST_CASE("what was rated counts before what was imported, and that before what files say", "[facade]") {
  Pictures shelf;
  shelf.put("/p/bare", "/p/bare");
  shelf.put("/p/imported", "/p/imported", {{"rating", "2"}});
  shelf.import("/p/imported", {{"Rating", "4.5"}});
  shelf.put("/p/large", "/p/large");
  shelf.import("/p/large", {{"rating", "87"}});  // on another scale
  shelf.put("/p/reject", "/p/reject", {{"rating", "-1"}});
  shelf.put("/p/two", "/p/two", {{"rating", "2"}});
  Paths all = {"/p/bare", "/p/imported", "/p/large", "/p/reject", "/p/two"};
  auto given = [&] {
    json found;
    for (const auto &path : all) {
      auto row = shelf.info(path);
      found[path] = {row.value("rating", json()), row.value("rating_by", json())};
    }
    return found;
  };
  json before = {{"/p/bare", {nullptr, nullptr}},
                 {"/p/imported", {4.5, "import"}},
                 {"/p/large", {nullptr, nullptr}},
                 {"/p/reject", {nullptr, nullptr}},
                 {"/p/two", {2, "file"}}};
  CHECK(given() == before);
  CHECK(shelf.listed("rating >= 2 and rating <= 5") == Paths{"/p/imported", "/p/two"});
  for (int stars : {5, 0}) {
    auto [status, summary] = shelf.run("rate", {{"paths", all}, {"rating", stars}});
    CHECK(status == Status::ok);
    CHECK(Hash128::from_hex(summary.at("action").get<std::string>()));
    summary.erase("action");
    CHECK(summary == json{{"rating", stars}, {"rated", all.size()}, {"missing", 0}});
    CHECK(shelf.listed("rating = " + std::to_string(stars)) == all);
    for (const auto &path : all) {
      auto row = shelf.info(path);
      CHECK(row["rating"] == stars);
      CHECK(row["rating_by"] == "person");
      CHECK(row["attributes"]["rating"] == std::to_string(stars));
      CHECK(row.value("flag", "") == (path == "/p/reject" ? "reject" : ""));  // a rating leaves the flag
    }
    CHECK(shelf.listed("flag = reject") == Paths{"/p/reject"});
  }
  shelf.run("flag", {{"paths", "/p/reject"}, {"flag", "none"}});
  CHECK(shelf.member("/p/reject", "flag").is_null());
  for (int step = 0; step < 3; ++step) shelf.run("undo", json::object());
  CHECK(given() == before);
  CHECK(shelf.listed("flag = reject") == Paths{"/p/reject"});
  CHECK(shelf.open.library->check().empty());
}

TEST_CASE("a label that was decided or cleared counts before that of the file", "[facade]") {
  Pictures shelf;
  shelf.put("/p/bare", "/p/bare");
  shelf.put("/p/red", "/p/red", {{"label", "Red"}});
  Paths all = {"/p/bare", "/p/red"};
  CHECK(shelf.member("/p/red", "label") == "Red");
  shelf.run("label", {{"paths", all}, {"label", "Grün ✓"}});
  CHECK(shelf.listed("label = 'grün ✓'") == all);
  CHECK(shelf.member("/p/red", "label") == "Grün ✓");
  CHECK(shelf.member("/p/red", "attributes")["label"] == "Grün ✓");
  auto [status, summary] = shelf.run("label", {{"paths", all}, {"label", ""}});
  CHECK(summary["labelled"] == 2);
  for (const auto &path : all) {
    CHECK(shelf.member(path, "label").is_null());
    CHECK_FALSE(shelf.member(path, "attributes").contains("label"));
  }
  CHECK(shelf.listed("label is unknown") == all);
  CHECK(shelf.listed("label is known or label = ''").empty());
  shelf.run("undo", json::object());
  shelf.run("undo", json::object());
  CHECK(shelf.member("/p/red", "label") == "Red");
  CHECK(shelf.member("/p/bare", "label").is_null());
}

TEST_CASE("RAW and picture of a shot share their rating and label", "[facade]") {
  Pictures shelf;
  shelf.put("/p/x.cr2", "/p/x.cr2");
  shelf.run("rate", {{"paths", "/p/x.cr2"}, {"rating", 2}});
  // The JPEG comes later: the RAW keeps what it was given.
  shelf.put("/p/x.cr2", "/p/x.jpg");
  shelf.put("/p/x.jpg", "/p/x.jpg");
  CHECK(shelf.member("/p/x.cr2", "rating") == 2);
  auto [status, summary] = shelf.run("rate", {{"paths", {"/p/x.cr2", "/p/x.jpg"}}, {"rating", 4}});
  CHECK(summary["rated"] == 2);
  CHECK(shelf.member("/p/x.cr2", "rating") == 4);
  CHECK(shelf.member("/p/x.jpg", "rating") == 4);
  CHECK(shelf.open.library->read().event_count() == 2);  // one photo, one decision
  shelf.run("label", {{"paths", "/p/x.cr2"}, {"label", "red"}});
  CHECK(shelf.member("/p/x.jpg", "label") == "red");
}

TEST_CASE("ratings and labels that cannot be meant are refused, and nothing is stored", "[facade]") {
  Pictures shelf;
  shelf.put("/p/1", "/p/1");
  for (const json &rating : {json(-1), json(6), json(2.5), json("3"), json(nullptr), json(true)})
    CHECK_THROWS_AS(shelf.run("rate", {{"paths", "/p/1"}, {"rating", rating}}), Error);
  CHECK_THROWS_AS(shelf.run("rate", {{"paths", "/p/1"}}), Error);
  CHECK_THROWS_AS(shelf.run("rate", {{"paths", json::array()}, {"rating", 1}}), Error);
  CHECK_THROWS_AS(shelf.run("rate", {{"paths", "/p/2"}, {"rating", 1}}), Error);
  CHECK_THROWS_AS(shelf.run("rate", {{"paths", "/p/1"}, {"rating", 1}, {"more", 1}}), Error);
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += "é";
  for (const json &label : {json(longest + "é"), json("a\nb"), json(std::string("a\0b", 3)), json(7), json(nullptr)})
    CHECK_THROWS_AS(shelf.run("label", {{"paths", "/p/1"}, {"label", label}}), Error);
  CHECK_THROWS_AS(shelf.run("label", {{"paths", "/p/1"}}), Error);
  CHECK(shelf.open.library->read().event_count() == 0);
  CHECK(shelf.run("label", {{"paths", "/p/1"}, {"label", longest}}).first == Status::ok);
  CHECK(shelf.member("/p/1", "label") == longest);
  CHECK(shelf.run("rate", {{"paths", {"/p/2", "/p/1"}}, {"rating", 1}}).first == Status::partial);
  REQUIRE(shelf.rows.all.size() == 1);
  CHECK(shelf.rows.all[0]["status"] == "not_found");
}

TEST_CASE("an undo can be taken back, as often as one likes", "[facade]") {
  Pictures shelf;
  for (std::string path : {"/p/1", "/p/2", "/p/3"}) shelf.put(path, path);
  auto action = shelf.act("rate", {{"paths", {"/p/1", "/p/2"}}, {"rating", 4}});
  shelf.act("rate", {{"paths", "/p/3"}, {"rating", 1}});
  for (int round = 0; round < 3; ++round) {
    auto back = shelf.run("undo", {{"action", action}}).second;
    CHECK(back["undone"] == "rating");
    CHECK(back["events"] == 2);
    CHECK(back["pictures"] == 2);
    CHECK_FALSE(back.contains("restored"));
    CHECK(shelf.listed("rating = 4").empty());
    CHECK_THROWS_AS(shelf.run("undo", {{"action", action}}), Error);  // it is taken back already
    auto again = shelf.run("undo", {{"action", back["action"]}}).second;
    CHECK(again["undone"] == "undo");
    CHECK(again["restored"] == "rating");
    CHECK(again["pictures"] == 2);
    CHECK(shelf.listed("rating = 4") == Paths{"/p/1", "/p/2"});
    CHECK_THROWS_AS(shelf.run("undo", {{"action", back["action"]}}), Error);
    if (round == 1) continue;
    // Taking back what brought it back is taking it back.
    auto third = shelf.run("undo", {{"action", again["action"]}}).second;
    CHECK(third["undone"] == "rating");
    CHECK(shelf.listed("rating = 4").empty());
    shelf.run("undo", {{"action", third["action"]}});
    CHECK(shelf.listed("rating = 4") == Paths{"/p/1", "/p/2"});
  }
  // Without an action it is the newest that counts and is no undo.
  CHECK(shelf.run("undo", json::object()).second["pictures"] == 1);
  CHECK(shelf.run("undo", json::object()).second["pictures"] == 2);
  CHECK_THROWS_AS(shelf.run("undo", json::object()), Error);
  CHECK_THROWS_AS(shelf.run("undo", {{"action", std::string(32, '1')}}), Error);
  CHECK(shelf.open.library->check().empty());
}

TEST_CASE("undos of one another in a circle end", "[facade]") {
  Pictures shelf;
  shelf.put("/p/1", "/p/1");
  auto one = hash_of("one"), other = hash_of("other");
  std::vector<Event> events(2);
  events[0].id = events[0].action = one;
  events[0].body = Undo{other};
  events[1].id = events[1].action = other;
  events[1].body = Undo{one};
  events[0].time = events[1].time = 1;
  events[1].sequence = 1;
  {
    auto writer = shelf.open.library->write();
    writer.import_events(events);
    writer.commit();
  }
  CHECK(shelf.run("history", json::object()).first == Status::ok);
  CHECK(shelf.rows.all.size() == 2);
  CHECK_THROWS_AS(shelf.run("undo", json::object()), Error);
  CHECK(shelf.run("changes", {{"since", "1.0.0."}}).first == Status::ok);
}

TEST_CASE("the history tells what was decided and done, the newest first", "[facade]") {
  Pictures shelf;
  Paths all;
  for (int i = 0; i < 5; ++i) {
    all.push_back("/p/" + std::to_string(i) + ".jpg");
    shelf.put(all.back(), all.back());
  }
  auto text = [&](const json &row) { return row["text"].get<std::string>(); };
  shelf.run("rate", {{"paths", all}, {"rating", 3}});
  shelf.run("rate", {{"paths", all[1]}, {"rating", 1}});
  shelf.run("flag", {{"paths", {all[2], all[3]}}, {"flag", "reject"}});
  auto labelled = shelf.act("label", {{"paths", all[0]}, {"label", "red"}});
  shelf.run("exclude", {{"paths", all[4]}});
  auto back = shelf.act("undo", {{"action", labelled}});
  shelf.run("not_duplicates", {{"paths", {all[0], all[1]}}});
  {
    auto writer = shelf.open.library->write();
    auto operation = writer.begin_operation("/sorted", "hardlink");
    std::vector<PlacedItem> items(3);
    for (size_t i = 0; i < items.size(); ++i) items[i] = {"/p/" + std::to_string(i), std::to_string(i), 0, 0, 0};
    writer.add_operation_items(operation, items);
    writer.commit();
  }
  shelf.act("undo", {{"action", back}});
  auto summary = shelf.run("history", json::object()).second;
  CHECK(summary["more"] == false);
  std::vector<std::string> texts, kinds;
  std::vector<bool> undone;
  for (const auto &row : shelf.rows.all) {
    texts.push_back(text(row));
    kinds.push_back(row["kind"]);
    undone.push_back(row["undone"]);
  }
  CHECK(texts == std::vector<std::string>{"brought back: label red: 0.jpg", "placed in /sorted",
                                          "no duplicates: 0.jpg and 1 more", "taken back: label red: 0.jpg",
                                          "excluded: 4.jpg", "label red: 0.jpg", "rejected: 2.jpg and 1 more",
                                          "1 star: 1.jpg", "3 stars: 0.jpg and 4 more"});
  CHECK(kinds == std::vector<std::string>{"undo", "sort", "not_duplicates", "undo", "exclude", "label", "flag",
                                          "rating", "rating"});
  CHECK(undone == std::vector<bool>{false, false, false, true, false, false, false, false, false});
  auto whole = shelf.rows.all;
  CHECK(whole[8]["count"] == 5);
  CHECK(whole[8]["paths"] == json(Paths(all.begin(), all.begin() + 4)));
  CHECK(whole[1]["files"] == 3);
  CHECK(whole[3]["undoes"] == labelled);

  // Pages of any size are the whole.
  for (int size : {1, 2, 4, 9}) {
    std::vector<json> paged;
    json page = {{"limit", size}};
    for (bool more = true; more;) {
      auto ending = shelf.run("history", page).second;
      paged.insert(paged.end(), shelf.rows.all.begin(), shelf.rows.all.end());
      more = ending["more"];
      if (more) CHECK(shelf.rows.all.size() == static_cast<size_t>(size));
      page["before"] = ending["last"];
    }
    CHECK(same_rows(paged, whole));
  }
  CHECK_THROWS_AS(shelf.run("history", {{"before", "soon"}}), Error);
  CHECK_THROWS_AS(shelf.run("history", {{"before", std::string(32, '1')}}), Error);
  CHECK_THROWS_AS(shelf.run("history", {{"before", "77"}}), Error);
  CHECK_THROWS_AS(shelf.run("history", {{"limit", 0}}), Error);
}

TEST_CASE("what changed is every row that reads otherwise, and cursors go on from one another", "[facade]") {
  // The oracle lists everything before and after.
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Pictures shelf;
    std::mt19937 random(seed);
    auto name = [&] { return (random() % 2 ? "/p/" : "/q/") + std::to_string(random() % 6); };
    for (int i = 0; i < 6; ++i)
      for (std::string folder : {"/p/", "/q/"}) shelf.put(folder + std::to_string(i), "/p/" + std::to_string(i / 2));
    auto whole = [&] {
      shelf.run("list", json::object());
      std::map<std::string, json> rows;
      for (const auto &row : shelf.rows.all) rows[row["path"]] = row;
      return rows;
    };
    struct Seen {
      std::string cursor;
      std::map<std::string, json> rows;
    };
    auto now = [&] { return Seen{shelf.run("changes", json::object()).second["cursor"], whole()}; };
    std::vector<Seen> seen{now()};
    std::vector<std::string> actions;
    for (int step = 0; step < 40; ++step) {
      auto kind = random() % 8;
      if (kind == 0) {
        actions.push_back(shelf.act("rate", {{"paths", {name(), name()}}, {"rating", random() % 6}}));
      } else if (kind == 1) {
        actions.push_back(shelf.act("flag", {{"paths", name()}, {"flag", random() % 2 ? "pick" : "none"}}));
      } else if (kind == 2) {
        actions.push_back(shelf.act("label", {{"paths", name()}, {"label", std::to_string(random() % 3)}}));
      } else if (kind == 3) {
        actions.push_back(shelf.act("exclude", {{"paths", name()}, {"include", random() % 3 == 0}}));
      } else if (kind == 4 && !actions.empty()) {
        try {
          actions.push_back(shelf.act("undo", {{"action", actions[random() % actions.size()]}}));
        } catch (const Error &error) {
          REQUIRE(error.status() == Status::not_found);  // taken back already
        }
      } else if (kind == 5) {
        auto writer = shelf.open.library->write();
        writer.set_vanished(1 + random() % 12, random() % 2 == 0);
        writer.commit();
      } else if (kind == 6) {
        auto writer = shelf.open.library->write();
        writer.set_photo(1 + random() % 12, hash_of("/p/" + std::to_string(random() % 6)));
        writer.commit();
      } else {
        shelf.put(name(), name());
      }
      auto rows = whole();
      for (const auto &[cursor, then] : seen) {
        auto summary = shelf.run("changes", {{"since", cursor}}).second;
        REQUIRE(summary["all"] == false);
        REQUIRE(summary["votes"] == false);
        auto told = shelf.paths();
        REQUIRE(std::is_sorted(told.begin(), told.end()));
        std::map<std::string, json> found;
        for (const auto &row : shelf.rows.all) found[row["path"]] = row;
        REQUIRE(found.size() == told.size());
        for (const auto &[path, row] : rows) {
          if (auto old = then.find(path); old == then.end() || old->second != row) REQUIRE(found.contains(path));
          if (found.contains(path)) REQUIRE(found[path] == row);  // as `list` has it
        }
        if (summary["unchanged"] == true) REQUIRE(told.empty());
        shelf.run("changes", {{"since", cursor}, {"paths", "/p"}});
        for (const auto &path : shelf.paths()) REQUIRE((path.starts_with("/p/") && found.contains(path)));
      }
      seen.push_back(now());
      CHECK(shelf.run("changes", {{"since", seen.back().cursor}}).second["unchanged"] == true);
    }
  }
}

TEST_CASE("what cannot be told of singly is told of as all, and votes as votes", "[facade]") {
  Pictures shelf;
  for (int i = 0; i < 3; ++i) shelf.put("/p/" + std::to_string(i), "/p/" + std::to_string(i));
  auto cursor = [&] { return shelf.run("changes", json::object()).second["cursor"].get<std::string>(); };
  auto since = [&](const std::string &then) { return shelf.run("changes", {{"since", then}}).second; };
  auto before = cursor();
  shelf.import("/p/1", {{"a", "b"}});
  CHECK(since(before)["all"] == true);
  CHECK(shelf.rows.all.empty());

  before = cursor();
  Event vote;
  Vote left_wins;
  left_wins.pictures = {hash_of("/p/0"), hash_of("/p/1")};
  left_wins.ranks = {1, 2};
  vote.body = left_wins;
  {
    auto writer = shelf.open.library->write();
    vote = writer.append_event(vote);
    writer.commit();
  }
  auto told = since(before);
  CHECK(told["votes"] == true);
  CHECK(told["all"] == false);
  CHECK(told["unchanged"] == false);
  CHECK(shelf.rows.all.empty());
  before = cursor();
  shelf.run("undo", json::object());
  CHECK(since(before)["votes"] == true);

  // Events that come in from elsewhere stand among the old ones.
  before = cursor();
  Event old;
  old.id = hash_of("id");
  old.action = hash_of("action");
  old.time = 5;
  old.body = Rating{hash_of("/p/2"), 4};
  {
    auto writer = shelf.open.library->write();
    writer.import_events(std::vector<Event>{old});
    writer.commit();
  }
  CHECK(since(before)["all"] == true);
  // A cursor of another library, and what is none.
  Pictures other;
  other.put("/p/1", "/p/1");
  other.run("rate", {{"paths", "/p/1"}, {"rating", 1}});
  CHECK(since(other.run("changes", json::object()).second["cursor"])["all"] == true);
  for (const char *wrong : {"x", "1", "1.2", "1.2.3.", "1.2.0.ab", "1..0.", "-1.0.0.", "1.2.3.4.5"})
    CHECK_THROWS_AS(since(wrong), Error);
  CHECK_THROWS_AS(shelf.run("changes", {{"where", "rating = 1"}}), Error);
}
