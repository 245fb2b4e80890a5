// Names of files that are sent into a folder: rules that must hold for any selection, tried on random ones, and cases
// told by hand.
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

#include "base/text.h"
#include "exchange/sent_names.h"

using namespace kalon;

namespace {

using Names = std::vector<std::string>;

Names names_of(const std::vector<FileToName> &files, const std::set<std::string> &taken, bool numbered = false) {
  Names names;
  for (auto &name : sent_names(files, numbered, [&](size_t, const std::string &wanted) {
         return taken.contains(wanted) ? NameState::taken : NameState::free;
       }))
    names.push_back(std::move(name.name));
  return names;
}

}  // namespace

TEST_CASE("names are kept where they can be") {
  std::vector<FileToName> files{
      {"a", ".jpg", 0}, {"b", ".cr2", 1}, {"b", ".jpg", 1}, {"b", ".jpg.xmp", 1}, {"a", ".jpg", 2}};
  CHECK(names_of(files, {}) == Names{"a.jpg", "b.cr2", "b.jpg", "b.jpg.xmp", "a (2).jpg"});
  CHECK(names_of(files, {"b.jpg.xmp", "b (2).cr2", "a (2).jpg"}) ==
        Names{"a.jpg", "b (3).cr2", "b (3).jpg", "b (3).jpg.xmp", "a (3).jpg"});
  CHECK(names_of(files, {"2_b.cr2"}, true) ==
        Names{"1_a.jpg", "2_b (2).cr2", "2_b (2).jpg", "2_b (2).jpg.xmp", "3_a.jpg"});
  CHECK(names_of({{"A", ".JPG", 0}, {"a", ".jpg", 1}}, {}) == Names{"A.JPG", "a (2).jpg"});
  CHECK(names_of({}, {}).empty());
}

TEST_CASE("what is there already keeps its name, and what else goes by it too") {
  std::vector<FileToName> files{{"a", ".jpg", 0}, {"a", ".xmp", 0}};
  auto names = sent_names(files, false, [](size_t file, const std::string &name) {
    if (name == "a.jpg") return NameState::taken;
    return file == 0 && name == "a (2).jpg" ? NameState::already : NameState::free;
  });
  CHECK(names[0].name == "a (2).jpg");
  CHECK(names[0].already);
  CHECK(names[1].name == "a (2).xmp");
  CHECK_FALSE(names[1].already);
}

TEST_CASE("changed names fit") {
  std::string euros;
  for (int i = 0; i < 83; ++i) euros += "€";
  for (const auto &stem : {std::string(250, 'n'), euros, std::string(251, '\xff')}) {
    auto names = names_of({{stem, ".jpg", 0}, {stem, ".jpg", 1}, {stem, ".jpg", 2}}, {}, false);
    CHECK(names[0] == stem + ".jpg");
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == 3);
    for (const auto &name : names) CHECK(name.size() <= 255);
    CHECK(valid_utf8(names[1]) == valid_utf8(stem));
    CHECK(names[1].ends_with(" (2).jpg"));
  }
}

TEST_CASE("many of one name are named in a time that does not explode") {
  std::vector<FileToName> files;
  for (size_t i = 0; i < 20000; ++i) files.push_back({"image", ".png", i});
  uint64_t asked = 0;
  auto names = sent_names(files, false, [&](size_t, const std::string &) {
    ++asked;
    return NameState::free;
  });
  CHECK(names.back().name == "image (20000).png");
  CHECK(asked == files.size());
}

TEST_CASE("whatever is sent, nothing goes by the name of another") {
  std::mt19937 random(7);
  const Names stems{"a", "A", "b", "a (2)", "é", "x"}, endings{".jpg", ".JPG", ".cr2", ".jpg.xmp", ""};
  for (int round = 0; round < 500; ++round) {
    std::set<std::string> taken;
    for (int i = 0; i < 6; ++i) taken.insert(stems[random() % stems.size()] + endings[random() % endings.size()]);
    std::vector<FileToName> files;
    size_t units = random() % 8;
    for (size_t unit = 0; unit < units; ++unit) {
      const auto &stem = stems[random() % stems.size()];
      std::set<std::string> chosen;
      for (size_t i = 0, count = 1 + random() % 3; i < count; ++i) chosen.insert(endings[random() % endings.size()]);
      for (const auto &ending : chosen) files.push_back({stem, ending, unit});
    }
    bool numbered = random() % 2;
    auto names = names_of(files, taken, numbered);
    std::map<std::string, size_t> unit_of;
    std::map<size_t, std::set<std::string>> stems_of;
    REQUIRE(names.size() == files.size());
    for (size_t i = 0; i < files.size(); ++i) {
      CHECK_FALSE(taken.contains(names[i]));
      CHECK(names[i].ends_with(files[i].ending));
      auto [found, is_new] = unit_of.try_emplace(ascii_lower(names[i]), files[i].unit);
      CHECK(found->second == files[i].unit);  // two of one folder may differ in case alone
      stems_of[files[i].unit].insert(names[i].substr(0, names[i].size() - files[i].ending.size()));
    }
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    for (const auto &[unit, found] : stems_of) CHECK(found.size() == 1);
  }
}
