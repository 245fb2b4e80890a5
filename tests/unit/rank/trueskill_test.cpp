// Online TrueSkill against PyPI trueskill on its mpmath backend, run until its messages stand still
// (tests/golden/rank/estimators.py), and against published figures.
#include "rank/estimators.h"
#include "unit/rank/estimator_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

// What is asked for; both sides compute in double or better, so that less remains but for the file's digits.
constexpr double asked = 1e-5;

void check_item(const Estimator &estimator, size_t item, double mean, double deviation) {
  CHECK(estimator.means()[item] == Approx(mean).margin(asked).epsilon(0));
  CHECK(std::sqrt(estimator.variances()[item]) == Approx(deviation).margin(asked).epsilon(0));
}

Ordering full_order(std::vector<int32_t> items, float weight = 1) {
  Ordering vote{std::move(items), {}, 0, weight, 0};
  for (size_t i = 0; i < vote.items.size(); ++i) vote.ranks.push_back(static_cast<uint16_t>(i + 1));
  return vote;
}

}  // namespace

TEST_CASE("trueskill gives the published figures of a win and a draw") {
  EstimatorOptions options;
  options.mu = 25, options.sigma = 25.0 / 3, options.beta = 25.0 / 6, options.tau = 25.0 / 300;
  auto estimator = make_trueskill(options);
  fit(*estimator, {2, 1, {{0, 1, Verdict::left}}, {}});
  check_item(*estimator, 0, 29.395832, 7.171476);
  check_item(*estimator, 1, 20.604168, 7.171476);
  fit(*estimator, {2, 1, {{0, 1, Verdict::right}}, {}});
  check_item(*estimator, 1, 29.395832, 7.171476);
  fit(*estimator, {2, 1, {{0, 1, Verdict::tie}}, {}});
  check_item(*estimator, 0, 25, 6.457520);
}

TEST_CASE("trueskill's defaults are image-ranker's") {
  auto estimator = make_trueskill({});
  CHECK(estimator->name() == "trueskill");
  fit(*estimator, {2, 1, {{0, 1, Verdict::left}}, {}});
  check_item(*estimator, 0, 4.3937837, 7.1688009);
  check_item(*estimator, 1, -4.3937837, 7.1688009);
  fit(*estimator, {3, 1, {{0, 1, Verdict::left}, {1, 2, Verdict::left}, {0, 2, Verdict::left}}, {}});
  check_item(*estimator, 0, 5.962934, 6.565107);
  check_item(*estimator, 1, 0.045711, 6.262814);
  check_item(*estimator, 2, -7.435177, 6.340943);
}

TEST_CASE("trueskill agrees with PyPI trueskill on histories of wins, ties and orders, far upsets among them") {
  for (const auto &one : estimator_cases("trueskill.txt")) {
    auto estimator = make_trueskill(one.options);
    fit(*estimator, one.history);
    check_case(*estimator, one, asked);

    // The same vote by vote.
    auto added = make_trueskill(one.options);
    VoteHistory empty;
    empty.items = one.history.items;
    fit(*added, empty);
    in_order_of_time(
        one.history, [&](const Comparison &vote) { added->add(vote); },
        [&](const Ordering &vote) { added->add(vote); });
    CHECK(std::equal(added->means().begin(), added->means().end(), estimator->means().begin()));
    CHECK(std::equal(added->variances().begin(), added->variances().end(), estimator->variances().begin()));
  }
}

TEST_CASE("trueskill tells which items an added vote changed, and what says nothing changes nothing") {
  auto estimator = make_trueskill({});
  fit(*estimator, {4, 1, {{0, 1, Verdict::left}}, {}});
  CHECK(estimator->touched().empty());
  std::vector<double> before(estimator->means().begin(), estimator->means().end());
  std::vector<double> variances(estimator->variances().begin(), estimator->variances().end());
  estimator->add(Comparison{0, 1, Verdict::skip});
  estimator->add(Comparison{2, 1, Verdict::both_bad});
  CHECK(std::equal(before.begin(), before.end(), estimator->means().begin()));
  CHECK(std::equal(variances.begin(), variances.end(), estimator->variances().begin()));
  estimator->add(Comparison{2, 1, Verdict::right});
  CHECK(std::vector<int32_t>(estimator->touched().begin(), estimator->touched().end()) == std::vector<int32_t>{2, 1});
  estimator->add(full_order({3, 0, 2}));
  CHECK(estimator->touched().size() == 3);
}

