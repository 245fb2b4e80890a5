// Standings against SciPy's orthant integrals (tests/golden/rank/standings.py), brute force and each other.
#include "rank/standings.h"

#include <catch2/catch.hpp>
#include <limits>
#include <numeric>

#include "base/threads.h"
#include "unit/rank/normal_estimator.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

const std::vector<double> five_means{0.9, 1.2, -0.8, 0.1, 0.0};
const std::vector<double> five_factor{0.8, 0, 0,   0,   0,   0.5, 0.6, 0,   0,    0,   -0.2, 0.1, 0.7,
                                      0,   0, 0.3, 0.4, 0.2, 0.5, 0,   0.1, -0.3, 0.4, 0.2,  0.9};

NormalEstimator five() {
  return {five_means, five_factor};
}

}  // namespace

TEST_CASE("normal quantiles are SciPy's") {
  CHECK(normal_quantile(1e-10) == Approx(-6.361340902404056).epsilon(1e-12));
  CHECK(normal_quantile(0.05) == Approx(-1.6448536269514729).epsilon(1e-12));
  CHECK(normal_quantile(0.5) == Approx(0).margin(1e-12));
  CHECK(normal_quantile(0.95) == Approx(1.6448536269514722).epsilon(1e-12));
  CHECK(normal_quantile(0.999) == Approx(3.090232306167813).epsilon(1e-12));
}

TEST_CASE("ranks, their intervals and probabilities are those of the integrals") {
  auto estimator = five();
  StandingsOptions options;
  options.top = 2;
  options.draws = 40000;  // a probability near 0.5 is then known to 0.0025 (one standard error)
  Task task;
  auto found = make_standings(posterior_of(estimator), options, task);
  CHECK(found.order == std::vector<int32_t>{1, 0, 3, 4, 2});
  CHECK(found.rank == std::vector<int32_t>{2, 1, 5, 3, 4});
  CHECK(found.mean == five_means);
  const std::vector<double> top{0.72581, 0.86094, 0.04511, 0.12051, 0.24764};
  const std::vector<std::pair<int, int>> intervals{{1, 4}, {1, 3}, {3, 5}, {2, 5}, {1, 5}};
  for (size_t i = 0; i < 5; ++i) {
    INFO("item " << i);
    CHECK(found.top_probability[i] == Approx(top[i]).margin(0.01));  // four standard errors
    CHECK(found.rank_interval[i].low == intervals[i].first);
    CHECK(found.rank_interval[i].high == intervals[i].second);
    CHECK(found.mean_interval[i].high - found.mean[i] == Approx(1.6448536269514722 * found.sd[i]));
    CHECK(found.mean[i] - found.mean_interval[i].low == Approx(1.6448536269514722 * found.sd[i]));
  }
  CHECK(found.sd[4] == Approx(std::sqrt(0.01 + 0.09 + 0.16 + 0.04 + 0.81)));
  const std::vector<double> better{0.672639577, 0.830510078, 0.532866936, 0.768330189};
  REQUIRE(found.better_than_next.size() == 4);
  for (size_t i = 0; i < 4; ++i) CHECK(found.better_than_next[i] == Approx(better[i]).epsilon(1e-8));
  CHECK(found.settled_share == 0);
  options.certainty = 0.75;
  CHECK(make_standings(posterior_of(estimator), options, task).settled_share == 0.5);
}

TEST_CASE("standings do not depend on the number of threads, and on the seed only by chance") {
  auto estimator = five();
  Task task;
  StandingsOptions options;
  options.top = 2;
  auto of = [&](int threads, uint64_t seed) {
    int before = thread_budget();
    set_thread_budget(threads);
    options.seed = seed;
    auto found = make_standings(posterior_of(estimator), options, task).top_probability;
    set_thread_budget(before);
    return found;
  };
  CHECK(of(1, 1) == of(4, 1));
  CHECK(of(1, 1) != of(1, 2));
}

TEST_CASE("items that do not take part have no rank and push nobody down") {
  auto estimator = five();
  std::vector<uint8_t> ranked{1, 0, 1, 0, 1};
  StandingsOptions options;
  options.ranked = ranked;
  options.top = 1;
  options.draws = 40000;
  Task task;
  auto found = make_standings(posterior_of(estimator), options, task);
  CHECK(found.order == std::vector<int32_t>{0, 4, 2});
  CHECK(found.rank == std::vector<int32_t>{1, 0, 3, 0, 2});
  CHECK(found.rank_interval[1].high == 0);
  CHECK(found.rank_interval[2].high == 3);
  CHECK(found.top_probability[0] + found.top_probability[2] + found.top_probability[4] == Approx(1));
  CHECK(found.top_probability[1] == 0);
}

