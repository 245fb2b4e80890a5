// By the rule: who loses leaves, N - 1 votes.
#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("Elimination takes one vote fewer than there are items, and leaves the best") {
  for (int32_t items : {2, 3, 16, 45}) {
    SurveyCase study(items, std::make_unique<LaplaceReference>(4, 1000));
    auto strategy = strategy_of(StrategyKind::elimination);
    Random random(1);
    std::vector<int> games(static_cast<size_t>(items));
    for (int32_t vote = 0; vote < items - 1; ++vote) {
      CHECK(strategy->left(study.survey()) == items - 1 - vote);
      auto pairs = strategy->next(study.survey(), 1, random);
      REQUIRE(pairs.size() == 1);
      for (auto item : {pairs[0].a, pairs[0].b}) ++games[static_cast<size_t>(item)];
      study.vote(pairs[0].a, pairs[0].b, sure_answer(pairs[0]));
    }
    CHECK(strategy->left(study.survey()) == 0);
    CHECK(strategy->next(study.survey(), 1, random).empty());
    // The best loses to nobody, all others once; rounds are as even as can be.
    for (int32_t item = 0; item < items; ++item) {
      int lost = 0;
      for (const auto &vote : study.history.comparisons)
        lost += (vote.verdict == Verdict::left ? vote.right : vote.left) == item;
      CHECK(lost == (item == items - 1 ? 0 : 1));
      CHECK(games[static_cast<size_t>(item)] <= std::ceil(std::log2(items)) + 1);
    }
  }
}

TEST_CASE("Elimination and answers that decide nothing") {
  SurveyCase study(4);
  auto strategy = strategy_of(StrategyKind::elimination);
  Random random(1);
  auto first = strategy->next(study.survey(), 2, random);
  REQUIRE(first.size() == 2);
  study.vote(first[0].a, first[0].b, Verdict::skip);
  CHECK(strategy->left(study.survey()) == 3);
  // The others are asked now, the skipped ones later and not against each other.
  CHECK(strategy->next(study.survey(), 1, random) == std::vector{first[1]});
  study.vote(first[1].a, first[1].b, Verdict::tie);
  auto later = strategy->next(study.survey(), 2, random);
  REQUIRE(later.size() == 2);
  for (auto pair : later) CHECK(study.asked.of(pair.a, pair.b) == 0);
  // Both bad: both leave.
  study.vote(later[0].a, later[0].b, Verdict::both_bad);
  CHECK(strategy->left(study.survey()) == 1);
  auto last = strategy->next(study.survey(), 1, random);
  REQUIRE(last.size() == 1);
  // But not the last two; they are asked again, as nobody else is there.
  for (auto verdict : {Verdict::both_bad, Verdict::tie, Verdict::skip}) {
    study.vote(last[0].a, last[0].b, verdict);
    CHECK(strategy->left(study.survey()) == 1);
    auto again = strategy->next(study.survey(), 1, random);
    REQUIRE(again.size() == 1);
    CHECK(sorted_pair(again[0]) == sorted_pair(last[0]));
  }
  study.vote(last[0].a, last[0].b, Verdict::right);
  CHECK(strategy->left(study.survey()) == 0);
  CHECK(strategy->next(study.survey(), 1, random).empty());
  // An undo brings the loser back.
  study.undo(study.history.comparisons.size() - 1);
  CHECK(strategy->left(study.survey()) == 1);
}

TEST_CASE("Elimination with votes of other strategies and over several") {
  SurveyCase study(6);
  auto strategy = strategy_of(StrategyKind::elimination);
  // A circle: 0 beats 1, 1 beats 2, 2 beats 0. Who has left beats nobody.
  study.vote(0, 1);
  study.vote(1, 2);
  study.vote(2, 0);
  CHECK(strategy->left(study.survey()) == 3);  // 1 and 0 left
  study.history.orderings.push_back({{2, 3, 4, 5}, {2, 1, 2, 2}, 0, 1, 3});
  CHECK(strategy->left(study.survey()) == 0);
  study.candidates = {1, 1, 1, 0, 1, 1};
  CHECK(strategy->left(study.survey()) == 2);  // 2, 4 and 5 were all worse than one who takes no part
}
