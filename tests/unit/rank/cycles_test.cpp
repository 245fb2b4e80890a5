// Against brute force over all triples, and the ends of Kendall's coefficient by their definition.
#include "rank/cycles.h"

#include <algorithm>
#include <map>

#include "base/random.h"
#include "unit/rank/quality_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::vector<PairTally> random_tallies(int32_t items, double density, uint64_t seed) {
  Random random(seed);
  std::vector<PairTally> tallies;
  for (int32_t low = 0; low < items; ++low)
    for (int32_t high = low + 1; high < items; ++high)
      if (random.unit() < density)
        tallies.push_back({low, high, static_cast<uint32_t>(random.below(5)), static_cast<uint32_t>(random.below(5)),
                           static_cast<uint32_t>(random.below(2))});
  return tallies;
}

struct Brute {
  int64_t triads = 0, circular = 0;
  std::vector<Cycle> cycles;
};

Brute brute_force(int32_t items, const std::vector<PairTally> &tallies) {
  std::map<std::pair<int32_t, int32_t>, int64_t> margins, votes;
  for (const auto &tally : tallies) {
    margins[{tally.low, tally.high}] = tally.margin();
    margins[{tally.high, tally.low}] = -tally.margin();
    votes[{tally.low, tally.high}] = votes[{tally.high, tally.low}] = tally.votes();
  }
  auto margin = [&](int32_t a, int32_t b) { return margins.count({a, b}) != 0 ? margins[{a, b}] : 0; };
  Brute brute;
  for (int32_t a = 0; a < items; ++a)
    for (int32_t b = a + 1; b < items; ++b)
      for (int32_t c = b + 1; c < items; ++c) {
        auto ab = margin(a, b), bc = margin(b, c), ca = margin(c, a);
        if (ab == 0 || bc == 0 || ca == 0) continue;
        ++brute.triads;
        bool forth = ab > 0 && bc > 0 && ca > 0, back = ab < 0 && bc < 0 && ca < 0;
        if (!forth && !back) continue;
        ++brute.circular;
        Cycle cycle;
        cycle.items = forth ? std::array<int32_t, 3>{a, b, c} : std::array<int32_t, 3>{a, c, b};
        cycle.margin = std::min({std::abs(ab), std::abs(bc), std::abs(ca)});
        cycle.votes = static_cast<uint64_t>(votes[{a, b}] + votes[{b, c}] + votes[{c, a}]);
        brute.cycles.push_back(cycle);
      }
  return brute;
}

// Everybody against everybody once; wins(a, b) of a < b.
template <class Wins>
std::vector<PairTally> tournament(int32_t items, Wins wins) {
  std::vector<PairTally> tallies;
  for (int32_t low = 0; low < items; ++low)
    for (int32_t high = low + 1; high < items; ++high) {
      bool won = wins(low, high);
      tallies.push_back({low, high, won ? 1u : 0u, won ? 0u : 1u, 0});
    }
  return tallies;
}

Cycles cycles_of(int32_t items, const std::vector<PairTally> &tallies, CycleOptions options = {}) {
  Task task;
  return find_cycles(items, tallies, options, task);
}

}  // namespace

TEST_CASE("cycles are those that brute force over all triples finds") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    auto items = static_cast<int32_t>(3 + seed);
    auto tallies = random_tallies(items, 0.2 + 0.03 * static_cast<double>(seed % 20), seed);
    auto brute = brute_force(items, tallies);
    CycleOptions options;
    options.examples = 7;
    auto found = cycles_of(items, tallies, options);
    CAPTURE(seed);
    CHECK(found.exact);
    CHECK(found.triads == static_cast<double>(brute.triads));
    CHECK(found.circular == static_cast<double>(brute.circular));
    std::sort(brute.cycles.begin(), brute.cycles.end(), [](const Cycle &a, const Cycle &b) {
      if (a.margin != b.margin) return a.margin > b.margin;
      if (a.votes != b.votes) return a.votes > b.votes;
      return a.items < b.items;
    });
    REQUIRE(found.examples.size() == std::min<size_t>(7, brute.cycles.size()));
    for (size_t i = 0; i < found.examples.size(); ++i) {
      CHECK(found.examples[i].items == brute.cycles[i].items);
      CHECK(found.examples[i].votes == brute.cycles[i].votes);
      CHECK(found.examples[i].margin == brute.cycles[i].margin);
    }
  }
}

TEST_CASE("Kendall's coefficient is 1 without cycles and 0 with as many as there can be") {
  for (int32_t items : {3, 4, 9, 10}) {
    auto ordered = cycles_of(items, tournament(items, [](int32_t, int32_t) { return true; }));
    CHECK(ordered.circular == 0);
    CHECK(ordered.consistence.value() == 1);
    // Each beats the half that follows it in a ring: the most cycles there can be (Kendall and Babington Smith 1940).
    auto ring = cycles_of(items, tournament(items, [&](int32_t low, int32_t high) { return high - low <= items / 2; }));
    CHECK(ring.consistence.value() == Approx(0).margin(1e-12));
    CHECK(ring.circular ==
          static_cast<double>(
              brute_force(items, tournament(items, [&](int32_t low, int32_t high) { return high - low <= items / 2; }))
                  .circular));
  }
}

