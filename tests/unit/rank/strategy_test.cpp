// What is promised of every strategy that chooses among all pairs, checked by brute force.
#include "rank/strategy.h"

#include <limits>

#include "unit/rank/normal_estimator.h"
#include "unit/rank/survey_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

constexpr StrategyKind kinds[] = {StrategyKind::active,      StrategyKind::smart_shuffle, StrategyKind::random,
                                  StrategyKind::elimination, StrategyKind::swiss,         StrategyKind::top_k,
                                  StrategyKind::challenger};
// These go on until every pair was asked.
constexpr StrategyKind exhausting[] = {StrategyKind::active, StrategyKind::smart_shuffle, StrategyKind::random,
                                       StrategyKind::swiss};

void require_proper(const SurveyCase &study, const std::vector<ItemPair> &pairs) {
  std::set<std::pair<int32_t, int32_t>> seen;
  for (auto pair : pairs) {
    REQUIRE(pair.a != pair.b);
    REQUIRE(std::min(pair.a, pair.b) >= 0);
    REQUIRE(std::max(pair.a, pair.b) < study.history.items);
    if (!study.candidates.empty()) {
      REQUIRE(study.candidates[static_cast<size_t>(pair.a)]);
      REQUIRE(study.candidates[static_cast<size_t>(pair.b)]);
    }
    REQUIRE(study.pending.of(pair.a, pair.b) == 0);
    REQUIRE(seen.insert(sorted_pair(pair)).second);
  }
}

}  // namespace

TEST_CASE("Names of strategies") {
  CHECK(strategy_names().size() == 11);
  CHECK(strategy_names().front() == "active");
  for (const auto &name : strategy_names()) {
    auto kind = strategy_named(name);
    REQUIRE(kind);
    CHECK(strategy_name(*kind) == name);
    StrategyOptions options;
    options.kind = *kind;
    CHECK(make_strategy(options)->name() == name);
  }
  CHECK_FALSE(strategy_named("Active"));
}

TEST_CASE("Strategies with too few candidates ask nothing") {
  for (auto kind : kinds) {
    CAPTURE(strategy_name(kind));
    for (int32_t items : {0, 1, 5}) {
      SurveyCase study(items);
      if (items == 5) study.candidates = {0, 0, 1, 0, 0};
      Random random(1);
      CHECK(strategy_of(kind)->next(study.survey(), 3, random).empty());
      study.candidates.assign(static_cast<size_t>(items), 0);
      CHECK(strategy_of(kind)->next(study.survey(), 3, random).empty());
    }
  }
}

TEST_CASE("Strategies with two candidates ask them once") {
  for (auto kind : kinds) {
    CAPTURE(strategy_name(kind));
    SurveyCase study(4);
    study.candidates = {0, 1, 0, 1};
    StrategyOptions options;
    options.kind = kind;
    options.top = 1;
    auto strategy = make_strategy(options);
    Random random(1);
    auto pairs = strategy->next(study.survey(), 5, random);
    REQUIRE(pairs.size() == 1);
    CHECK(sorted_pair(pairs[0]) == std::pair(1, 3));
    CHECK(strategy->next(study.survey(), 0, random).empty());

    study.pending.add(3, 1);
    CHECK(strategy->next(study.survey(), 1, random).empty());
    study.pending.add(3, 1, -1);
    study.vote(1, 3);
    CHECK(strategy->next(study.survey(), 1, random).empty());
    study.most_asked = 0;
    if (kind == StrategyKind::active || kind == StrategyKind::random || kind == StrategyKind::smart_shuffle ||
        kind == StrategyKind::swiss)
      CHECK(strategy->next(study.survey(), 1, random).size() == 1);
  }
}

TEST_CASE("Every pair is asked exactly once") {
  for (auto kind : exhausting)
    for (int32_t items : {3, 8, 9, 45}) {
      CAPTURE(strategy_name(kind), items);
      SurveyCase study(items, std::make_unique<LaplaceReference>(4, 50));
      auto strategy = strategy_of(kind);
      Random random(3);
      std::set<std::pair<int32_t, int32_t>> seen;
      for (;;) {
        auto pairs = strategy->next(study.survey(), 1, random);
        if (pairs.empty()) break;
        require_proper(study, pairs);
        REQUIRE(seen.insert(sorted_pair(pairs[0])).second);
        study.vote(pairs[0].a, pairs[0].b, sure_answer(pairs[0]));
      }
      CHECK(seen.size() == static_cast<size_t>(items * (items - 1) / 2));
    }
}