TEST_CASE("trueskill's weights are powers of the likelihood") {
  // The posterior of a difference with mean 0 and variance 2 sigma², of a likelihood to the power w, by the trapezoid
  // rule on a fine grid; the mean of one item is half of the difference's.
  EstimatorOptions options;
  options.tau = 0;
  double noise = std::sqrt(2.0) * options.beta, prior = 2 * options.sigma * options.sigma;
  double margin = 0.12566134685507402 * noise;  // scipy.special.ndtri(0.55)
  for (float weight : {0.25f, 0.5f, 1.0f, 2.0f, 3.0f, 50.0f, 1e4f}) {
    double mass = 0, mean = 0, square = 0;
    for (int i = -400000; i <= 400000; ++i) {
      double d = i * 3e-4, log = -d * d / (2 * prior);
      log += static_cast<double>(weight) * std::log(0.5 * std::erfc(-(d - margin) / noise / std::sqrt(2.0)));
      mass += std::exp(log), mean += d * std::exp(log), square += d * d * std::exp(log);
    }
    mean /= mass;
    auto estimator = make_trueskill(options);
    fit(*estimator, {2, 1, {{0, 1, Verdict::left, 0, weight}}, {}});
    INFO("weight " << weight);
    CHECK(estimator->means()[0] == Approx(mean / 2).epsilon(1e-7));
    CHECK(estimator->variances()[0] == Approx(prior / 2 - (prior - (square / mass - mean * mean)) / 4).epsilon(1e-7));
  }
}

TEST_CASE("trueskill's weights of orderings: continuous at 1, more weight says more, two items are a comparison") {
  // An ordering of two items is in the model the same as a comparison.
  auto a = make_trueskill({}), b = make_trueskill({});
  fit(*a, {2, 1, {{0, 1, Verdict::left}}, {}});
  fit(*b, {2, 1, {}, {full_order({0, 1})}});
  CHECK(a->means()[0] == Approx(b->means()[0]).epsilon(1e-10));
  CHECK(a->variances()[0] == Approx(b->variances()[0]).epsilon(1e-10));

  double last = 0;
  for (float weight : {0.2f, 0.99999f, 1.0f, 1.00001f, 2.0f, 30.0f}) {
    auto estimator = make_trueskill({});
    fit(*estimator, {4, 1, {}, {full_order({2, 0, 3, 1}, weight)}});
    CHECK(all_finite(estimator->means()));
    CHECK(estimator->means()[2] > last);
    last = estimator->means()[2];
  }
  auto below = make_trueskill({}), above = make_trueskill({});
  fit(*below, {4, 1, {}, {full_order({2, 0, 3, 1}, 0.99999f)}});
  fit(*above, {4, 1, {}, {full_order({2, 0, 3, 1}, 1.00001f)}});
  CHECK(below->means()[2] == Approx(above->means()[2]).epsilon(1e-4));
}

