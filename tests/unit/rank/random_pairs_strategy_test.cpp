// Counts of pairs against equal probabilities (chi-squared).
#include <map>

#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

// Pearson's statistic of `draws` first pairs, over the pairs that were not asked.
double chi_squared(const SurveyCase &study, int draws, size_t expected_pairs) {
  std::map<std::pair<int32_t, int32_t>, int> counts;
  Random random(9);
  auto strategy = strategy_of(StrategyKind::random);
  for (int i = 0; i < draws; ++i) ++counts[sorted_pair(strategy->next(study.survey(), 1, random).at(0))];
  CHECK(counts.size() == expected_pairs);
  const double expected = static_cast<double>(draws) / static_cast<double>(expected_pairs);
  double sum = 0;
  for (const auto &[pair, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace

TEST_CASE("Random pairs are as likely as one another") {
  SurveyCase study(8);
  // 28 pairs: 27 degrees of freedom, of which 55.5 is exceeded with P = .001.
  CHECK(chi_squared(study, 28000, 28) < 55.5);
  // Nearly all asked: what is left is found by looking at all. 5 degrees of freedom: 20.5.
  int left = 28;
  for (int32_t a = 0; a < 8; ++a)
    for (int32_t b = 0; b < a; ++b)
      if (left > 6) {
        study.vote(a, b);
        --left;
      }
  CHECK(chi_squared(study, 6000, 6) < 20.5);
}

TEST_CASE("The last of many pairs are found, and those that an undo gives back") {
  SurveyCase study(150, std::make_unique<LaplaceReference>(4, 1'000'000));
  for (int32_t a = 0; a < 150; ++a)
    for (int32_t b = 0; b < a; ++b)
      if (a != 149 || b > 2) study.asked.add(a, b);
  auto strategy = strategy_of(StrategyKind::random);
  Random random(1);
  std::set<std::pair<int32_t, int32_t>> found;
  for (int i = 0; i < 3; ++i) {
    auto pair = strategy->next(study.survey(), 1, random).at(0);
    found.insert(sorted_pair(pair));
    study.asked.add(pair.a, pair.b);
  }
  CHECK(found == std::set<std::pair<int32_t, int32_t>>{{0, 149}, {1, 149}, {2, 149}});
  CHECK(strategy->next(study.survey(), 1, random).empty());
  study.asked.add(70, 80, -1);
  auto pairs = strategy->next(study.survey(), 2, random);
  REQUIRE(pairs.size() == 1);
  CHECK(sorted_pair(pairs[0]) == std::pair(70, 80));
}

TEST_CASE("The same seed gives the same random pairs") {
  SurveyCase study(40);
  Random one(5), same(5), other(6);
  auto pairs = strategy_of(StrategyKind::random)->next(study.survey(), 10, one);
  CHECK(pairs == strategy_of(StrategyKind::random)->next(study.survey(), 10, same));
  CHECK(pairs != strategy_of(StrategyKind::random)->next(study.survey(), 10, other));
}
