// Against image-ranker's rule, by brute force over all pairs, and its published case.
#include <map>

#include "unit/rank/normal_estimator.h"
#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

double key(const SurveyCase &study, ItemPair pair) {
  const auto means = study.estimator->means();
  return std::abs(means[static_cast<size_t>(pair.a)] - means[static_cast<size_t>(pair.b)]) +
         .8 * (study.asked.of_item(pair.a) + study.asked.of_item(pair.b));
}

std::unique_ptr<Strategy> shuffle_every(int64_t votes) {
  StrategyOptions options;
  options.kind = StrategyKind::smart_shuffle;
  options.auto_shuffle = votes;
  return make_strategy(options);
}

}  // namespace

TEST_CASE("Smart shuffle's case: the keys after A beats B among four") {
  // TrueSkill's means after the vote, with image-ranker's constants; CD 0, AC BC AD BD 5.1938, AB 10.3876.
  SurveyCase study(4, std::make_unique<NormalEstimator>(std::vector<double>{4.3937837, -4.3937837, 0, 0}));
  study.vote(0, 1);
  CHECK(key(study, {2, 3}) == 0);
  CHECK(key(study, {0, 2}) == Approx(5.1938).margin(1e-4));
  CHECK(key(study, {0, 1}) == Approx(10.3876).margin(1e-4));
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    auto pairs = shuffle_every(1)->next(study.survey(), 6, random);
    REQUIRE(pairs.size() == 5);  // the seen pair is dropped
    CHECK(sorted_pair(pairs[0]) == std::pair(2, 3));
    for (size_t i = 1; i < 5; ++i) CHECK(key(study, pairs[i]) == Approx(5.1938).margin(1e-4));
    study.most_asked = 0;
    Random again(seed);
    pairs = shuffle_every(1)->next(study.survey(), 6, again);
    REQUIRE(pairs.size() == 6);
    study.most_asked = 1;
  }
}

TEST_CASE("Smart shuffle asks by ascending key and begins with a ring") {
  const int32_t items = 12;
  Random votes(4);
  auto utilities = normal_numbers(items, 2, votes);
  SurveyCase study(items);
  auto strategy = shuffle_every(3);
  Random random(8);
  std::map<int32_t, int> neighbours;
  for (int i = 0; i < 66; ++i) {
    auto pairs = strategy->next(study.survey(), 1, random);
    REQUIRE(pairs.size() == 1);
    if (i < 3) {
      // A path of three: the ring's first pairs.
      ++neighbours[pairs[0].a];
      ++neighbours[pairs[0].b];
    } else if (i % 3 == 0) {
      // Just ordered: nothing that was not asked has a lesser key.
      for (int32_t a = 0; a < items; ++a)
        for (int32_t b = 0; b < a; ++b)
          if (study.asked.of(a, b) == 0) REQUIRE(key(study, pairs[0]) <= key(study, {a, b}) + 1e-12);
    }
    study.vote(pairs[0].a, pairs[0].b, answer(utilities, pairs[0], votes));
  }
  CHECK(neighbours.size() == 4);
  CHECK(strategy->next(study.survey(), 1, random).empty());
}

TEST_CASE("Smart shuffle's whole order is that of the keys") {
  const int32_t items = 41;
  Random votes(6);
  auto means = normal_numbers(items, 3, votes);
  for (size_t i = 0; i < 8; ++i) means[i] = means[i + 8];  // equal keys
  SurveyCase study(items, std::make_unique<NormalEstimator>(means));
  for (int i = 0; i < 60; ++i) {
    auto a = static_cast<int32_t>(votes.below(items)), b = static_cast<int32_t>(votes.below(items));
    if (a != b) study.vote(a, b);
  }
  // One pair at a time, each held back by being asked in the counts alone: the queue is not ordered anew.
  auto strategy = shuffle_every(1'000'000);
  Random random(3);
  auto ordered = shuffle_every(static_cast<int64_t>(study.history.comparisons.size()));
  auto counts = study.asked;
  double last = -1;
  size_t pairs = 0;
  Survey survey{*study.estimator, study.history, counts, study.pending, {}, {}, {}, 1};
  const auto different = study.asked.different_pairs();
  for (;; ++pairs) {
    auto next = ordered->next(survey, 1, random);
    if (next.empty()) break;
    REQUIRE(key(study, next[0]) >= last - 1e-12);
    last = key(study, next[0]);
    counts.add(next[0].a, next[0].b);
  }
  CHECK(pairs == items * (items - 1) / 2 - different);
}

TEST_CASE("Smart shuffle that is never ordered: a ring, then all others, by seed") {
  const int32_t items = 15;
  SurveyCase study(items, std::make_unique<LaplaceReference>(4, 1000));
  auto strategy = shuffle_every(0);
  Random random(2);
  std::vector<ItemPair> asked;
  for (;;) {
    auto pairs = strategy->next(study.survey(), 1, random);
    if (pairs.empty()) break;
    asked.push_back(pairs[0]);
    study.vote(pairs[0].a, pairs[0].b);
  }
  REQUIRE(asked.size() == 105);
  for (size_t i = 0; i < 15; ++i) CHECK(asked[i].b == asked[(i + 1) % 15].a);
  std::set<int32_t> ring;
  for (size_t i = 0; i < 15; ++i) ring.insert(asked[i].a);
  CHECK(ring.size() == 15);

  SurveyCase other(items);
  Random same(2), different(3);
  auto queue_of = [&](Random &seed) {
    PairCounts counts(items);
    Survey survey{*other.estimator, other.history, counts, other.pending, {}, {}, {}, 1};
    auto own = shuffle_every(0);
    std::vector<ItemPair> queue;
    for (;;) {
      auto pairs = own->next(survey, 1, seed);
      if (pairs.empty()) return queue;
      queue.push_back(pairs[0]);
      counts.add(pairs[0].a, pairs[0].b);
    }
  };
  CHECK(queue_of(same) == asked);
  CHECK(queue_of(different) != asked);
}