TEST_CASE("trueskill: long orders come out in order, mirrored, and too many tied pairs are refused") {
  std::vector<int32_t> items(3000);
  for (size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int32_t>(i);
  VoteHistory history{3000, 1, {}, {full_order(items)}};
  auto estimator = make_trueskill({});
  fit(*estimator, history);
  auto means = estimator->means();
  CHECK(std::is_sorted(means.rbegin(), means.rend()));
  CHECK(means.front() == Approx(-means.back()).epsilon(1e-6));

  Ordering tiers{items, {}, 0, 1, 0};
  for (size_t i = 0; i < items.size(); ++i) tiers.ranks.push_back(i < 1500 ? 1 : 2);
  CHECK_THROWS_AS(fit(*estimator, {3000, 1, {}, {tiers}}), Error);
}

TEST_CASE("trueskill: probabilities, differences and draws") {
  auto estimator = make_trueskill({});
  fit(*estimator, simulated_votes(6, 100, 2, 0.1, 4));
  CHECK(estimator->difference_variance(1, 2) == Approx(estimator->variances()[1] + estimator->variances()[2]));
  CHECK(estimator->difference_variance(3, 3) == 0);
  double spread = 2 * 25.0 / 6 * 25.0 / 6 + estimator->difference_variance(0, 5);
  double apart = estimator->means()[0] - estimator->means()[5];
  CHECK(estimator->preference_probability(0, 5) == Approx(0.5 * std::erfc(-apart / std::sqrt(2 * spread))));
  CHECK(estimator->preference_probability(0, 5) + estimator->preference_probability(5, 0) == Approx(1));

  constexpr int64_t count = 20000;
  auto draws = estimator->draws(count, 9);
  CHECK(draws == estimator->draws(count, 9));
  CHECK(draws != estimator->draws(count, 10));
  for (size_t item = 0; item < 6; ++item) {
    double sum = 0, square = 0;
    for (size_t d = 0; d < count; ++d) sum += draws[d * 6 + item], square += draws[d * 6 + item] * draws[d * 6 + item];
    double mean = sum / count, variance = square / count - mean * mean, truth = estimator->variances()[item];
    // Five standard errors.
    CHECK(std::abs(mean - estimator->means()[item]) < 5 * std::sqrt(truth / count));
    CHECK(std::abs(variance / truth - 1) < 5 * std::sqrt(2.0 / count));
  }
}

TEST_CASE("trueskill stays finite, whatever the votes") {
  EstimatorOptions narrow;
  narrow.beta = 1e-3, narrow.tau = 0;
  EstimatorOptions exact = narrow;
  exact.draw_probability = 0;
  for (const auto &options : {EstimatorOptions{}, narrow, exact}) {
    auto estimator = make_trueskill(options);
    VoteHistory history;
    history.items = 3;
    auto check = [&] {
      fit(*estimator, history);
      CHECK(all_finite(estimator->means()));
      CHECK(all_finite(estimator->variances()));
      for (double variance : estimator->variances()) CHECK(variance > 0);
    };
    check();  // no vote
    for (int i = 0; i < 20000; ++i) history.comparisons.push_back({0, 1, Verdict::left});
    check();
    // Then all of it upset: by then the two lie thousands of deviations apart where there is no tau.
    for (auto verdict : {Verdict::right, Verdict::tie, Verdict::left, Verdict::tie})
      history.comparisons.push_back({0, 1, verdict});
    history.orderings.push_back({{1, 2, 0}, {1, 2, 3}, 0, 1, history.comparisons.size()});
    history.orderings.push_back({{1, 2, 0}, {1, 2, 3}, 0, 2.5f, history.comparisons.size()});
    check();
    for (int i = 0; i < 20000; ++i)
      history.comparisons.push_back({i % 2, 1 - i % 2, i % 3 ? Verdict::left : Verdict::tie, 0, i % 7 ? 1.0f : 1e9f});
    history.comparisons.push_back({0, 1, Verdict::right, 0, 1e-30f});
    check();
  }
  auto alone = make_trueskill({});
  fit(*alone, {1, 1, {}, {}});
  CHECK(alone->means()[0] == 0);
  fit(*alone, {0, 1, {}, {}});
  CHECK(alone->means().empty());
}

TEST_CASE("trueskill refuses constants that make no model, and votes that are none") {
  for (auto spoil :
       {+[](EstimatorOptions &options) { options.sigma = 0; }, +[](EstimatorOptions &options) { options.beta = -1; },
        +[](EstimatorOptions &options) { options.tau = std::nan(""); },
        +[](EstimatorOptions &options) { options.mu = INFINITY; },
        +[](EstimatorOptions &options) { options.draw_probability = 1; }}) {
    EstimatorOptions options;
    spoil(options);
    CHECK_THROWS_AS(make_trueskill(options), Error);
    CHECK_THROWS_AS(make_trueskill_batch(options), Error);
  }
  CHECK_THROWS_AS(fit(*make_trueskill({}), {2, 1, {{0, 2, Verdict::left}}, {}}), Error);
}

TEST_CASE("trueskill can be stopped within one long ordering, by messages and jointly") {
  Task task;
  task.cancel();
  for (float weight : {1.0f, 2.0f}) {
    auto vote = full_order({4, 2, 0, 1, 3}, weight);
    CHECK_THROWS_AS(make_trueskill({})->fit({5, 1, {}, {vote}}, task), Error);
  }
}
