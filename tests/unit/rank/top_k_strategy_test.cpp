// Against the criterion stated in standings.h, by brute force, and against random pairs in simulated studies.
#include <numbers>

#include "unit/rank/normal_estimator.h"
#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::unique_ptr<Strategy> best(int64_t top) {
  StrategyOptions options;
  options.kind = StrategyKind::top_k;
  options.top = top;
  return make_strategy(options);
}

bool settled(const Estimator &estimator, size_t top) {
  auto means = estimator.means();
  std::vector<int32_t> order;
  for (size_t i = 0; i < means.size(); ++i) order.push_back(static_cast<int32_t>(i));
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return means[static_cast<size_t>(a)] > means[static_cast<size_t>(b)]; });
  auto better = [&](int32_t a, int32_t b) {
    const double z = (means[static_cast<size_t>(a)] - means[static_cast<size_t>(b)]) /
                     std::sqrt(estimator.difference_variance(a, b));
    return z >= 1.6448536269514722;
  };
  for (size_t i = 0; i < top; ++i)
    if (!better(order[i], order[top])) return false;
  for (size_t i = top; i < order.size(); ++i)
    if (!better(order[top - 1], order[i])) return false;
  return true;
}

// Votes until the top is settled, all of them given by somebody who follows the logistic model.
int votes_to_settle(StrategyKind kind, uint64_t seed) {
  Random votes(seed);
  auto utilities = normal_numbers(24, 3, votes);
  std::sort(utilities.begin(), utilities.end());
  for (size_t i = 21; i < 24; ++i) utilities[i] += 2;  // a clear top three
  SurveyCase study(24, std::make_unique<LaplaceReference>(9, 1));
  study.most_asked = 0;
  StrategyOptions options;
  options.kind = kind;
  options.top = 3;
  auto strategy = make_strategy(options);
  int count = 0;
  for (; count < 600 && !settled(*study.estimator, 3); ++count) {
    auto pairs = strategy->next(study.survey(), 1, votes);
    REQUIRE(pairs.size() == 1);
    study.vote(pairs[0].a, pairs[0].b, answer(utilities, pairs[0], votes));
  }
  if (kind == StrategyKind::top_k && count < 600) CHECK(strategy->next(study.survey(), 1, votes).empty());
  return count;
}

}  // namespace

TEST_CASE("Top-k asks until the top is settled, and needs fewer votes than others do") {
  double top = 0, random = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    top += std::log(votes_to_settle(StrategyKind::top_k, seed));
    random += std::log(votes_to_settle(StrategyKind::random, seed));
  }
  // Geometric means over 12 studies.
  CHECK(std::exp((top - random) / 12) < .6);
}

TEST_CASE("Top-k asks about the border only") {
  // Known apart, but for those around the tenth place.
  std::vector<double> means, factor(100 * 100);
  for (size_t i = 0; i < 100; ++i) {
    means.push_back(static_cast<double>(i));
    factor[i * 100 + i] = i >= 88 && i < 92 ? 1 : .1;
  }
  SurveyCase study(100, std::make_unique<NormalEstimator>(means, factor));
  Random random(1);
  auto pair = best(10)->next(study.survey(), 1, random).at(0);
  CHECK(std::min(pair.a, pair.b) >= 87);
  CHECK(std::max(pair.a, pair.b) <= 92);
  CHECK(best(50)->next(study.survey(), 1, random).empty());   // settled
  CHECK(best(100)->next(study.survey(), 1, random).empty());  // nobody behind
  CHECK(best(1000)->next(study.survey(), 1, random).empty());
}

TEST_CASE("Top-k goes on with other pairs when those at the border are asked through") {
  SurveyCase study(200, std::make_unique<NormalEstimator>(NormalEstimator::independent(std::vector<double>(200), 1)));
  auto strategy = best(10);
  Random random(1);
  std::set<std::pair<int32_t, int32_t>> seen;
  for (int i = 0; i < 40; ++i) {
    auto pairs = strategy->next(study.survey(), 70, random);
    REQUIRE_FALSE(pairs.empty());
    for (auto pair : pairs) {
      REQUIRE(seen.insert(sorted_pair(pair)).second);
      study.vote(pair.a, pair.b);
    }
  }
  CHECK(seen.size() > 48 * 47 / 2);
}
