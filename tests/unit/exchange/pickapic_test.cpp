// The columns and what they mean are those of the card of yuvalkirstain/pickapic_v1; tests/peers reads the files by
// pyarrow and `datasets`, and files that pandas and `datasets` wrote.
#include "exchange/pickapic.h"

#include <nlohmann/json.hpp>

#include "unit/exchange/exports.h"
#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

void add_two_pictures(Studio &studio) {
  studio.picture("a", "a \"cat\",\nred").attributes = {{"seed", "1"}, {"generator", "g"}, {"model", "m"}};
  studio.picture("b");
}

std::vector<VoteRow> read(const std::string &path) {
  Task task;
  return votes_of([&](const TakeVote &take) { read_pickapic(path, take, task); });
}

ExportResult write(const std::string &path, const Studio &studio, PickapicFormat format) {
  Task task;
  PickapicOptions options;
  options.format = format;
  return export_pickapic(path, studio.source(), options, task);
}

}  // namespace

TEST_CASE("a pair as a line of JSON and of CSV") {
  Studio studio;
  add_two_pictures(studio);
  auto &vote = studio.vote(pair_vote("b", "a", Verdict::right, "Ann"));
  vote.time = 1'700'000'000'000'001;
  vote.certainty = 0.25;
  auto a = "a" + std::string(31, '0'), b = "b" + std::string(31, '0');
  auto path = studio.folder() / "rows.jsonl";
  CHECK(write(path, studio, PickapicFormat::jsonl).rows == 1);
  auto url = [&](const char *name) { return "file://" + studio.path_of(name); };
  json expected = {{"are_different", true},
                   {"best_image_uid", a},
                   {"caption", "a \"cat\",\nred"},
                   {"created_at", "2023-11-14T22:13:20.000001Z"},
                   {"has_label", true},
                   {"image_0_uid", b},
                   {"image_0_url", url("b")},
                   {"image_1_uid", a},
                   {"image_1_url", url("a")},
                   {"label_0", 0.0},
                   {"label_1", 1.0},
                   {"model_0", nullptr},
                   {"model_1", "m"},
                   {"ranking_id", 1},
                   {"user_id", 1},
                   {"num_example_per_prompt", 1},
                   {"__index_level_0__", 0},
                   {"annotator", "Ann"},
                   {"criterion", nullptr},
                   {"certainty", 0.25}};
  CHECK(json_lines(path) == std::vector<json>{expected});

  path = studio.folder() / "rows.csv";
  write(path, studio, PickapicFormat::csv);
  auto csv = content_of(path);
  CHECK(csv.substr(csv.find('\n') + 1) == "True," + a + ",\"a \"\"cat\"\",\nred\",2023-11-14T22:13:20.000001Z,True," +
                                              b + "," + url("b") + "," + a + "," + url("a") +
                                              ",0.0,1.0,,m,1,1,1,0,Ann,,0.25\n");
}

TEST_CASE("each format comes back") {
  Studio studio;
  add_two_pictures(studio);
  studio.picture("c");
  studio.vote(pair_vote("a", "b", Verdict::left, "Ann")).time = 1;
  studio.vote(pair_vote("b", "c", Verdict::tie, "Ann")).criterion = "light";
  studio.vote(order_vote({"a", "b", "c"}, {3, 1, 2}));
  auto expected = json::array();
  auto expect = [&](const char *left, const char *right, Verdict verdict, const char *annotator, const char *prompt) {
    auto id = [](const char *name) { return name + std::string(31, '0'); };
    auto vote = pair_vote(id(left), id(right), verdict, annotator);
    vote.prompt = prompt;
    vote.placement_known = false;
    return vote;
  };
  const char *cat = "a \"cat\",\nred";
  auto first = expect("a", "b", Verdict::left, "Ann", cat), second = expect("b", "c", Verdict::tie, "Ann", "");
  first.time = 1;
  second.criterion = "light";
  // Votes without an annotator have a number, as users of the published sets do.
  for (const auto &vote : {first, second, expect("a", "b", Verdict::right, "2", cat),
                           expect("a", "c", Verdict::right, "2", cat), expect("b", "c", Verdict::left, "2", "")})
    expected.push_back(json_of(vote));
  for (auto [name, format] : {std::pair{"a.parquet", PickapicFormat::parquet},
                              {"a.jsonl", PickapicFormat::jsonl},
                              {"a.csv", PickapicFormat::csv}}) {
    INFO(name);
    auto path = studio.folder() / name;
    CHECK(write(path, studio, format).rows == 5);
    auto got = json::array();
    for (const auto &vote : read(path)) got.push_back(json_of(vote));
    CHECK(got == expected);
  }
}

