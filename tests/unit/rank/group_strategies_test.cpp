// The strategies of pairs within groups, asked as a session asks them, against what they promise and by brute force.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "rank/strategies.h"
#include "unit/rank/normal_estimator.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

// A study whose votes are told to it. The estimator knows nothing, or what it is given.
struct Study {
  explicit Study(int32_t items)
      : estimator(std::vector<double>(static_cast<size_t>(items))), asked(items), pending(items) {
    history.items = items;
  }
  Survey survey() const { return {estimator, history, asked, pending, candidates, groups, scores, most_asked}; }
  void vote(int32_t left, int32_t right, Verdict verdict = Verdict::left) {
    history.comparisons.push_back({left, right, verdict});
    asked.add(left, right);
  }
  std::vector<ItemPair> next(Strategy &strategy, int64_t count = 1) { return strategy.next(survey(), count, random); }
  // Asks until the strategy is done, in batches; the smaller number wins.
  std::vector<ItemPair> run(Strategy &strategy, int64_t count = 1) {
    std::vector<ItemPair> all;
    for (;;) {
      auto pairs = next(strategy, count);
      if (pairs.empty()) return all;
      REQUIRE(static_cast<int64_t>(pairs.size()) <= count);
      for (auto pair : pairs) {
        all.push_back(pair);
        vote(std::min(pair.a, pair.b), std::max(pair.a, pair.b));
      }
      REQUIRE(all.size() < 100000);
    }
  }

  NormalEstimator estimator;
  VoteHistory history;
  PairCounts asked, pending;
  std::vector<uint8_t> candidates;
  std::vector<int32_t> groups;
  std::vector<double> scores;
  int64_t most_asked = 1;
  Random random{5};
};

std::map<std::pair<int32_t, int32_t>, int> counted(const std::vector<ItemPair> &pairs) {
  std::map<std::pair<int32_t, int32_t>, int> found;
  for (auto pair : pairs) ++found[std::minmax(pair.a, pair.b)];
  return found;
}

Study grouped(std::initializer_list<int> sizes) {
  std::vector<int32_t> groups;
  int32_t group = 0;
  for (int size : sizes) groups.insert(groups.end(), static_cast<size_t>(size), group++);
  Study study(static_cast<int32_t>(groups.size()));
  study.groups = groups;
  return study;
}

}  // namespace

TEST_CASE("same-cluster and same-prompt ask exactly max_pairs of the groups, evenly, and then no more") {
  for (auto *make : {make_same_cluster, make_same_prompt})
    for (int64_t batch : {1, 7}) {
      Study study = grouped({4, 1, 12, 30, 1});  // 6 + 66 + 435 pairs
      StrategyOptions options;
      options.max_pairs = 100;
      auto strategy = make(options);
      CHECK(strategy->left(study.survey()) == 100);
      auto pairs = study.run(*strategy, batch);
      auto times = counted(pairs);
      CHECK(pairs.size() == 100);
      CHECK(times.size() == 100);  // none twice
      std::map<int32_t, int> of_group;
      for (auto [pair, count] : times) {
        REQUIRE(study.groups[static_cast<size_t>(pair.first)] == study.groups[static_cast<size_t>(pair.second)]);
        ++of_group[study.groups[static_cast<size_t>(pair.first)]];
      }
      CHECK(of_group == std::map<int32_t, int>{{0, 6}, {2, 47}, {3, 47}});
      CHECK(strategy->left(study.survey()) == 0);
      // Another process, which knows only the votes, is done too.
      CHECK(study.next(*make(options)).empty());
    }
}

TEST_CASE("all pairs are asked where there are no more than wanted") {
  for (auto *make : {make_same_cluster, make_same_prompt}) {
    Study study = grouped({5, 3, 1});
    StrategyOptions options;
    auto strategy = make(options);
    CHECK(strategy->left(study.survey()) == 13);
    CHECK(counted(study.run(*strategy, 4)).size() == 13);
  }
}

TEST_CASE("what was asked before counts, is not asked again, and a resumed study ends as one that was not") {
  for (auto *make : {make_same_cluster, make_same_prompt}) {
    Study study = grouped({10, 10});
    study.vote(0, 1);
    study.vote(2, 3, Verdict::skip);
    study.vote(0, 15);  // of two groups: none of this strategy's
    StrategyOptions options;
    options.max_pairs = 30;
    CHECK(make(options)->left(study.survey()) == 28);
    size_t total = 0;
    for (int process = 0; process < 100; ++process) {
      auto pairs = study.next(*make(options), 1);
      if (pairs.empty()) break;
      for (auto pair : pairs) {
        REQUIRE(study.asked.of(pair.a, pair.b) == 0);
        study.vote(pair.a, pair.b);
        ++total;
      }
    }
    CHECK(total == 28);
  }
}

