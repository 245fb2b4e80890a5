// By the rule: the champion stays, nobody returns before all were met.
#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("The champion meets all others and the best one ends as champion") {
  const int32_t items = 12;
  SurveyCase study(items);
  auto strategy = strategy_of(StrategyKind::challenger);
  Random random(1);
  int32_t champion = -1;
  std::set<int32_t> met;
  for (int i = 0; i < items - 1; ++i) {
    auto pair = strategy->next(study.survey(), 1, random).at(0);
    if (champion >= 0) CHECK((pair.a == champion || pair.b == champion));
    const auto challenger = pair.a == champion ? pair.b : pair.a;
    if (champion >= 0) CHECK_FALSE(met.contains(challenger));
    champion = std::max(pair.a, pair.b);
    met.insert({pair.a, pair.b});
    study.vote(pair.a, pair.b, sure_answer(pair));
  }
  CHECK(champion == items - 1);
  CHECK(met.size() == static_cast<size_t>(items));
  // Then those whom the champion has not met yet, each once.
  while (true) {
    auto pairs = strategy->next(study.survey(), 1, random);
    if (pairs.empty()) break;
    CHECK((pairs[0].a == champion || pairs[0].b == champion));
    study.vote(pairs[0].a, pairs[0].b, sure_answer(pairs[0]));
  }
  CHECK(study.asked.of_item(champion) == items - 1);
}

TEST_CASE("Ties leave the champion; a skipped challenger is not met") {
  SurveyCase study(5);
  auto strategy = strategy_of(StrategyKind::challenger);
  Random random(1);
  auto first = strategy->next(study.survey(), 1, random).at(0);
  study.vote(first.a, first.b, Verdict::right);  // b is champion
  std::set<int32_t> met{first.a, first.b};
  for (auto verdict : {Verdict::tie, Verdict::both_bad}) {
    auto pair = strategy->next(study.survey(), 1, random).at(0);
    CHECK((pair.a == first.b || pair.b == first.b));
    CHECK(met.insert(pair.a == first.b ? pair.b : pair.a).second);
    study.vote(pair.a, pair.b, verdict);
  }
  auto pair = strategy->next(study.survey(), 1, random).at(0);
  const auto challenger = pair.a == first.b ? pair.b : pair.a;
  study.vote(pair.a, pair.b, Verdict::skip);
  // All pairs with this champion were asked.
  CHECK(strategy->next(study.survey(), 1, random).empty());
  // Votes of others than the champion tell nothing of him; one over several does.
  study.vote(challenger, first.a, Verdict::left);
  CHECK(strategy->next(study.survey(), 1, random).empty());
  study.history.orderings.push_back(
      {{first.b, challenger, first.a}, {2, 1, 3}, 0, 1, study.history.comparisons.size()});
  auto next = strategy->next(study.survey(), 1, random);
  REQUIRE(next.size() == 1);
  CHECK((next[0].a == challenger || next[0].b == challenger));
}

TEST_CASE("When the champion is taken out another one is") {
  SurveyCase study(6);
  auto strategy = strategy_of(StrategyKind::challenger);
  Random random(1);
  for (int i = 0; i < 3; ++i) {
    auto pair = strategy->next(study.survey(), 1, random).at(0);
    study.vote(pair.a, pair.b, sure_answer(pair));
  }
  auto pair = strategy->next(study.survey(), 1, random).at(0);
  const auto champion = study.asked.of_item(pair.a) > 0 ? pair.a : pair.b;
  study.candidates.assign(6, 1);
  study.candidates[static_cast<size_t>(champion)] = 0;
  for (auto next : strategy->next(study.survey(), 3, random)) {
    CHECK(next.a != champion);
    CHECK(next.b != champion);
  }
}
