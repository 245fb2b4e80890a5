#include "commands/palette_match.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace kalon::viewer;

namespace {

double score(std::string_view query, std::string_view text) {
  const auto match = palette_match(query, text);
  return match ? match->score : -1e9;
}

// Whether the letters can be found in order, as a person would check it.
bool is_subsequence(std::string_view letters, std::string_view text) {
  size_t at = 0;
  for (const char letter : text) {
    if (at < letters.size() && letters[at] == letter) ++at;
  }
  return at == letters.size();
}

}  // namespace

TEST_CASE("a match has the letters in order, without case, each word for itself") {
  CHECK(palette_match("", "Anything")->letters.empty());
  CHECK(palette_match("CF", "Compare four")->letters == std::vector<size_t>{0, 8});
  CHECK(palette_match("four comp", "Compare four"));
  CHECK_FALSE(palette_match("xyz", "Compare four"));
  CHECK_FALSE(palette_match("fc", "Compare four"));
  CHECK_FALSE(palette_match("compare fours", "Compare four"));
  CHECK_FALSE(palette_match("a", ""));
  CHECK(palette_match("  pick  ", "Pick"));
}

TEST_CASE("what one means comes before what has the letters by chance") {
  CHECK(score("pi", "Pick") > score("pi", "Stop indexing"));
  CHECK(score("cf", "Compare four") > score("cf", "Scaffold"));
  CHECK(score("grid", "Grid") > score("grid", "Larger cells in the grid"));
  CHECK(score("red", "Red label") > score("red", "Redo"));
  CHECK(score("sel no", "Select none") > score("sel no", "Select another one"));
  CHECK(score("zo", "Zoom in") > score("zo", "Freeze one"));
}

TEST_CASE("it finds exactly the texts that have the letters, at places that have them") {
  std::mt19937 random(7);
  const auto word = [&](size_t most) {
    std::string text;
    const size_t length = 1 + random() % most;
    for (size_t i = 0; i < length; ++i) text += static_cast<char>('a' + random() % 4);
    return text;
  };
  int found = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    const auto query = word(5), text = word(12);
    const auto match = palette_match(query, text);
    CHECK(match.has_value() == is_subsequence(query, text));
    if (!match) continue;
    ++found;
    REQUIRE(match->letters.size() == query.size());
    CHECK(std::is_sorted(match->letters.begin(), match->letters.end()));
    for (size_t i = 0; i < query.size(); ++i) CHECK(text[match->letters[i]] == query[i]);
  }
  CHECK(found > 500);
}

TEST_CASE("long queries and texts end soon") {
  const std::string long_text(100000, 'a');
  CHECK(palette_match(long_text, long_text));
}