TEST_CASE("pictures without bytes cost their pairs alone") {
  Studio studio;
  add_two_pictures(studio);
  studio.picture("gone").path = studio.folder() / "nothing.jpg";
  studio.picture("empty").path = studio.folder().write("empty.jpg", "");
  studio.vote(pair_vote("a", "gone", Verdict::left));
  studio.vote(pair_vote("empty", "a", Verdict::left));
  studio.vote(pair_vote("a", "b", Verdict::left));
  studio.vote(pair_vote("b", "gone", Verdict::left));
  auto path = studio.folder() / "rows.parquet";
  auto result = write(path, studio, PickapicFormat::parquet);
  CHECK(result.rows == 1);
  CHECK(result.lost == 3);
  REQUIRE(result.failed.size() == 2);
  CHECK(result.failed[0].second.status == Status::not_found);
  CHECK(result.failed[1].second.status == Status::corrupt_data);
  CHECK(read(path).size() == 1);

  // Bytes of another making.
  PickapicOptions options;
  options.bytes = [](const PictureRow &picture) -> Bytes {
    if (picture.id[0] == 'a') return {1, 2};
    throw Error(Status::unsupported, "is no picture");
  };
  Task task;
  result = export_pickapic(path, studio.source(), options, task);
  CHECK(result.rows == 0);
  CHECK(result.failed.size() == 3);
  options.bytes = [](const PictureRow &) -> Bytes { throw Error(Status::cancelled, "cancelled"); };
  CHECK(status_of([&] { export_pickapic(path, studio.source(), options, task); }) == Status::cancelled);
}

TEST_CASE("a full disk leaves no half of a file") {
  Studio studio;
  add_two_pictures(studio);
  for (int i = 0; i < 2000; ++i) studio.vote(pair_vote("a", "b", Verdict::left, "user " + std::to_string(i)));
  auto before = files_in(studio.folder().path());
  for (auto format : {PickapicFormat::parquet, PickapicFormat::jsonl, PickapicFormat::csv}) {
    SmallDisk disk(5000);
    CHECK(status_of([&] { write(studio.folder() / "rows", studio, format); }) == Status::io);
  }
  CHECK(files_in(studio.folder().path()) == before);
}

TEST_CASE("labels as they are published, and other ways to write them") {
  TemporaryFolder folder;
  auto verdicts = [&](const std::string &text) {
    std::vector<Verdict> found;
    for (const auto &vote : read(folder.write("rows.csv", text))) found.push_back(vote.verdict);
    return found;
  };
  using Verdicts = std::vector<Verdict>;
  CHECK(verdicts("\xef\xbb\xbfimage_0_uid,image_1_uid,label_0,label_1,has_label\na,b,1.0,0.0,True\na,b,0,1,True\n"
                 "a,b,0.5,0.5,1\na,b,0.5,0.5,False\n") ==
        Verdicts{Verdict::left, Verdict::right, Verdict::tie, Verdict::skip});
  CHECK(verdicts("image_0_url;image_1_url;label_0\na;b;1\na;b;0\na;b;0.5\n") ==
        Verdicts{Verdict::left, Verdict::right, Verdict::tie});
  CHECK(verdicts("image_0_uid,image_1_uid,best_image_uid\na,b,b\na,b,a\na,b,tie\n") ==
        Verdicts{Verdict::right, Verdict::left, Verdict::tie});
  // The published sets have pairs of one picture.
  CHECK(verdicts("image_0_uid,image_1_uid,label_0,are_different\na,a,0.5,False\na,b,1,True\n") ==
        Verdicts{Verdict::left});
}

TEST_CASE("files that are wrong are refused by their lines") {
  TemporaryFolder folder;
  auto refusal = [&](const std::string &name, const std::string &text) {
    auto path = folder.write(name, text);
    return refusal_of([&] { read(path); });
  };
  const std::string header = "image_0_uid,image_1_uid,label_0,label_1,created_at,certainty\n", good = "a,b,1,0,,\n";
  CHECK(refusal("x.csv", "image_0_uid,label_0\na,1\n") ==
        "corrupt_data: has no column image_1_uid or image_1_url; Pick-a-Pic files have image_0_uid, image_1_uid, "
        "label_0, "
        "label_1 and caption");
  CHECK(refusal("x.jsonl", "{\"image_0_uid\":\"a\",\"image_1_uid\":\"b\"}\n")
            .find("has no column label_0 or best_image_uid") != std::string::npos);
  CHECK(refusal("x.csv", header + good + "a,b,1,1,,\n") ==
        "corrupt_data: line 3 has the labels 1 and 1; 1 and 0, 0 and 1, or 0.5 and 0.5 are known");
  CHECK(refusal("x.csv", header + good + good + "a,,1,0,,\n") ==
        "corrupt_data: line 4 names no picture in image_1_uid");
  CHECK(refusal("x.csv", header + "a,b,good,0,,\n") == "corrupt_data: line 2 has good for a number in label_0");
  CHECK(refusal("x.csv", header + "a,b,1,0,yesterday,\n") ==
        "corrupt_data: line 2 has yesterday for a time in created_at");
  CHECK(refusal("x.csv", header + "a,b,1,0,,1.5\n") == "corrupt_data: line 2 has a certainty outside of 0 to 1");
  CHECK(refusal("x.csv", header + "a,b,,,,\n").starts_with("corrupt_data: line 2 has no label"));
  CHECK(refusal("x.csv", header + good + "a,b,1\n") == "corrupt_data: line 3 has 3 fields; the header names 6");
  CHECK(refusal("x.csv", header + "\xff,b,1,0,,\n").starts_with("corrupt_data: line 2 is not UTF-8"));
  CHECK(refusal("x.csv", std::string("\xff\xfe", 2) + "a").starts_with("unsupported: is text in UTF-16"));
  CHECK(refusal("x.jsonl", "{\"image_0_uid\":\"a\",\"image_1_uid\":\"b\",\"label_0\":1}\n{]\n")
            .starts_with("corrupt_data: line 2 "));
  CHECK(refusal("x.parquet", "PAR1").starts_with("corrupt_data: is no Parquet file"));
  CHECK(refusal("x.txt", "a").starts_with("unsupported: "));
}
