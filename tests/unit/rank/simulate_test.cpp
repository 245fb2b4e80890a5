// Simulated studies against SciPy (tests/golden/rank/study.py: correlations, and the same study by other means),
// studies whose end is known, and NumPy's quantiles.
#include "rank/simulate.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/threads.h"
#include "rank/rank_correlation.h"

using namespace kalon;

namespace {

// By the definition, pair by pair.
double kendall_by_pairs(const std::vector<double> &a, const std::vector<double> &b) {
  double concordant = 0, of_a = 0, of_b = 0;
  auto sign = [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; };
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      concordant += sign(a[i] - a[j]) * sign(b[i] - b[j]);
      of_a += std::abs(sign(a[i] - a[j]));
      of_b += std::abs(sign(b[i] - b[j]));
    }
  return of_a * of_b > 0 ? concordant / std::sqrt(of_a * of_b) : 0;
}

StudyPlan small_plan(StrategyKind strategy) {
  StudyPlan plan;
  plan.items = 20;
  plan.votes = 100;
  plan.checkpoints = 4;
  plan.seeds = 6;
  plan.strategy.kind = strategy;
  return plan;
}

StudyCurve simulate(const StudyPlan &plan) {
  Task task;
  return simulate_studies(plan, task);
}

double mean_of(const StudyCurve &curve, size_t checkpoint, StudyMeasure measure) {
  double sum = 0;
  for (const auto &study : curve.studies) sum += measure_of(study.at[checkpoint], measure).value();
  return sum / static_cast<double>(curve.studies.size());
}

// A curve that is told: one measure of each study at 10, 20, 30, 40 votes.
StudyCurve told(std::initializer_list<std::vector<double>> studies) {
  StudyCurve curve;
  curve.votes = {10, 20, 30, 40};
  for (const auto &values : studies) {
    curve.studies.emplace_back();
    for (double value : values) {
      curve.studies.back().at.emplace_back();
      curve.studies.back().at.back().spearman = value;
    }
  }
  return curve;
}

}  // namespace

TEST_CASE("rank correlations with ties are SciPy's") {
  const std::vector<double> a{1, 2, 2, 3, 5, 5, 5, 8, -1, 0.5}, b{2, 1, 4, 4, 4, 9, 3, 8, 0, 0};
  CHECK(spearman_correlation(a, b) == Approx(0.8375).epsilon(1e-12));
  CHECK(kendall_correlation(a, b) == Approx(0.7073170731707318).epsilon(1e-12));
  Random random(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> x, y;
    for (int i = 0; i < round; ++i) {
      x.push_back(static_cast<double>(random.below(12)));
      y.push_back(static_cast<double>(random.below(1 + random.below(30))));
    }
    REQUIRE(kendall_correlation(x, y) == Approx(kendall_by_pairs(x, y)).margin(1e-12));
  }
  CHECK(spearman_correlation(a, std::vector<double>(10, 1)) == 0);
  CHECK(kendall_correlation(a, std::vector<double>(10, 1)) == 0);
  CHECK(spearman_correlation({}, {}) == 0);
  const std::vector<double> up{1, 2, 3}, down{30, 20, 10};
  CHECK(spearman_correlation(up, down) == -1);
  CHECK(kendall_correlation(up, down) == -1);
}

TEST_CASE("a study agrees with the same one simulated by other means") {
  StudyPlan plan;
  plan.items = 20;
  plan.top = 5;
  plan.most_asked = 0;
  plan.seeds = 400;
  plan.strategy.kind = StrategyKind::random;
  plan.estimator.prior_variance = 4;
  plan.votes = 200;
  plan.checkpoints = 10;
  auto curve = simulate(plan);
  REQUIRE(curve.votes[2] == 60);
  // Four standard errors of the difference of two means over 400 seeds.
  CHECK(mean_of(curve, 2, StudyMeasure::spearman) == Approx(0.8138).margin(4 * 0.0041 * 1.4142));
  CHECK(mean_of(curve, 2, StudyMeasure::kendall) == Approx(0.6441).margin(4 * 0.0045 * 1.4142));
  CHECK(mean_of(curve, 2, StudyMeasure::top_recall) == Approx(0.701).margin(4 * 0.0076 * 1.4142));
  CHECK(mean_of(curve, 9, StudyMeasure::spearman) == Approx(0.9325).margin(4 * 0.0015 * 1.4142));
  CHECK(mean_of(curve, 9, StudyMeasure::kendall) == Approx(0.8077).margin(4 * 0.0026 * 1.4142));
  CHECK(mean_of(curve, 9, StudyMeasure::top_recall) == Approx(0.83).margin(4 * 0.0065 * 1.4142));
  // The prior is the true one. Plain Laplace intervals hold .872 (0.0036), the true posterior's .9: no worse than the
  // first, no wider than the second, within four standard errors.
  double coverage = mean_of(curve, 9, StudyMeasure::coverage);
  CHECK(coverage > 0.872 - 4 * 0.0036 * 1.4142);
  CHECK(coverage < 0.9 + 4 * 0.0036);
}

