// By the rules of the Swiss system, checked by hand-kept points.
#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("Swiss rounds: each plays once, equal points meet, nobody twice") {
  for (int32_t items : {8, 16, 32}) {
    SurveyCase study(items, std::make_unique<LaplaceReference>(4, 1000));
    auto strategy = strategy_of(StrategyKind::swiss);
    Random random(1), votes(static_cast<uint64_t>(items));
    std::vector<int> points(static_cast<size_t>(items));
    // In the first log2(n) rounds of a power of two, with decisive votes, all groups are even.
    for (int round = 0; (1 << round) < items; ++round) {
      auto at_start = points;
      std::set<int32_t> played;
      for (int32_t game = 0; game < items / 2; ++game) {
        auto pair = strategy->next(study.survey(), 1, random).at(0);
        CHECK(played.insert(pair.a).second);
        CHECK(played.insert(pair.b).second);
        CHECK(study.asked.of(pair.a, pair.b) == 0);
        if (round < 2) CHECK(at_start[static_cast<size_t>(pair.a)] == at_start[static_cast<size_t>(pair.b)]);
        CHECK(std::abs(at_start[static_cast<size_t>(pair.a)] - at_start[static_cast<size_t>(pair.b)]) <= 1);
        const auto verdict = votes.next() % 2 == 0 ? Verdict::left : Verdict::right;
        ++points[static_cast<size_t>(verdict == Verdict::left ? pair.a : pair.b)];
        study.vote(pair.a, pair.b, verdict);
      }
    }
  }
}

TEST_CASE("Swiss with an odd number: one sits out, another one each time") {
  SurveyCase study(7);
  auto strategy = strategy_of(StrategyKind::swiss);
  Random random(1);
  std::vector<int> sat_out(7);
  for (int round = 0; round < 6; ++round) {
    std::set<int32_t> played;
    for (int game = 0; game < 3; ++game) {
      auto pair = strategy->next(study.survey(), 1, random).at(0);
      CHECK(study.asked.of(pair.a, pair.b) == 0);
      CHECK(played.insert(pair.a).second);
      CHECK(played.insert(pair.b).second);
      study.vote(pair.a, pair.b, sure_answer(pair));
    }
    for (int32_t item = 0; item < 7; ++item)
      if (!played.contains(item)) ++sat_out[static_cast<size_t>(item)];
  }
  CHECK(*std::max_element(sat_out.begin(), sat_out.end()) == 1);
}

TEST_CASE("A Swiss round is the same whether its pairs are asked one by one or at once") {
  SurveyCase study(20, std::make_unique<LaplaceReference>(4, 1000));
  Random random(1), votes(2);
  for (int round = 0; round < 5; ++round) {
    auto together = strategy_of(StrategyKind::swiss)->next(study.survey(), 10, random);
    REQUIRE(together.size() == 10);
    // Answered from the last to the first, by people who have them all.
    for (size_t i = together.size(); i-- > 0;) {
      auto next = strategy_of(StrategyKind::swiss)->next(study.survey(), 1, random).at(0);
      CHECK(std::any_of(together.begin(), together.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                        [&](ItemPair pair) { return sorted_pair(pair) == sorted_pair(next); }));
      study.vote(together[i].a, together[i].b, votes.next() % 2 == 0 ? Verdict::left : Verdict::right);
    }
  }
}