TEST_CASE("each pair goes to as many annotators as wanted, and is not shown to two at a time") {
  for (auto *make : {make_same_cluster, make_same_prompt}) {
    Study study = grouped({6, 6});
    study.most_asked = 3;
    StrategyOptions options;
    options.max_pairs = 10;
    auto strategy = make(options);
    auto times = counted(study.run(*strategy));
    int votes = 0;
    for (auto [pair, count] : times) votes += count;
    CHECK(votes == 30);
    CHECK(times.size() == 10);

    Study busy = grouped({3});
    auto other = make(options);
    auto first = busy.next(*other, 2);
    REQUIRE(first.size() == 2);
    for (auto pair : first) busy.pending.add(pair.a, pair.b);
    auto second = busy.next(*other, 5);
    REQUIRE(second.size() == 1);
    busy.pending.add(second[0].a, second[0].b);
    CHECK(busy.next(*other, 5).empty());
    busy.pending.add(second[0].a, second[0].b, -1);  // given back without an answer
    CHECK(busy.next(*other, 5).size() == 1);
  }
}

TEST_CASE("undone votes are asked again; items that are no candidates are not") {
  for (auto *make : {make_same_cluster, make_same_prompt}) {
    Study study = grouped({4});
    StrategyOptions options;
    auto strategy = make(options);
    CHECK(study.run(*strategy).size() == 6);
    auto undone = study.history.comparisons.back();
    study.history.comparisons.pop_back();
    study.asked.add(undone.left, undone.right, -1);
    auto again = study.next(*strategy);
    REQUIRE(again.size() == 1);
    CHECK(std::minmax(again[0].a, again[0].b) == std::minmax(undone.left, undone.right));

    Study some = grouped({4});
    auto fresh = make(options);
    study.next(*fresh);
    some.candidates = {1, 0, 1, 1};
    for (auto pair : some.run(*fresh)) REQUIRE((pair.a != 1 && pair.b != 1));
    CHECK(some.history.comparisons.size() == 3);
  }
}

TEST_CASE("a batch is disjoint where enough items are left") {
  for (auto *make : {make_same_cluster, make_same_prompt}) {
    Study study = grouped({20, 20});
    auto pairs = study.next(*make({}), 10);
    std::set<int32_t> items;
    for (auto pair : pairs) items.insert({pair.a, pair.b});
    CHECK(pairs.size() == 10);
    CHECK(items.size() == 20);
  }
}

TEST_CASE("same-prompt asks for the closest of a prompt first") {
  Study study(6);
  study.groups = {0, 0, 0, 0, 0, 0};
  study.estimator = NormalEstimator::independent({0, 3, 6, 6.1, 9, 12}, 0.5);
  auto pairs = study.next(*make_same_prompt({}));
  REQUIRE(pairs.size() == 1);
  CHECK(std::minmax(pairs[0].a, pairs[0].b) == std::pair<const int32_t &, const int32_t &>(2, 3));
}

TEST_CASE("same-score asks within bins, of what has a score and can be asked") {
  Study study(100);
  for (int i = 0; i < 100; ++i) study.scores.push_back(i * 37 % 100);
  study.scores[0] = std::numeric_limits<double>::quiet_NaN();
  study.candidates.assign(100, 1);
  study.candidates[1] = 0;
  StrategyOptions options;
  options.max_pairs = 100;
  auto strategy = make_same_score(options);
  auto pairs = study.run(*strategy, 8);
  CHECK(counted(pairs).size() == 100);
  for (auto pair : pairs) {
    REQUIRE((pair.a > 1 && pair.b > 1));
    REQUIRE(std::abs(study.scores[static_cast<size_t>(pair.a)] - study.scores[static_cast<size_t>(pair.b)]) <= 11);
  }
  // KCG's 99 pairs of 100 that were asked for.
  Study compatible(100);
  for (int i = 0; i < 100; ++i) compatible.scores.push_back(i * 37 % 100);
  options.compatible = true;
  CHECK(make_same_score(options)->left(compatible.survey()) == 99);
  CHECK(counted(compatible.run(*make_same_score(options), 3)).size() == 99);
  options.compatible = false;
  options.quantiles = false;
  options.bins = 5;
  for (auto pair : Study(compatible).next(*make_same_score(options), 20))
    REQUIRE(static_cast<int>(compatible.scores[static_cast<size_t>(pair.a)] / 19.8) ==
            static_cast<int>(compatible.scores[static_cast<size_t>(pair.b)] / 19.8));
}

TEST_CASE("compatible pairs of a study that is resumed are as many as of one that is not") {
  StrategyOptions options;
  options.max_pairs = 8;
  options.compatible = true;
  Study study = grouped({4, 4});
  size_t total = 0;
  for (int process = 0; process < 100; ++process) {
    study.random = Random(static_cast<uint64_t>(process));
    auto pairs = study.next(*make_same_cluster(options), 1);
    if (pairs.empty()) break;
    study.vote(pairs[0].a, pairs[0].b);
    ++total;
  }
  CHECK(total == 8);
}