TEST_CASE("studies depend on the plan and the seed, not on threads") {
  for (auto kind : {StrategyKind::random, StrategyKind::active}) {
    auto plan = small_plan(kind);
    auto of = [&](int threads, uint64_t seed) {
      int before = thread_budget();
      set_thread_budget(threads);
      plan.first_seed = seed;
      auto curve = simulate(plan);
      set_thread_budget(before);
      std::vector<double> values;
      for (const auto &study : curve.studies) values.push_back(study.at.back().spearman);
      return values;
    };
    auto once = of(1, 1), again = of(4, 1), later = of(1, 2);
    CHECK(once == again);
    // The second study of one is the first of the other.
    CHECK(std::equal(once.begin() + 1, once.end(), later.begin()));
    CHECK(once.front() != once.back());
  }
}

TEST_CASE("annotators who answer by chance tell nothing, and those who turn everything round the contrary") {
  auto plan = small_plan(StrategyKind::random);
  plan.items = 40;
  plan.votes = 400;
  plan.annotators = plan.careless = 2;
  plan.seeds = 40;
  // The correlation of unrelated rankings of 40 has a standard deviation of 1 / sqrt(39).
  CHECK(mean_of(simulate(plan), 3, StudyMeasure::spearman) == Approx(0).margin(4 / std::sqrt(39.0 * 40)));
  plan.careless = 0;
  plan.slips = 1;
  CHECK(mean_of(simulate(plan), 3, StudyMeasure::spearman) == Approx(0).margin(4 / std::sqrt(39.0 * 40)));
  plan.slips = 0;
  double careful = mean_of(simulate(plan), 3, StudyMeasure::spearman);
  plan.adversarial = 2;
  CHECK(mean_of(simulate(plan), 3, StudyMeasure::spearman) == Approx(-careful).margin(0.03));
  plan.adversarial = 1;
  CHECK(std::abs(mean_of(simulate(plan), 3, StudyMeasure::spearman)) < 0.5);
}

TEST_CASE("finding out who is careless helps") {
  auto plan = small_plan(StrategyKind::random);
  plan.items = 30;
  plan.votes = 600;
  plan.checkpoints = 1;
  plan.annotators = 5;
  plan.adversarial = 2;
  plan.most_asked = 0;
  double blind = mean_of(simulate(plan), 0, StudyMeasure::spearman);
  plan.find_reliability = true;
  CHECK(mean_of(simulate(plan), 0, StudyMeasure::spearman) > blind + 0.1);
}

TEST_CASE("nothing to tell apart, and more votes than pairs") {
  auto plan = small_plan(StrategyKind::random);
  plan.sd = 0;
  auto flat = simulate(plan);
  CHECK(flat.studies[0].at.back().spearman == 0);
  plan.sd = 1e6;  // the better always wins
  plan.items = 5;
  plan.top = 10;
  auto sure = simulate(plan);
  for (const auto &study : sure.studies) {
    CHECK(study.votes == 10);
    REQUIRE(study.at.size() == 1);             // after it, nothing changes
    CHECK(study.at[0].spearman == Approx(1));  // all pairs, by votes that are never wrong
    CHECK(study.at[0].kendall == Approx(1));
    CHECK(study.at[0].top_recall == Approx(1));
  }
  CHECK(sure.out_of_pairs == 10);  // 5 * 4 / 2
  CHECK(sure.votes == std::vector<int64_t>{10});
  CHECK_FALSE(flat.out_of_pairs.has_value());
  // Each pair twice: 20 votes, the last of them before the checkpoint at 30.
  plan.votes = 60;
  plan.most_asked = 2;
  auto twice = simulate(plan);
  CHECK(twice.out_of_pairs == 20);
  CHECK(twice.votes == std::vector<int64_t>{15, 20});
  // The plan's last vote is on the last pair: nothing was missing.
  plan.votes = 20;
  CHECK_FALSE(simulate(plan).out_of_pairs.has_value());
}

TEST_CASE("ties take from the votes what they tell") {
  auto plan = small_plan(StrategyKind::random);
  plan.seeds = 30;
  double without = mean_of(simulate(plan), 3, StudyMeasure::spearman);
  plan.tie_rate = 0.999;
  CHECK(mean_of(simulate(plan), 3, StudyMeasure::spearman) < without - 0.2);
}

