// TrueSkill over all votes at once, against the true posterior by quadrature and against a naive expectation
// propagation in NumPy whose moments are sums over fine grids (tests/golden/rank/estimators.py).
#include "base/threads.h"
#include "rank/estimators.h"
#include "unit/rank/estimator_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

void check_same(const Estimator &a, const Estimator &b, double tolerance) {
  for (size_t i = 0; i < a.means().size(); ++i) {
    double deviation = std::sqrt(b.variances()[i]);
    CHECK(std::abs(a.means()[i] - b.means()[i]) < tolerance * deviation);
    CHECK(std::sqrt(a.variances()[i]) == Approx(deviation).epsilon(tolerance));
  }
}

void check_sound(const Estimator &estimator) {
  REQUIRE(all_finite(estimator.means()));
  REQUIRE(all_finite(estimator.variances()));
  for (double variance : estimator.variances()) CHECK(variance > 0);
}

}  // namespace

TEST_CASE("trueskill-batch knows how little a cycle tells of one item and how much of a difference") {
  EstimatorOptions options;
  options.sigma = 6, options.beta = 1, options.draw_probability = 0;
  auto estimator = make_trueskill_batch(options);
  CHECK(estimator->name() == "trueskill-batch");
  fit(*estimator, {3, 1, {{0, 1, Verdict::left}, {1, 2, Verdict::left}, {2, 0, Verdict::left}}, {}});
  // By quadrature; within 1 %.
  CHECK(std::sqrt(estimator->variances()[0]) == Approx(3.571).epsilon(0.01));
  CHECK(std::sqrt(estimator->difference_variance(0, 1)) == Approx(1.499).epsilon(0.01));
  for (double mean : estimator->means()) CHECK(std::abs(mean) < 1e-6);
}

TEST_CASE("trueskill-batch is within 1 % of the true posterior's deviations, orders among them") {
  for (const auto &one : estimator_cases("trueskill_exact.txt")) {
    auto estimator = make_trueskill_batch(one.options);
    fit(*estimator, one.history);
    for (size_t i = 0; i < 3; ++i) {
      CHECK(std::sqrt(estimator->variances()[i]) == Approx(one.deviations[i]).epsilon(0.01));
      CHECK(std::abs(estimator->means()[i] - one.means[i]) < 0.02 * one.deviations[i]);
    }
    for (auto [a, b, deviation] : one.differences)
      CHECK(std::sqrt(estimator->difference_variance(a, b)) == Approx(deviation).epsilon(0.01));
  }
}

TEST_CASE("trueskill-batch ends where a naive expectation propagation ends") {
  // 1e-5: the oracle's grids and 60 rounds.
  for (const auto &one : estimator_cases("trueskill_batch.txt")) {
    auto estimator = make_trueskill_batch(one.options);
    fit(*estimator, one.history);
    check_case(*estimator, one, 1e-5);
  }
}

TEST_CASE("trueskill-batch: the order of the votes and the number of threads leave no trace") {
  auto history = simulated_votes(80, 600, 3, 0.1, 3);
  auto turned = history;
  std::reverse(turned.comparisons.begin(), turned.comparisons.end());
  for (auto &vote : turned.comparisons) {
    std::swap(vote.left, vote.right);
    if (vote.verdict != Verdict::tie) vote.verdict = vote.verdict == Verdict::left ? Verdict::right : Verdict::left;
  }
  auto a = make_trueskill_batch({}), b = make_trueskill_batch({});
  fit(*a, history);
  fit(*b, turned);
  check_same(*a, *b, 1e-6);
  int threads = thread_budget();
  set_thread_budget(1);
  fit(*b, history);
  set_thread_budget(threads);
  CHECK(std::equal(a->means().begin(), a->means().end(), b->means().begin()));
}

TEST_CASE("trueskill-batch: added votes give what a refit gives, to .01 deviations") {
  for (int32_t items : {5, 60, 200}) {
    auto history = simulated_votes(items, 6 * items, 2, 0.1, 1);
    auto more = simulated_votes(items, 25, 2, 0.1, 2);
    auto added = make_trueskill_batch({}), refitted = make_trueskill_batch({});
    fit(*added, history);
    for (const auto &vote : more.comparisons) {
      added->add(vote);
      history.comparisons.push_back(vote);
    }
    Ordering order{{3, 1, 4, 0}, {1, 2, 2, 3}, 0, 1, history.comparisons.size()};
    if (items == 60) {
      added->add(order);
      history.orderings.push_back(order);
    }
    fit(*refitted, history);
    check_same(*added, *refitted, 0.01);
  }
}

TEST_CASE("trueskill-batch: weights count votes") {
  VoteHistory repeated{4, 1, {}, {}}, weighted{4, 1, {}, {}};
  auto votes = simulated_votes(4, 9, 1, 0.2, 8).comparisons;
  for (auto vote : votes) {
    for (int i = 0; i < 3; ++i) repeated.comparisons.push_back(vote);
    vote.weight = 3;
    weighted.comparisons.push_back(vote);
  }
  auto a = make_trueskill_batch({}), b = make_trueskill_batch({});
  fit(*a, repeated);
  fit(*b, weighted);
  check_same(*a, *b, 1e-6);
  // An ordering twice, and once of weight 2.
  Ordering order{{0, 1, 2, 3}, {2, 1, 3, 4}, 0, 1, 0};
  fit(*a, {4, 1, {}, {order, order}});
  order.weight = 2;
  fit(*b, {4, 1, {}, {order}});
  check_same(*a, *b, 1e-6);
}