TEST_CASE("what a strategy needs and does not get is named") {
  Study study(3);
  for (auto *make : {make_same_cluster, make_same_prompt, make_within_groups})
    CHECK_THROWS_AS(study.next(*make({})), Error);
  StrategyOptions none;
  none.max_pairs = none.keep = none.bins = 0;
  for (auto *make : {make_same_cluster, make_same_prompt, make_same_score, make_within_groups})
    CHECK_THROWS_AS(make(none), Error);
}

TEST_CASE("a knockout finds the best of each group in one vote fewer than it has members") {
  Study study = grouped({5, 1, 8, 2});
  auto strategy = make_within_groups({});
  CHECK(strategy->left(study.survey()) == 4 + 7 + 1);
  CHECK(study.run(*strategy).size() == 12);
  CHECK(strategy->left(study.survey()) == 0);
  // The first of each, who always wins, has lost to nobody; all others to somebody.
  std::set<int32_t> losers;
  for (const auto &vote : study.history.comparisons) losers.insert(vote.right);
  CHECK(losers.size() == 12);
  for (int32_t best : {0, 5, 6, 14}) CHECK(losers.count(best) == 0);
}

TEST_CASE("a knockout for several keeps exactly those that are known to be the best") {
  for (int keep : {2, 3, 5})
    for (int size : {4, 9, 17}) {
      Study study = grouped({size});
      StrategyOptions options;
      options.keep = keep;
      auto strategy = make_within_groups(options);
      auto pairs = study.run(*strategy);
      INFO("keep " << keep << " of " << size << ": " << pairs.size() << " votes");
      // By brute force: all orders in agreement with the votes have the same best ones.
      std::vector<std::vector<bool>> better(static_cast<size_t>(size), std::vector<bool>(static_cast<size_t>(size)));
      for (const auto &vote : study.history.comparisons)
        better[static_cast<size_t>(vote.left)][static_cast<size_t>(vote.right)] = true;
      for (size_t k = 0; k < better.size(); ++k)
        for (size_t i = 0; i < better.size(); ++i)
          for (size_t j = 0; j < better.size(); ++j) better[i][j] = better[i][j] || (better[i][k] && better[k][j]);
      for (size_t item = 0; item < better.size(); ++item) {
        int above = 0;
        for (size_t other = 0; other < better.size(); ++other) above += better[other][item] ? 1 : 0;
        CHECK((above >= keep) == (static_cast<int>(item) >= keep));
      }
      CHECK(static_cast<int>(pairs.size()) <= size * (size - 1) / 2);
      if (size >= 9 && keep == 2) CHECK(static_cast<int>(pairs.size()) <= 2 * size);
    }
}

TEST_CASE("a knockout ends with ties, circles and both bad") {
  Study study = grouped({3});
  auto strategy = make_within_groups({});
  for (int i = 0; i < 3; ++i) {
    auto pair = study.next(*strategy);
    REQUIRE(pair.size() == 1);
    study.vote(pair[0].a, pair[0].b, i == 1 ? Verdict::both_bad : Verdict::tie);
  }
  CHECK(study.next(*strategy).empty());
  Study circle = grouped({3});
  circle.vote(0, 1);
  circle.vote(1, 2);
  circle.vote(2, 0);
  CHECK(circle.next(*make_within_groups({})).empty());
  Study orders = grouped({3});
  orders.history.orderings.push_back({{2, 0, 1}, {1, 2, 3}});
  CHECK(orders.next(*make_within_groups({})).empty());
}

TEST_CASE("with variances the pair at the border of each group is asked, until it is settled") {
  Study study = grouped({4, 4});
  // The first group is settled for two; in the second the second and the third are alike.
  study.estimator = NormalEstimator::independent({9, 8, 1, 0, 9, 5, 5.1, 0}, 0.5);
  StrategyOptions options;
  options.keep = 2;
  auto strategy = make_within_groups(options);
  auto pairs = study.next(*strategy);
  REQUIRE(pairs.size() == 1);
  CHECK(std::minmax(pairs[0].a, pairs[0].b) == std::pair<const int32_t &, const int32_t &>(5, 6));
  CHECK_FALSE(strategy->left(study.survey()).has_value());
  options.keep = 1;
  // 9 and 8 with this doubt are not settled for one; 9 and 5.1 are.
  CHECK(study.next(*make_within_groups(options))[0].a < 4);
  options.keep = 4;
  CHECK(study.next(*make_within_groups(options)).empty());
  CHECK(make_within_groups(options)->left(study.survey()) == 0);
}

TEST_CASE("groups end where there are no more pairs, settled or not") {
  Study study = grouped({3, 3});
  study.estimator = NormalEstimator::independent({0, 0, 0, 0, 0, 0}, 2);
  CHECK(counted(study.run(*make_within_groups({}), 2)).size() == 6);
}