TEST_CASE("Pairs of several annotators do not collide") {
  for (auto kind : kinds) {
    CAPTURE(strategy_name(kind));
    SurveyCase study(30);
    Random random(5), votes(6);
    auto utilities = normal_numbers(30, 2, votes);
    auto strategy = strategy_of(kind);
    std::vector<ItemPair> with_people;
    for (int round = 0; round < 40; ++round) {
      auto pairs = strategy->next(study.survey(), 3, random);
      require_proper(study, pairs);
      std::set<int32_t> items;
      for (auto pair : with_people) items.insert({pair.a, pair.b});
      for (auto pair : pairs) {
        // Of 30 items at most 12 are with somebody, so that there are always others.
        if (kind == StrategyKind::active || kind == StrategyKind::random || kind == StrategyKind::smart_shuffle) {
          REQUIRE(items.insert(pair.a).second);
          REQUIRE(items.insert(pair.b).second);
        }
        study.pending.add(pair.a, pair.b);
        with_people.push_back(pair);
      }
      while (with_people.size() > 3) {
        auto pair = with_people.front();
        with_people.erase(with_people.begin());
        study.pending.add(pair.a, pair.b, -1);
        study.vote(pair.a, pair.b, answer(utilities, pair, votes));
      }
    }
  }
}

TEST_CASE("Nothing is asked while all pairs are with somebody") {
  for (auto kind : kinds) {
    CAPTURE(strategy_name(kind));
    SurveyCase study(7);
    for (int32_t a = 0; a < 7; ++a)
      for (int32_t b = 0; b < a; ++b) study.pending.add(a, b);
    Random random(1);
    CHECK(strategy_of(kind)->next(study.survey(), 4, random).empty());
  }
}

TEST_CASE("More pairs than can be disjoint are still different pairs") {
  for (auto kind : exhausting) {
    CAPTURE(strategy_name(kind));
    SurveyCase study(6);
    Random random(2);
    auto pairs = strategy_of(kind)->next(study.survey(), 100, random);
    require_proper(study, pairs);
    CHECK(pairs.size() == 15);
    std::set<int32_t> first;
    for (size_t i = 0; i < 3; ++i) first.insert({pairs[i].a, pairs[i].b});
    CHECK(first.size() == 6);
  }
}

TEST_CASE("Strategies live with estimators that know nothing") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (auto kind : kinds)
    for (auto means : {std::vector<double>(12, nan), std::vector<double>(12, 1500), std::vector<double>{},
                       std::vector<double>{nan, infinity, -infinity, 1e308, -1e308, 0, 0, 1, 2, 3, nan, 5}}) {
      CAPTURE(strategy_name(kind), means);
      SurveyCase study(12, std::make_unique<NormalEstimator>(means));
      StrategyOptions options;
      options.kind = kind;
      options.top = 3;
      auto strategy = make_strategy(options);
      Random random(1);
      int asked = 0;
      for (; asked < 60; ++asked) {
        auto pairs = strategy->next(study.survey(), 1, random);
        if (pairs.empty()) break;
        require_proper(study, pairs);
        REQUIRE(study.asked.of(pairs[0].a, pairs[0].b) == 0);
        study.vote(pairs[0].a, pairs[0].b, sure_answer(pairs[0]));
      }
      CHECK(asked >= (kind == StrategyKind::top_k ? 1 : 11));
    }
}

TEST_CASE("The next pair follows from the votes: a fresh strategy and an undo agree with what was kept") {
  for (auto kind : {StrategyKind::active, StrategyKind::elimination, StrategyKind::swiss, StrategyKind::challenger,
                    StrategyKind::top_k}) {
    CAPTURE(strategy_name(kind));
    SurveyCase study(60, std::make_unique<LaplaceReference>(4, 1));
    auto kept = strategy_of(kind);
    Random random(11), votes(12);
    auto utilities = normal_numbers(60, 2, votes);
    for (int i = 0; i < 90; ++i) {
      auto pairs = kept->next(study.survey(), 1 + i % 3, random);
      auto fresh = strategy_of(kind)->next(study.survey(), 1 + i % 3, random);
      if (kind == StrategyKind::top_k) {
        // Its border is found from where it was, to one hundredth of an item.
        REQUIRE(pairs.size() == fresh.size());
      } else {
        REQUIRE(pairs == fresh);
      }
      if (pairs.empty()) break;
      const Verdict verdicts[] = {answer(utilities, pairs[0], votes), Verdict::tie, Verdict::skip, Verdict::both_bad};
      study.vote(pairs[0].a, pairs[0].b, verdicts[i % 11 < 8 ? 0 : i % 11 - 7]);
      if (i % 17 == 16) study.undo(votes.below(study.history.comparisons.size()));
      if (i % 23 == 22) {
        study.candidates.assign(60, 1);
        study.candidates[votes.below(60)] = study.candidates[votes.below(60)] = 0;
      }
    }
  }
}
