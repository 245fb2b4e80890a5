// tests/peers loads such folders by `datasets`.
#include "exchange/image_folder.h"

#include <nlohmann/json.hpp>

#include "unit/exchange/exports.h"
#include "unit/exchange/tables.h"

using namespace kalon;
using namespace kalon::testing;
using nlohmann::json;

namespace {

const auto no_record = [](std::span<const Placement>) {};

}  // namespace

TEST_CASE("a folder of pictures with a row for each") {
  Studio studio;
  auto &a = studio.picture("a", "a cat");
  a.score = 7;
  a.rank = 1;
  a.attributes = {{"seed", "12"}, {"image", "x"}, {"my_file_name", "y"}, {"", "z"}};
  studio.picture("b").attributes = {{"seed_", "13"}, {"seed", "14"}};
  auto &odd = studio.picture("odd");
  odd.path = studio.folder().write("source/o\\d\xe9.png", "odd");
  studio.picture("gone").path = studio.folder() / "nothing.jpg";
  Task task;
  auto planned = image_folder_of_pictures(studio.pictures(), task);
  CHECK(planned.result.rows == 3);
  REQUIRE(planned.result.failed.size() == 1);
  CHECK(planned.result.failed[0].second.status == Status::not_found);

  auto folder = studio.folder() / "out";
  std::vector<std::string> recorded;
  auto placed = write_image_folder(
      folder, planned, LinkKind::hardlink,
      [&](std::span<const Placement> chunk) {
        for (const auto &placement : chunk) recorded.push_back(placement.name);
      },
      task);
  CHECK(placed.done == 3);
  CHECK(recorded == std::vector<std::string>{"1_a.jpg", "2_b.jpg", "3_o_d_.png"});
  auto row = [](const char *file, const std::string &id, json rest) {
    rest["file_name"] = file;
    rest["id"] = id + std::string(32 - id.size(), '0');
    return rest;
  };
  CHECK(json_lines(folder + "/metadata.jsonl") == std::vector<json>{row("1_a.jpg", "a",
                                                                        {{"prompt", "a cat"},
                                                                         {"rank", 1},
                                                                         {"score", 7.0},
                                                                         {"seed", "12"},
                                                                         {"image_", "x"},
                                                                         {"my_file_name_", "y"},
                                                                         {"_", "z"},
                                                                         {"seed_", nullptr}}),
                                                                    row("2_b.jpg", "b",
                                                                        {{"prompt", nullptr},
                                                                         {"rank", nullptr},
                                                                         {"score", nullptr},
                                                                         {"seed", "14"},
                                                                         {"image_", nullptr},
                                                                         {"my_file_name_", nullptr},
                                                                         {"_", nullptr},
                                                                         {"seed_", "13"}}),
                                                                    row("3_o_d_.png", "odd",
                                                                        {{"prompt", nullptr},
                                                                         {"rank", nullptr},
                                                                         {"score", nullptr},
                                                                         {"seed", nullptr},
                                                                         {"image_", nullptr},
                                                                         {"my_file_name_", nullptr},
                                                                         {"_", nullptr},
                                                                         {"seed_", nullptr}})});
  CHECK(content_of(folder + "/3_o_d_.png") == "odd");
  // Nothing is ever overwritten.
  CHECK(status_of([&] { write_image_folder(folder, planned, LinkKind::copy, no_record, task); }) ==
        Status::invalid_argument);
}

TEST_CASE("a folder of pairs has each picture once") {
  Studio studio;
  studio.picture("a", "a cat").score = 2;
  studio.picture("b").score = 1;
  studio.picture("c");
  studio.picture("gone").path = studio.folder() / "nothing.jpg";
  studio.vote(pair_vote("a", "b", Verdict::right, "Ann"));
  studio.vote(pair_vote("c", "a", Verdict::left, "Ben")).certainty = 0.75;
  studio.vote(pair_vote("a", "gone", Verdict::left));
  studio.vote(pair_vote("b", "c", Verdict::tie));
  Task task;
  auto planned = image_folder_of_pairs(studio.source(), task);
  CHECK(planned.result.lost == 1);
  CHECK(planned.result.rows == 3);
  auto folder = studio.folder() / "out";
  CHECK(write_image_folder(folder, planned, LinkKind::copy, no_record, task).done == 3);
  auto row = [](const char *chosen, const char *rejected, const char *prompt, double label, json scores, json certainty,
                const char *annotator) -> json {
    return {{"chosen_file_name", chosen}, {"rejected_file_name", rejected},
            {"prompt", prompt},           {"label", label},
            {"chosen_score", scores[0]},  {"rejected_score", scores[1]},
            {"certainty", certainty},     {"annotator", annotator}};
  };
  CHECK(json_lines(folder + "/metadata.jsonl") ==
        std::vector<json>{row("1_b.jpg", "2_a.jpg", "a cat", 1, {1.0, 2.0}, nullptr, "Ann"),
                          row("3_c.jpg", "2_a.jpg", "a cat", 1, {nullptr, 2.0}, 0.75, "Ben"),
                          row("1_b.jpg", "3_c.jpg", "", 0.5, {1.0, nullptr}, nullptr, "")});
  CHECK(content_of(folder + "/2_a.jpg") == "bytes of a");

  // A picture that could not be placed takes its rows with it.
  auto text = metadata_of(planned, std::vector<std::pair<Placement, Outcome>>{{{"", "3_c.jpg"}, {Status::io, "gone"}}});
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find("3_c.jpg") == std::string::npos);
}

TEST_CASE("nothing to put into a folder makes none") {
  Studio studio;
  Task task;
  auto planned = image_folder_of_pairs(studio.source(), task);
  auto folder = studio.folder() / "out";
  CHECK(status_of([&] { write_image_folder(folder, planned, LinkKind::copy, no_record, task); }) ==
        Status::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(folder));
}
