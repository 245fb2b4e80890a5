// The layouts are those of the card of ymhao/HPDv2; tests/peers reads the files as HPSv2's own loader does.
#include "exchange/hpdv2.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "unit/exchange/exports.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

std::vector<VoteRow> read(const std::string &path) {
  Task task;
  return votes_of([&](const TakeVote &take) { read_hpdv2(path, take, task); });
}

void add_three_pictures(Studio &studio) {
  for (auto name : {"a", "b", "c"}) studio.picture(name, "a cat");
  studio.vote(pair_vote("a", "b", Verdict::left, "Ann"));
  studio.vote(pair_vote("b", "a", Verdict::left, "Ben"));
  studio.vote(pair_vote("a", "b", Verdict::left, "Cleo"));
  studio.vote(pair_vote("b", "c", Verdict::tie));
  studio.vote(pair_vote("b", "c", Verdict::both_bad));
  studio.vote(order_vote({"c", "a", "b"}, {1, 3, 2}, "Ann"));
  studio.vote(order_vote({"b", "c", "a"}, {1, 2, 2}, "Ben"));
}

json exported(const Studio &studio, Hpdv2Split split, ExportResult &result) {
  Task task;
  auto path = studio.folder() / "out.json";
  result = export_hpdv2(path, studio.source(), split, task);
  auto text = content_of(path);
  // Every object has a line of its own.
  CHECK(static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')) == result.rows + 2);
  return json::parse(text);
}

}  // namespace

TEST_CASE("pairs as train.json has them") {
  Studio studio;
  add_three_pictures(studio);
  ExportResult result;
  auto objects = exported(studio, Hpdv2Split::train, result);
  CHECK(result.without_order == 1);
  auto object = [&](const char *left, const char *right, std::vector<int> preference) -> json {
    return {{"human_preference", preference},
            {"prompt", "a cat"},
            {"file_path", {studio.path_of(left), studio.path_of(right)}}};
  };
  CHECK(objects == json::array({object("a", "b", {1, 0}), object("b", "a", {1, 0}), object("a", "b", {1, 0}),
                                object("b", "c", {1, 1}), object("c", "a", {1, 0}), object("c", "b", {1, 0}),
                                object("a", "b", {0, 1}), object("b", "c", {1, 0}), object("b", "a", {1, 0})}));
}

TEST_CASE("rankings as test.json has them, by prompt and pictures") {
  Studio studio;
  add_three_pictures(studio);
  ExportResult result;
  auto objects = exported(studio, Hpdv2Split::test, result);
  auto a = studio.path_of("a"), b = studio.path_of("b"), c = studio.path_of("c");
  auto note = [](std::vector<int> rank, const char *user) -> json { return {{"rank", rank}, {"user_hash", user}}; };
  json pair = {{"prompt", "a cat"},
               {"image_path", {a, b}},
               {"rank", {1, 2}},  // of the averages 4/3 and 5/3
               {"raw_annotations", {note({1, 2}, "Ann"), note({2, 1}, "Ben"), note({1, 2}, "Cleo")}}};
  json tie = {{"prompt", "a cat"},
              {"image_path", {b, c}},
              {"rank", {1, 1}},
              {"raw_annotations", json::array({note({1, 1}, "")})}};
  json order = {{"prompt", "a cat"},
                {"image_path", {a, b, c}},
                {"rank", {3, 1, 1}},  // of the averages 2.5, 1.5 and 1.5
                {"raw_annotations", {note({3, 2, 1}, "Ann"), note({2, 1, 2}, "Ben")}}};
  CHECK(objects == json::array({pair, tie, order}));
  CHECK(result.rows == 3);
  CHECK(result.without_order == 1);
}

TEST_CASE("what was written comes back") {
  Studio studio;
  add_three_pictures(studio);
  ExportResult result;
  exported(studio, Hpdv2Split::test, result);
  auto votes = read(studio.folder() / "out.json");
  REQUIRE(votes.size() == 6);
  CHECK(votes[1].verdict == Verdict::right);
  CHECK(votes[1].annotator == "Ben");
  CHECK(votes[3].verdict == Verdict::tie);
  CHECK(votes[5].ranks == std::vector<uint16_t>{2, 1, 2});
  CHECK(votes[5].prompt == "a cat");
  CHECK(votes[5].line == 4);
  CHECK_FALSE(votes[5].placement_known);
}

TEST_CASE("several pictures with one preferred are the best of them") {
  TemporaryFolder folder;
  auto votes = read(folder.write("x.json", R"([{"prompt":"p","file_path":["a","b","c"],"human_preference":[0,1,0]},
    {"image_path":["a","b"],"human_preference":[0,0]}, {"image_path":["a","b","c"],"rank":[7,3,7],"raw_annotations":null},
    {"image_path":["a","b"],"rank":[1,2],"raw_annotations":[]}])"));
  REQUIRE(votes.size() == 3);
  CHECK(votes[0].ranks == std::vector<uint16_t>{2, 1, 2});
  CHECK(votes[1].verdict == Verdict::both_bad);
  CHECK(votes[2].ranks == std::vector<uint16_t>{2, 1, 2});
  CHECK(read(folder.write("x.json", "[]")).empty());
}

TEST_CASE("files that are wrong are refused by line and object") {
  TemporaryFolder folder;
  auto refusal = [&](const std::string &text) {
    auto path = folder.write("x.json", text);
    return refusal_of([&] { read(path); });
  };
  const std::string good = R"({"file_path":["a","b"],"human_preference":[1,0]})";
  auto second = [&](const std::string &object) { return refusal("[" + good + ",\n\n" + object + "]"); };
  CHECK(
      second(R"({"prompt":"x"})") ==
      "corrupt_data: line 3 has neither file_path nor image_path; HPDv2 files have one of them (object 2 of the file)");
  CHECK(second(R"({"file_path":["a"],"human_preference":[1]})").find("line 3 needs an array of two or more") !=
        std::string::npos);
  CHECK(second(R"({"file_path":["a",7],"human_preference":[1,0]})").find("whose name is no text") != std::string::npos);
  CHECK(second(R"({"file_path":["a","b"],"human_preference":[1]})").find("a number for each of its 2 pictures") !=
        std::string::npos);
  CHECK(second(R"({"file_path":["a","b"],"human_preference":[1,"0"]})").find("a number for each") != std::string::npos);
  CHECK(second(R"({"file_path":["a","b"],"human_preference":[2,0]})").find("other than 0 and 1") != std::string::npos);
  CHECK(second(R"({"file_path":["a","b"]})").find("neither human_preference nor rank") != std::string::npos);
  CHECK(second(R"({"file_path":["a","b"],"rank":[1,2],"raw_annotations":[{"user_hash":"x"}]})").find("without rank") !=
        std::string::npos);
  CHECK(second(R"({"file_path":["a","b"],"rank":[1,2],"raw_annotations":[7]})").find("without rank") !=
        std::string::npos);
  CHECK(second(R"({"file_path":["a","b"],"rank":[1,2],"prompt":7})").find("prompt that is no text") !=
        std::string::npos);
  CHECK(second("7").find("something else than a JSON object") != std::string::npos);
  CHECK(refusal(good).find("HPDv2 files are an array") != std::string::npos);
  CHECK(refusal("[" + good).find("cut short") != std::string::npos);
  CHECK(refusal("[" + good + good + "]").find("no comma") != std::string::npos);
  CHECK(refusal("").starts_with("corrupt_data: line 1 "));
  CHECK(refusal("[{\"file_path\":[\"\xff\",\"b\"],\"rank\":[1,2]}]").find("line 1 is not UTF-8") != std::string::npos);
}