TEST_CASE("bursts: the best of each is found with few votes") {
  auto plan = small_plan(StrategyKind::within_groups);
  plan.items = 30;
  plan.groups = 10;
  plan.sd = 1e6;
  plan.estimator.kind = EstimatorKind::elo;  // no variances: a knockout
  auto curve = simulate(plan);
  for (const auto &study : curve.studies) {
    CHECK(study.votes == 20);
    CHECK(study.at.back().winner_accuracy == 1);
    CHECK_FALSE(study.at.back().settled.has_value());
  }
  CHECK_FALSE(spread_at(curve, 0, StudyMeasure::coverage).has_value());
  CHECK(votes_needed(curve, StudyMeasure::settled, 0.5).reached == 0);
}

TEST_CASE("pairs of alike scores leave more open than pairs of all") {
  auto plan = small_plan(StrategyKind::same_score);
  plan.items = 60;
  plan.votes = 300;
  plan.seeds = 10;
  plan.score_correlation = 1;
  plan.strategy.bins = 2;
  double within = mean_of(simulate(plan), 3, StudyMeasure::spearman);
  plan.strategy.kind = StrategyKind::random;
  CHECK(mean_of(simulate(plan), 3, StudyMeasure::spearman) > within + 0.1);
}

TEST_CASE("studies that end at different times are told to the end of the longest") {
  auto plan = small_plan(StrategyKind::elimination);  // ends when one is left
  plan.tie_rate = 0.4;
  auto curve = simulate(plan);
  int64_t longest = 0;
  for (const auto &study : curve.studies) longest = std::max(longest, study.votes);
  REQUIRE(longest < 100);
  CHECK(curve.out_of_pairs == longest);
  CHECK(curve.votes.back() == longest);
  for (const auto &study : curve.studies) CHECK(study.at.size() == curve.votes.size());
}

TEST_CASE("spreads are numpy.quantile's") {
  auto curve = told({{.1, 0, 0, 0}, {.4, 0, 0, 0}, {.2, 0, 0, 0}, {.9, 0, 0, 0}});
  auto spread = spread_at(curve, 0, StudyMeasure::spearman);
  REQUIRE(spread.has_value());
  CHECK(spread->low == Approx(0.115));
  CHECK(spread->median == Approx(0.3));
  CHECK(spread->high == Approx(0.825));
}

TEST_CASE("votes that are needed are found between checkpoints, and beyond the last one told as more") {
  auto curve = told({{.2, .4, .6, .8}, {.5, .7, .9, 1}, {.1, .2, .3, .4}});
  auto needed = votes_needed(curve, StudyMeasure::spearman, 0.5);
  CHECK(needed.reached == 2);
  CHECK(needed.median == Approx(25));  // of 25, 10 and more than 40
  CHECK(needed.low == Approx(10 + 0.1 * 15));
  CHECK_FALSE(needed.high.has_value());
  CHECK(votes_needed(curve, StudyMeasure::spearman, 0.1).median == Approx(5));
  CHECK(votes_needed(curve, StudyMeasure::spearman, 0).median == Approx(0));
  CHECK_FALSE(votes_needed(curve, StudyMeasure::spearman, 2).low.has_value());
}

TEST_CASE("measures have names") {
  for (auto measure : {StudyMeasure::spearman, StudyMeasure::kendall, StudyMeasure::top_recall, StudyMeasure::settled,
                       StudyMeasure::coverage, StudyMeasure::winner_accuracy})
    CHECK(study_measure_named(study_measure_name(measure)) == measure);
  CHECK_FALSE(study_measure_named("Spearman").has_value());
}

TEST_CASE("plans that cannot be are refused, and studies can be cancelled") {
  auto refused = [](auto change) {
    auto plan = small_plan(StrategyKind::random);
    change(plan);
    CHECK_THROWS_AS(simulate(plan), Error);
  };
  refused([](auto &plan) { plan.items = 1; });
  refused([](auto &plan) { plan.votes = 0; });
  refused([](auto &plan) { plan.checkpoints = 101; });
  refused([](auto &plan) { plan.sd = std::numeric_limits<double>::quiet_NaN(); });
  refused([](auto &plan) { plan.tie_rate = 1; });
  refused([](auto &plan) { plan.slips = -0.1; });
  refused([](auto &plan) { plan.careless = 2; });
  refused([](auto &plan) { plan.groups = 21; });
  refused([](auto &plan) { plan.score_correlation = 1.1; });
  refused([](auto &plan) { plan.batch = 0; });
  refused([](auto &plan) { plan.level = 1; });
  refused([](auto &plan) { plan.seeds = 0; });
  refused([](auto &plan) { plan.estimator.kind = EstimatorKind::bradley_terry; });
  refused([](auto &plan) { plan.strategy.kind = StrategyKind::same_cluster; });  // no groups
  Task task;
  task.cancel();
  CHECK_THROWS_AS(simulate_studies(small_plan(StrategyKind::active), task), Error);
}