TEST_CASE("trueskill-batch: what says nothing changes nothing, and disconnected sets keep the prior between them") {
  auto estimator = make_trueskill_batch({});
  fit(*estimator, {4, 1, {{0, 1, Verdict::left}, {2, 3, Verdict::skip}, {2, 3, Verdict::both_bad}}, {}});
  CHECK(estimator->means()[2] == 0);
  CHECK(estimator->variances()[3] == Approx(8.33 * 8.33));
  CHECK(estimator->difference_variance(2, 3) == Approx(2 * 8.33 * 8.33));
  CHECK(estimator->difference_variance(0, 1) < 2 * 8.33 * 8.33);
  double before = estimator->variances()[0];
  estimator->add(Comparison{2, 3, Verdict::skip});
  CHECK(estimator->variances()[0] == before);
}

TEST_CASE("trueskill-batch: draws have the covariance that is told") {
  EstimatorOptions options;
  options.sigma = 6, options.beta = 1;
  auto estimator = make_trueskill_batch(options);
  fit(*estimator, {3, 1, {{0, 1, Verdict::left}, {1, 2, Verdict::left}, {2, 0, Verdict::left}}, {}});
  constexpr int64_t count = 20000;
  auto draws = estimator->draws(count, 5);
  double square = 0, difference = 0;
  for (size_t d = 0; d < count; ++d) {
    double a = draws[3 * d] - estimator->means()[0], b = draws[3 * d + 1] - estimator->means()[1];
    square += a * a, difference += (a - b) * (a - b);
  }
  // Five standard errors of a variance.
  CHECK(std::abs(square / count / estimator->variances()[0] - 1) < 5 * std::sqrt(2.0 / count));
  CHECK(std::abs(difference / count / estimator->difference_variance(0, 1) - 1) < 5 * std::sqrt(2.0 / count));
}

TEST_CASE("trueskill-batch converges and stays finite, whatever the votes") {
  auto estimator = make_trueskill_batch({});
  VoteHistory history;
  history.items = 3;
  Task task;
  auto check = [&] {
    estimator->fit(history, task);
    CHECK(task.done() < 400);  // sweeps
    check_sound(*estimator);
  };
  check();  // no vote
  history.comparisons = {{0, 1, Verdict::left}};
  for (int i = 0; i < 100000; ++i) history.comparisons.push_back({0, 1, Verdict::left});
  check();
  // 100,000 votes around a cycle.
  for (size_t i = 0; i < history.comparisons.size(); ++i) {
    auto left = static_cast<int32_t>(i % 3);
    history.comparisons[i] = {left, (left + 1) % 3, Verdict::left};
  }
  check();
  for (double mean : estimator->means()) CHECK(std::abs(mean) < 0.01);
  for (float weight : {1e-30f, 1e-3f, 1e6f, 1e12f}) {
    history.comparisons = {
        {0, 1, Verdict::left, 0, weight}, {1, 0, Verdict::left, 0, weight}, {1, 2, Verdict::tie, 0, weight}};
    history.orderings = {{{2, 1, 0}, {1, 2, 3}, 0, 1, 3}};
    check();
    history.comparisons.pop_back();
    history.orderings = {{{2, 1, 0}, {1, 2, 3}, 0, std::min(weight, 1e6f), 0}};
    check();
  }
  history = {1, 1, {}, {}};
  check();
  history = {0, 1, {}, {}};
  check();

  EstimatorOptions exact;
  exact.sigma = 1000, exact.beta = 1, exact.draw_probability = 0;
  estimator = make_trueskill_batch(exact);
  history = {4, 1, {}, {}};
  for (int i = 0; i < 1000; ++i)
    history.comparisons.push_back({i % 4, (i + 1) % 4, i % 5 ? Verdict::left : i % 2 ? Verdict::tie : Verdict::right});
  check();
}

TEST_CASE("trueskill-batch converges where everybody is compared with one, and on all pairs") {
  Task task;
  VoteHistory star, everything;
  star.items = everything.items = 100;
  for (int32_t i = 1; i < 100; ++i)
    for (int k = 0; k < 5; ++k) star.comparisons.push_back({0, i, Verdict::left});
  for (int32_t i = 0; i < 100; ++i)
    for (int32_t j = 0; j < i; ++j) everything.comparisons.push_back({i, j, Verdict::left});
  for (const auto &history : {star, everything}) {
    auto estimator = make_trueskill_batch({});
    estimator->fit(history, task);
    CHECK(task.done() < 100);
    check_sound(*estimator);
  }
}

TEST_CASE("trueskill-batch says how many items it takes") {
  auto estimator = make_trueskill_batch({});
  Task task;
  try {
    estimator->fit({2001, 1, {}, {}}, task);
    FAIL("no error");
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
    CHECK(error.message().find("2000") != std::string::npos);
  }
  task.cancel();
  CHECK_THROWS_AS(estimator->fit({2, 1, {{0, 1, Verdict::left}}, {}}, task), Error);
}
