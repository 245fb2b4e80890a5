// Elo against PyPI evalica (tests/golden/rank/estimators.py) and against figures worked by hand.
#include "rank/estimators.h"
#include "unit/rank/estimator_cases.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("elo agrees with evalica") {
  for (const auto &one : estimator_cases("elo.txt")) {
    auto estimator = make_elo(one.options);
    fit(*estimator, one.history);
    check_case(*estimator, one, 1e-9 * one.options.scale);
  }
}

TEST_CASE("elo: 1500, K 32, scale 400") {
  auto estimator = make_elo({});
  CHECK(estimator->name() == "elo");
  fit(*estimator, {3, 1, {{0, 1, Verdict::left}}, {}});
  CHECK(estimator->means()[0] == Approx(1516));
  CHECK(estimator->means()[1] == Approx(1484));
  CHECK(estimator->means()[2] == 1500);
  CHECK(estimator->preference_probability(0, 1) == Approx(1 / (1 + std::pow(10, -32.0 / 400))));
  // 32 less than expected: 32 (1/2 − .5459...) for a tie.
  estimator->add(Comparison{1, 0, Verdict::tie});
  double gain = 32 * (1 / (1 + std::pow(10, -32.0 / 400)) - 0.5);
  CHECK(estimator->means()[1] == Approx(1484 + gain));
  CHECK(std::vector<int32_t>(estimator->touched().begin(), estimator->touched().end()) == std::vector<int32_t>{1, 0});
  CHECK(estimator->variances().empty());
  CHECK_THROWS_AS(estimator->draws(1, 1), Error);
  auto before = estimator->means()[0];
  estimator->add(Comparison{0, 1, Verdict::skip});
  estimator->add(Comparison{0, 1, Verdict::both_bad});
  CHECK(estimator->means()[0] == before);
}

TEST_CASE("elo: orderings share the K factor, weights repeat") {
  auto estimator = make_elo({});
  // Of three equals the first wins two votes and the last loses two, each of half the K factor.
  fit(*estimator, {3, 1, {}, {{{2, 0, 1}, {1, 2, 3}, 0, 1, 0}}});
  CHECK(estimator->means()[2] == Approx(1516));
  CHECK(estimator->means()[0] == Approx(1500));
  CHECK(estimator->means()[1] == Approx(1484));
  // The best of three: nothing is said between the others.
  fit(*estimator, {3, 1, {}, {{{2, 0, 1}, {1, 2, 2}, 0, 1, 0}}});
  CHECK(estimator->means()[2] == Approx(1516));
  CHECK(estimator->means()[0] == Approx(1492));
  CHECK(estimator->means()[1] == Approx(1492));

  auto repeated = make_elo({});
  fit(*repeated, {2, 1, {{0, 1, Verdict::left}, {0, 1, Verdict::left}, {0, 1, Verdict::left}}, {}});
  fit(*estimator, {2, 1, {{0, 1, Verdict::left, 0, 3}}, {}});
  CHECK(estimator->means()[0] == Approx(repeated->means()[0]).epsilon(1e-14));
  fit(*estimator, {2, 1, {{0, 1, Verdict::left, 0, 0.5f}}, {}});
  CHECK(estimator->means()[0] == Approx(1508));
}

TEST_CASE("elo can be stopped within one long ordering") {
  VoteHistory history;
  history.items = 300;
  Ordering vote;
  for (int32_t i = 0; i < history.items; ++i) vote.items.push_back(i), vote.ranks.push_back(uint16_t(i + 1));
  history.orderings.push_back(vote);
  Task task;
  task.cancel();
  CHECK_THROWS_AS(make_elo({})->fit(history, task), Error);
}

TEST_CASE("elo stays finite and refuses what is no model") {
  VoteHistory history;
  history.items = 2;
  for (int i = 0; i < 100000; ++i) history.comparisons.push_back({0, 1, Verdict::left});
  for (float weight : {1e-30f, 1e9f, 1e30f})
    for (auto verdict : {Verdict::tie, Verdict::left, Verdict::right})
      history.comparisons.push_back({0, 1, verdict, 0, weight});
  history.comparisons.push_back({0, 1, Verdict::tie, 0, 1e30f});
  auto estimator = make_elo({});
  fit(*estimator, history);
  CHECK(all_finite(estimator->means()));
  fit(*estimator, {0, 1, {}, {}});
  CHECK(estimator->means().empty());
  for (auto spoil : {+[](EstimatorOptions &options) { options.scale = 0; },
                     +[](EstimatorOptions &options) { options.k_factor = -1; },
                     +[](EstimatorOptions &options) { options.initial = std::nan(""); }}) {
    EstimatorOptions options;
    spoil(options);
    CHECK_THROWS_AS(make_elo(options), Error);
  }
}
