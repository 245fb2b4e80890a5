// Who stays of several: cases told by hand.
#include <catch2/catch.hpp>

#include <limits>

#include "arrange/duplicate_keeper.h"

using namespace kalon;

namespace {

Standing standing(uint64_t pixels, int format, float sharpness, int64_t time, int64_t last_time = 0) {
  Standing standing;
  standing.pixels = pixels;
  standing.format = format;
  standing.sharpness = sharpness;
  standing.time = time;
  standing.last_time = last_time;
  return standing;
}

using Rules = std::vector<KeepRule>;

}  // namespace

TEST_CASE("rules in their order", "[arrange]") {
  using enum KeepRule;
  CHECK(keep_rules() == Rules{pixels, metadata, format, compression, sharpness, oldest, name});
  CHECK(keep_rules(oldest) == Rules{oldest, pixels, metadata, format, compression, sharpness, name});
  CHECK(keep_rules(newest) == Rules{newest, pixels, metadata, format, compression, sharpness, oldest, name});
  CHECK(keep_rules(folder) == Rules{folder, pixels, metadata, format, compression, sharpness, oldest, name});
}

TEST_CASE("one rule after another decides", "[arrange]") {
  using enum KeepRule;
  auto elect = [](std::vector<Standing> standings, std::optional<KeepRule> first = std::nullopt) {
    std::vector<uint32_t> rows;
    for (uint32_t i = 0; i < standings.size(); ++i) rows.push_back(i);
    auto election = elect_keeper(standings, rows, keep_rules(first));
    return std::pair(election.keeper, election.lost_by);
  };
  CHECK(elect({standing(6, 0, 1, 9), standing(24, 0, 0, 10)}) == std::pair(1u, Rules{pixels, pixels}));
  CHECK(elect({standing(6, 1, 9, 1), standing(6, 2, 1, 9)}) == std::pair(1u, Rules{format, format}));
  CHECK(elect({standing(6, 1, 1, 1), standing(6, 1, 1.2f, 9)}) == std::pair(1u, Rules{sharpness, sharpness}));
  // Not clearly sharper: the older one.
  CHECK(elect({standing(6, 1, 1.09f, 9), standing(6, 1, 1, 1)}) == std::pair(1u, Rules{oldest, oldest}));
  CHECK(elect({standing(6, 1, 1, 1, 9), standing(6, 1, 1, 1, 8)}) == std::pair(1u, Rules{oldest, oldest}));
  CHECK(elect({standing(6, 1, 1, 1), standing(6, 1, 1, 1)}) == std::pair(0u, Rules{name, name}));
  // "Clearly" is no order: of three in steps of 8 % the first is out, and the older of the others stays.
  CHECK(elect({standing(6, 1, 1, 1), standing(6, 1, 1.08f, 2), standing(6, 1, 1.16f, 3)}) ==
        std::pair(1u, Rules{sharpness, oldest, oldest}));
  CHECK(elect({standing(6, 1, 0, 2), standing(6, 1, 0, 1)}) == std::pair(1u, Rules{oldest, oldest}));
  CHECK(elect({standing(6, 0, 1, 1)}) == std::pair(0u, Rules{name}));

  CHECK(elect({standing(24, 0, 1, 1), standing(6, 0, 1, 9)}, newest) == std::pair(1u, Rules{newest, newest}));
  CHECK(elect({standing(24, 0, 1, 9), standing(6, 0, 1, 1)}, oldest) == std::pair(1u, Rules{oldest, oldest}));
  CHECK(elect({standing(24, 0, 1, 9), standing(6, 0, 1.2f, 1)}, sharpness) ==
        std::pair(1u, Rules{sharpness, sharpness}));
  // A lossy file of half the bytes is not sharper, but full of artefacts; one of nearly as many may be.
  auto sized = [](float sharpness_now, int64_t time, uint64_t bytes) {
    auto lossy = standing(6, 1, sharpness_now, time);
    lossy.bytes = bytes;
    return lossy;
  };
  CHECK(elect({sized(1, 1, 1000), sized(1.5f, 2, 500)}) == std::pair(0u, Rules{compression, compression}));
  CHECK(elect({sized(1, 1, 1000), sized(1.5f, 2, 900)}) == std::pair(1u, Rules{sharpness, sharpness}));
  CHECK(elect({sized(1, 1, 1000), sized(0.5f, 0, 500)}) == std::pair(0u, Rules{compression, compression}));
  CHECK(elect({sized(1.5f, 2, 500), sized(1, 1, 1000)}, sharpness) == std::pair(1u, Rules{compression, compression}));
  // Of another codec fewer bytes say nothing of the loss, but they cannot be sharper for that.
  auto other_codec = sized(1.5f, 2, 500);
  other_codec.codec = 1;
  CHECK(elect({sized(1, 1, 1000), other_codec}) == std::pair(0u, Rules{oldest, oldest}));
  // An old date does not save what is strongly compressed.
  CHECK(elect({sized(1, 9, 695), sized(1, 1, 66)}) == std::pair(0u, Rules{compression, compression}));

  // The original with its date stays before a lossless copy without; what a person wrote weighs more than a date.
  auto told = [](int more, int format_now) {
    auto known = standing(6, format_now, 1, 1);
    known.metadata = more;
    return known;
  };
  CHECK(elect({told(1, 1), told(0, 2)}) == std::pair(0u, Rules{metadata, metadata}));
  CHECK(elect({told(1, 2), told(2, 1)}) == std::pair(1u, Rules{metadata, metadata}));
  CHECK(elect({told(1, 1), told(1, 2)}) == std::pair(1u, Rules{format, format}));

  auto there = standing(6, 0, 1, 9);
  there.in_folder = true;
  CHECK(elect({standing(24, 0, 1, 1), there}, folder) == std::pair(1u, Rules{folder, folder}));
  CHECK(elect({standing(24, 0, 1, 1), there}) == std::pair(0u, Rules{pixels, pixels}));

  constexpr auto least = std::numeric_limits<int64_t>::min(), most = std::numeric_limits<int64_t>::max();
  CHECK(elect({standing(6, 0, 1, most), standing(6, 0, 1, least)}).first == 1);
  CHECK(elect({standing(6, 0, 1, least), standing(6, 0, 1, most)}, newest).first == 1);
}

