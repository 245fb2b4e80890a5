#include "views/rank_choices.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "views/rank_panes.h"
#include "views/rank_row.h"

using namespace kalon::viewer;

namespace {

// The words in brackets behind `name` in the row of rank_start of docs/methods.md.
std::set<std::string> documented(const std::string &name) {
  std::ifstream file(std::string(KALON_SOURCE_DIR) + "/sdk/docs/methods.md");
  std::stringstream text;
  text << file.rdbuf();
  auto document = text.str();
  auto begin = name == "strategy" ? document.find("| `rank_start`") : document.find("The estimator is `estimator`");
  auto open = document.find("(`", document.find("`" + name + "`", begin));
  auto close = document.find("`)", open);
  std::istringstream words(document.substr(open + 2, close - open - 2));
  std::set<std::string> all;
  for (std::string word; words >> word;) all.insert(word);
  return all;
}

std::set<std::string> names(std::span<const RankChoice> choices) {
  std::set<std::string> all;
  for (const auto &choice : choices) all.insert(choice.name);
  return all;
}

nlohmann::json object_of(const std::vector<std::pair<std::string, std::string>> &parameters) {
  std::string text = "{";
  text.append(rank_members(parameters)).append("}");
  return nlohmann::json::parse(text);
}

}  // namespace

TEST_CASE("Every strategy and estimator of the engine can be chosen, and no other") {
  auto estimators = documented("estimator");
  CHECK(names(rank_strategies()) == documented("strategy"));
  CHECK(names(rank_estimators()) == estimators);
  for (auto choices : {rank_strategies(), rank_estimators()})
    for (const auto &choice : choices) {
      CHECK(std::string(choice.title).size() > 1);
      CHECK(std::string(choice.sentence).back() == '.');
    }
  CHECK(rank_choice(rank_strategies(), "top-k")->name == std::string("top-k"));
  CHECK(rank_choice(rank_strategies(), "none such") == nullptr);
}

TEST_CASE("A command's words may be quoted") {
  using Words = std::vector<std::string>;
  CHECK(words_of("") == Words{});
  CHECK(words_of("  a  b\tc ") == Words{"a", "b", "c"});
  CHECK(words_of("\"my trip\" where=\"rating >= 4\"") == Words{"my trip", "where=rating >= 4"});
  CHECK(words_of(R"(a="name ~ \"IMG_*\"" "" x)") == Words{"a=name ~ \"IMG_*\"", "", "x"});
  CHECK(words_of("\"never closed") == Words{"never closed"});
}

TEST_CASE("A new session is written as a name and its settings") {
  auto request = rank_request("trip criterion=sharpness strategy=top-k top=5 of=selection annotator=ann repeat=.05");
  CHECK(request.problem.empty());
  CHECK(request.session == "trip");
  CHECK(request.of == "selection");
  CHECK(request.annotator == "ann");
  auto members = object_of(request.parameters);
  CHECK(members["criterion"] == "sharpness");
  CHECK(members["strategy"] == "top-k");
  CHECK(members["top"] == 5);
  CHECK_FALSE(members.contains("of"));
  CHECK_FALSE(members.contains("annotator"));
  CHECK(rank_members({}).empty());
  // Numbers as JSON has them; a criterion that looks like one stays a text.
  auto typed = object_of(
      {{"votes", "200"}, {"criterion", "7"}, {"compatible", "on"}, {"prior_variance", "1.5"}, {"minutes", "soon"}});
  CHECK(typed["votes"] == 200);
  CHECK(typed["criterion"] == "7");
  CHECK(typed["compatible"] == true);
  CHECK(typed["prior_variance"] == 1.5);
  CHECK(typed["minutes"] == "soon");
}

TEST_CASE("What is wrong with a new session is said") {
  CHECK_FALSE(rank_request("").problem.empty());
  CHECK_FALSE(rank_request("strategy=active").problem.empty());
  CHECK_FALSE(rank_request("trip colour=red").problem.empty());
  CHECK_FALSE(rank_request("trip of=everything").problem.empty());
  CHECK_FALSE(rank_request("trip more").problem.empty());
}

TEST_CASE("A row of a table is read, with and without an interval") {
  auto row = rank_row(
      R"({"rank":2,"rank_low":1,"rank_high":9,"mean":0.5,"sd":1,"low":-0.5,"high":1.5,"votes":4,"photo":"p","path":"/a"})");
  REQUIRE(row);
  CHECK(row->rank == 2);
  CHECK(row->rank_high == 9);
  CHECK(row->low == -0.5);
  CHECK(row->high == 1.5);
  CHECK(row->votes == 4);
  auto elo = rank_row(R"({"rank":1,"mean":1516,"votes":1,"photo":"p"})");
  REQUIRE(elo);
  CHECK(elo->low == 1516);
  CHECK(elo->high == 1516);
  CHECK_FALSE(rank_row("{}"));
  CHECK_FALSE(rank_row("nothing"));
}

TEST_CASE("Pictures share the screen without touching each other") {
  Area area{{10, 20}, {1410, 820}};
  auto two = rank_panes(area, 2, {{3, 2}, {3, 2}}, 8);
  REQUIRE(two.size() == 2);
  CHECK(two[0].min.x == 10);
  CHECK(two[1].min.x >= two[0].max.x + 8);
  CHECK(two[0].min.y == two[1].min.y);
  CHECK(two[1].max.x <= 1410);
  // Four landscapes are largest two by two here, four portraits side by side.
  auto landscapes = rank_panes(area, 4, std::vector<ImVec2>(4, {3, 2}), 8);
  CHECK(landscapes[2].min.x == landscapes[0].min.x);
  CHECK(landscapes[2].min.y > landscapes[0].max.y);
  auto portraits = rank_panes(area, 4, std::vector<ImVec2>(4, {1, 2}), 8);
  CHECK(portraits[3].min.y == portraits[0].min.y);
  for (const auto &panes : {landscapes, portraits, rank_panes(area, 3, std::vector<ImVec2>(3, {1, 1}), 8)})
    for (size_t i = 0; i < panes.size(); ++i) {
      CHECK(panes[i].min.x >= area.min.x);
      CHECK(panes[i].max.x <= area.max.x);
      CHECK(panes[i].max.y <= area.max.y);
      for (size_t j = 0; j < i; ++j)
        CHECK((panes[i].min.x >= panes[j].max.x || panes[j].min.x >= panes[i].max.x ||
               panes[i].min.y >= panes[j].max.y || panes[j].min.y >= panes[i].max.y));
    }
}