TEST_CASE("without variances there are ranks alone, equal means by number") {
  NormalEstimator estimator({1, 3, 1, 3, 2});
  Task task;
  auto found = make_standings(posterior_of(estimator), {}, task);
  CHECK(found.order == std::vector<int32_t>{1, 3, 4, 0, 2});
  CHECK(found.sd.empty());
  CHECK(found.rank_interval.empty());
  CHECK(found.top_probability.empty());
  CHECK_FALSE(found.settled_share.has_value());
  CHECK_FALSE(found.top_settled);
  std::vector<int32_t> groups{0, 1, 0, 1, -1};
  auto by_group = make_group_standings(posterior_of(estimator), groups, 3, {}, task);
  CHECK(by_group.groups[1].mean == 3);
  CHECK(by_group.groups[2].items == 0);
  CHECK_FALSE(by_group.certain);
  CHECK(by_group.better.empty());
}

TEST_CASE("nothing, one item and certain knowledge") {
  Task task;
  NormalEstimator none(std::vector<double>{}, {});
  CHECK(make_standings(posterior_of(none), {}, task).order.empty());
  auto one = NormalEstimator::independent({5}, 2);
  auto single = make_standings(posterior_of(one), {}, task);
  CHECK(single.rank_interval[0].high == 1);
  CHECK(single.settled_share == 1);
  CHECK(single.top_settled);
  auto certain = NormalEstimator::independent({1, 2, 3}, 0);
  auto known = make_standings(posterior_of(certain), {}, task);
  CHECK(known.settled_share == 1);
  CHECK(known.rank_interval[0].low == 3);
  CHECK(known.top_probability == std::vector<double>{1, 1, 1});
}

TEST_CASE("the top is settled when every item is surely on its side of the border") {
  // Differences have the standard deviation sqrt(2); 1.6449 of them is a certainty of 0.95.
  auto settled = [](std::vector<double> means, int64_t top) {
    auto estimator = NormalEstimator::independent(means, 1);
    auto posterior = posterior_of(estimator);
    return is_top_settled(posterior, order_by_mean(posterior.means, {}), top, 0.95);
  };
  CHECK(settled({0, 2.33}, 1));
  CHECK_FALSE(settled({0, 2.32}, 1));
  CHECK(settled({0, 0.1, 2.44, 2.45}, 2));
  CHECK(settled({0, 1}, 2));
  CHECK_FALSE(settled({0, 0, 0}, 1));
  // The fourth is no sure loser to the second, although the third, which is known well, is.
  NormalEstimator uneven({3, 2.9, 0, -0.1}, {0.1, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 3});
  auto posterior = posterior_of(uneven);
  CHECK_FALSE(is_top_settled(posterior, order_by_mean(posterior.means, {}), 2, 0.95));
}

TEST_CASE("group means with their covariances are those of the integrals") {
  auto estimator = five();
  std::vector<int32_t> groups{0, 1, 0, 2, 1};
  StandingsOptions options;
  options.draws = 40000;
  Task task;
  auto found = make_group_standings(posterior_of(estimator), groups, 3, options, task);
  const std::vector<double> means{0.05, 0.6, 0.1}, sds{0.46368092, 0.6041523, 0.73484692},
      best{0.09228, 0.7072, 0.20053};
  for (size_t g = 0; g < 3; ++g) {
    CHECK(found.groups[g].mean == Approx(means[g]));
    CHECK(found.groups[g].sd == Approx(sds[g]).epsilon(0.015));  // four standard errors
    CHECK(found.groups[g].best_probability == Approx(best[g]).margin(0.01));
    CHECK(found.groups[g].interval.high == Approx(means[g] + 1.6449 * found.groups[g].sd).epsilon(1e-4));
  }
  CHECK(found.better[0 * 3 + 1] == Approx(0.13325).margin(0.01));
  CHECK(found.better[2 * 3 + 0] == Approx(0.5317).margin(0.01));
  CHECK(found.better[1 * 3 + 2] + found.better[2 * 3 + 1] == Approx(1));
}

