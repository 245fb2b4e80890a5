#include "exchange/dpo.h"

#include <nlohmann/json.hpp>

#include "unit/exchange/exports.h"
#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

std::vector<VoteRow> read(const std::string &path) {
  Task task;
  return votes_of([&](const TakeVote &take) { read_dpo(path, take, task); });
}

}  // namespace

TEST_CASE("the better picture is chosen, whichever side it was on") {
  Studio studio;
  studio.picture("a", "a cat").mean = 2;
  studio.picture("b", "a cat").mean = 0.5;
  studio.picture("c");
  studio.vote(pair_vote("a", "b", Verdict::left)).certainty = 0.75;
  studio.vote(pair_vote("a", "b", Verdict::right)).certainty = 0.75;
  studio.vote(pair_vote("b", "a", Verdict::tie)).weight = 3;
  studio.vote(pair_vote("c", "a", Verdict::right)).prompt = "another";
  studio.vote(pair_vote("a", "b", Verdict::skip));
  Task task;
  auto path = studio.folder() / "dpo.jsonl";
  auto result = export_dpo(path, studio.source(), task);
  CHECK(result.rows == 4);
  CHECK(result.without_order == 1);
  auto a = studio.path_of("a"), b = studio.path_of("b"), c = studio.path_of("c");
  auto line = [](const char *prompt, const std::string &chosen, const std::string &rejected, double label, json margin,
                 json certainty, double weight) -> json {
    return {{"prompt", prompt}, {"chosen", chosen},       {"rejected", rejected}, {"label", label},
            {"margin", margin}, {"certainty", certainty}, {"weight", weight}};
  };
  CHECK(json_lines(path) ==
        std::vector<json>{line("a cat", a, b, 1, 1.5, 0.75, 1), line("a cat", b, a, 1, -1.5, 0.25, 1),
                          line("a cat", b, a, 0.5, -1.5, nullptr, 3), line("another", a, c, 1, nullptr, nullptr, 1)});
  // Whole numbers are written as real ones, or a reader that goes by the first rows would take the column for whole.
  CHECK(content_of(path).find("\"label\":1.0,\"margin\":1.5,\"certainty\":0.75,\"weight\":1.0") != std::string::npos);

  auto votes = read(path);
  REQUIRE(votes.size() == 4);
  CHECK(votes[1].items == std::vector<std::string>{b, a});
  CHECK(votes[1].verdict == Verdict::left);
  CHECK(votes[2].verdict == Verdict::tie);
  CHECK(votes[2].weight == 3);
  CHECK(votes[3].prompt == "another");
}

TEST_CASE("who voted, on what, and which vote it was come back") {
  Studio studio;
  studio.picture("a");
  studio.picture("b");
  studio.picture("c");
  for (const char *person : {"Ann", "Ben"}) {
    auto &vote = studio.vote(pair_vote("a", "b", Verdict::right, person));
    vote.id.assign(32, person[0] == 'A' ? 'a' : 'b');
    vote.criterion = "colour";
  }
  studio.vote(pair_vote("a", "b", Verdict::left));
  auto &best = studio.vote(order_vote({"a", "b", "c"}, {1, 2, 2}, "Cy"));
  best.id.assign(32, 'c');
  Task task;
  auto path = studio.folder() / "dpo.jsonl";
  export_dpo(path, studio.source(), task);
  std::vector<std::string> told;
  for (const auto &vote : read(path)) told.push_back(vote.annotator + " " + vote.criterion + " " + vote.id);
  CHECK(told == std::vector<std::string>{"Ann colour " + std::string(32, 'a'), "Ben colour " + std::string(32, 'b'),
                                         "  ", "Cy  ", "Cy  "});
  // Of the same columns in every row.
  for (const auto &line : json_lines(path)) CHECK(line.size() == 10);
}

TEST_CASE("preference files that are wrong are refused by their lines") {
  TemporaryFolder folder;
  auto refusal = [&](const std::string &name, const std::string &text) {
    auto path = folder.write(name, text);
    return refusal_of([&] { read(path); });
  };
  CHECK(refusal("x.csv", "prompt,chosen\np,a\n") ==
        "corrupt_data: has no column rejected; preference files have prompt, chosen and rejected");
  CHECK(refusal("x.jsonl", "{\"chosen\":\"a\"}\n").starts_with("corrupt_data: has no column rejected"));
  CHECK(refusal("x.csv", "chosen,rejected\na,b\na,\n") ==
        "corrupt_data: line 3 needs pictures in chosen and in rejected");
  CHECK(refusal("x.csv", "chosen,rejected,label\na,b,0.7\n") ==
        "corrupt_data: line 2 has a label other than 1 and 0.5");
  CHECK(refusal("x.csv", "chosen,rejected,weight\na,b,0\n") == "corrupt_data: line 2 has a weight that is not above 0");
  CHECK(refusal("x.csv", "chosen,rejected,weight\na,b,nan\n") == "corrupt_data: line 2 has nan for a number in weight");
}

TEST_CASE("pictures with their scores") {
  Studio studio;
  studio.picture("a", "a cat").score = 7;
  studio.picture("b");
  auto &c = studio.picture("c");
  c.score = 0.1;
  c.sd = 0.5;
  studio.picture("d").path.clear();
  studio.picture("d").path += "\xff";
  Task task;
  auto path = studio.folder() / "rewards.jsonl";
  auto result = export_rewards(path, studio.pictures(), task);
  CHECK(result.rows == 2);
  CHECK(result.without_order == 2);
  CHECK(json_lines(path) ==
        std::vector<json>{{{"image", studio.path_of("a")}, {"prompt", "a cat"}, {"score", 7.0}, {"sd", nullptr}},
                          {{"image", studio.path_of("c")}, {"prompt", ""}, {"score", 0.1}, {"sd", 0.5}}});
}