TEST_CASE("Kendall's coefficient is only told where every pair is decided") {
  auto tallies = tournament(5, [](int32_t, int32_t) { return true; });
  CHECK(cycles_of(9, tallies).consistence.has_value());  // items without any vote do not matter
  auto tied = tallies;
  tied[3].high_wins = tied[3].low_wins;
  CHECK_FALSE(cycles_of(5, tied).consistence.has_value());
  tallies.pop_back();
  CHECK_FALSE(cycles_of(5, tallies).consistence.has_value());
  CHECK_FALSE(cycles_of(2, {{0, 1, 1, 0, 0}}).consistence.has_value());
  auto none = cycles_of(4, {});
  CHECK(none.triads == 0);
  CHECK(none.share == 0);
}

TEST_CASE("beyond the bound of work a sample tells about as much") {
  auto tallies = random_tallies(120, 0.4, 3);
  auto exact = cycles_of(120, tallies);
  CycleOptions options;
  options.most_work = 1000;
  options.samples = 200'000;
  auto sampled = cycles_of(120, tallies, options);
  CHECK_FALSE(sampled.exact);
  // 200,000 looks: the relative deviation of the number of triads is 0.3 %, of the circular ones 0.7 %.
  CHECK(sampled.triads == Approx(exact.triads).epsilon(0.015));
  CHECK(sampled.circular == Approx(exact.circular).epsilon(0.035));
  CHECK(sampled.circular_interval.lower < exact.circular);
  CHECK(sampled.circular_interval.upper > exact.circular);
  CHECK(sampled.share == Approx(exact.share).epsilon(0.035));
  REQUIRE(sampled.examples.size() == 10);
  CHECK(sampled.examples[0].margin == exact.examples[0].margin);
  options.seed = 9;
  auto other = cycles_of(120, tallies, options);
  CHECK(other.circular != sampled.circular);
  CHECK(cycles_of(120, tallies, options).circular == other.circular);

  // All pairs of a tournament: the number of wins alone tell the exact number.
  Random random(5);
  auto complete = tournament(90, [&](int32_t, int32_t) { return random.below(2) == 0; });
  auto formula = cycles_of(90, complete, options);
  CHECK(formula.exact);
  CHECK(formula.circular == static_cast<double>(brute_force(90, complete).circular));
  // A path has no triads, however little work is allowed.
  options.most_work = 0;
  auto path = cycles_of(4, {{0, 1, 1, 0, 0}, {1, 2, 1, 0, 0}, {2, 3, 1, 0, 0}}, options);
  CHECK(path.triads == 0);
}

TEST_CASE("looking for cycles can be cancelled") {
  Task task;
  task.cancel();
  auto tallies = random_tallies(120, 0.9, 3);
  CHECK_THROWS_AS(find_cycles(120, tallies, {}, task), Error);
}

TEST_CASE("parts are what votes connect") {
  auto history = history_of(9, 2, {vote(0, 1, 1), vote(2, 1, 0, 1), vote(4, 5, -1), vote(5, 8, 3), vote(6, 7, 2)});
  auto found = connection(9, pair_tallies(pair_answers(history)));
  CHECK(found.without_vote == std::vector<int32_t>{3, 6, 7, 8});  // skips and both_bad connect nothing
  CHECK(found.part_sizes == std::vector<int32_t>{3, 2});
  CHECK(connection(3, {}).parts() == 0);
}

TEST_CASE("tallies and the most contested pairs") {
  std::vector<Comparison> votes;
  auto many = [&](int32_t left, int32_t right, int verdict, int times, int32_t annotator = 0) {
    votes.insert(votes.end(), static_cast<size_t>(times), vote(left, right, verdict, annotator));
  };
  many(1, 0, 1, 4);     // 1 beats 0 four times
  many(0, 1, 1, 3, 1);  // and loses three
  many(2, 3, 1, 9);     // undisputed
  many(4, 5, 1, 3);
  many(5, 4, 1, 3, 1);  // even
  many(6, 7, 1, 1);
  many(6, 7, -1, 1);
  many(6, 7, 0, 1);
  auto answers = pair_answers(history_of(8, 2, votes));
  auto tallies = pair_tallies(answers);
  REQUIRE(tallies.size() == 4);
  CHECK(tallies[0].low_wins == 3);
  CHECK(tallies[0].high_wins == 4);
  CHECK(tallies[3].ties == 1);
  CHECK(tallies[3].votes() == 3);
  auto contested = most_contested(tallies, 9);
  REQUIRE(contested.size() == 3);
  CHECK(contested[0].low == 4);
  CHECK(contested[1].low == 0);
  CHECK(contested[2].low == 6);
  CHECK(most_contested(tallies, 1).size() == 1);
  auto own = pair_tallies_by_annotator(answers, 2);
  REQUIRE(own.size() == 2);
  CHECK(own[0].size() == 4);
  REQUIRE(own[1].size() == 2);
  CHECK(own[1][0].low_wins == 3);
  CHECK(own[1][0].high_wins == 0);
}