TEST_CASE("options and tables that cannot be are refused") {
  auto estimator = five();
  Task task;
  auto refused = [&](auto change) {
    StandingsOptions options;
    change(options);
    CHECK_THROWS_AS(make_standings(posterior_of(estimator), options, task), Error);
  };
  std::vector<uint8_t> short_table(4, 1);
  refused([](auto &options) { options.level = 1; });
  refused([](auto &options) { options.level = std::numeric_limits<double>::quiet_NaN(); });
  refused([](auto &options) { options.certainty = 0.5; });
  refused([](auto &options) { options.top = 0; });
  refused([](auto &options) { options.draws = -1; });
  refused([&](auto &options) { options.ranked = short_table; });
  NormalEstimator broken({1, std::numeric_limits<double>::quiet_NaN()});
  CHECK_THROWS_AS(make_standings(posterior_of(broken), {}, task), Error);
  CHECK_THROWS_AS(make_group_standings(posterior_of(estimator), std::vector<int32_t>{0, 0, 0, 0, 1}, 1, {}, task),
                  Error);
  CHECK_THROWS_AS(make_group_standings(posterior_of(estimator), std::vector<int32_t>{0, 0}, 1, {}, task), Error);
  task.cancel();
  CHECK_THROWS_AS(make_standings(posterior_of(estimator), {}, task), Error);
}

TEST_CASE("draws are many for few items and bounded for many") {
  CHECK(standard_draws(0) == 4000);
  CHECK(standard_draws(500) == 4000);
  CHECK(standard_draws(2000) == 1000);
  CHECK(standard_draws(100000) == 200);
  CHECK(standard_draws(10000000) == 64);
}

TEST_CASE("criteria are combined on their own scales") {
  // Two scales of the same order, one a thousand times the other and shifted: as if it had been said twice.
  std::vector<double> small{0, 1, 2, 3}, large{500, 1500, 2500, 3500};
  auto a = NormalEstimator::independent(small, 0.5), b = NormalEstimator::independent(large, 500);
  std::vector<WeightedCriterion> both{{&a, 1}, {&b, 1}};
  CombinedPosterior combined(both, {});
  auto posterior = combined.posterior();
  // Variance of the means 1.25 and mean of the variances 0.25: a spread of sqrt(1.5).
  for (size_t i = 0; i < 4; ++i) CHECK(posterior.means[i] == Approx((small[i] - 1.5) / std::sqrt(1.5)));
  // Two independent sources: half the variance of one.
  CHECK(posterior.variances[2] == Approx(0.25 / 1.5 / 2));
  CHECK(posterior.difference_variance(0, 3) == Approx(0.5 / 1.5 / 2));
  auto drawn = posterior.draws(20000, 3);
  double sum = 0, squares = 0;
  for (size_t draw = 0; draw < 20000; ++draw)
    sum += drawn[draw * 4 + 2], squares += drawn[draw * 4 + 2] * drawn[draw * 4 + 2];
  CHECK(sum / 20000 == Approx(posterior.means[2]).margin(0.01));
  CHECK(squares / 20000 - sum / 20000 * sum / 20000 == Approx(0.25 / 3).epsilon(0.05));

  // Weights: what weighs nothing changes nothing, and need not be certain.
  NormalEstimator uncertain({9, 1, 5, 7});
  std::vector<WeightedCriterion> one{{&a, 2}, {&uncertain, 0}};
  CombinedPosterior alone(one, {});
  CHECK(alone.posterior().means[3] == Approx(1.5 / std::sqrt(1.5)));
  CHECK(alone.posterior().variances[3] == Approx(0.25 / 1.5));
  std::vector<WeightedCriterion> mixed{{&a, 1}, {&uncertain, 1}};
  CombinedPosterior without(mixed, {});
  CHECK(without.posterior().variances.empty());
  Task task;
  CHECK(make_standings(without.posterior(), {}, task).order.size() == 4);

  // A criterion that says nothing yet: an Elo table of equal points.
  NormalEstimator flat({1500, 1500, 1500, 1500});
  std::vector<WeightedCriterion> with_flat{{&a, 1}, {&flat, 1}};
  CHECK(CombinedPosterior(with_flat, {}).posterior().means[3] == Approx(0.75 / std::sqrt(1.5)));

  std::vector<WeightedCriterion> negative{{&a, -1}}, nothing{{&a, 0}};
  NormalEstimator other({1, 2});
  std::vector<WeightedCriterion> different{{&a, 1}, {&other, 1}};
  CHECK_THROWS_AS(CombinedPosterior(negative, {}), Error);
  CHECK_THROWS_AS(CombinedPosterior(nothing, {}), Error);
  CHECK_THROWS_AS(CombinedPosterior(different, {}), Error);
}

TEST_CASE("centre and spread are those of the items that take part") {
  auto a = NormalEstimator::independent({0, 2, 100}, 0);
  std::vector<WeightedCriterion> one{{&a, 1}};
  std::vector<uint8_t> ranked{1, 1, 0};
  CombinedPosterior combined(one, ranked);
  CHECK(combined.posterior().means[0] == Approx(-1));
  CHECK(combined.posterior().means[1] == Approx(1));
}