TEST_CASE("behind the name no rule counts", "[arrange]") {
  using enum KeepRule;
  std::vector<Standing> standings{standing(6, 0, 1, 9), standing(24, 1, 9, 1)};
  std::vector<uint32_t> rows{0, 1};
  for (const Rules &rules : {Rules{name}, Rules{name, pixels, format}, keep_rules(name), Rules{}}) {
    CHECK(stands_before(standings, 0, 1, rules));
    CHECK_FALSE(stands_before(standings, 1, 0, rules));
    CHECK(elect_keeper(standings, rows, rules).keeper == 0);
  }
}

TEST_CASE("standing before is a total order", "[arrange]") {
  std::vector<Standing> standings;
  for (int i = 0; i < 64; ++i) {
    standings.push_back(standing(static_cast<uint64_t>(i % 2), i / 2 % 2, static_cast<float>(i), i / 4 % 2, i / 8 % 2));
    standings.back().metadata = i / 16 % 2;
  }
  auto rules = keep_rules();
  for (uint32_t a = 0; a < 64; ++a)
    for (uint32_t b = 0; b < 64; ++b) {
      REQUIRE(stands_before(standings, a, b, rules) + stands_before(standings, b, a, rules) == (a == b ? 0 : 1));
      for (uint32_t c = 0; c < 64; ++c)
        if (stands_before(standings, a, b, rules) && stands_before(standings, b, c, rules))
          REQUIRE(stands_before(standings, a, c, rules));
    }
}
