// Bradley and Terry against PyPI choix (maximum likelihood of pairs, rankings and first choices) and against scipy's
// minimiser (with a prior): tests/golden/rank/estimators.py.
#include "rank/estimators.h"
#include "rank/maximum_likelihood.h"
#include "unit/rank/estimator_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::string error_of(Estimator &estimator, const VoteHistory &history) {
  try {
    fit(estimator, history);
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
    return error.message();
  }
  return "";
}

VoteHistory wins(int32_t items, std::vector<std::pair<int32_t, int32_t>> pairs) {
  VoteHistory history;
  history.items = items;
  for (auto [winner, loser] : pairs) history.comparisons.push_back({winner, loser, Verdict::left});
  return history;
}

}  // namespace

TEST_CASE("bradley-terry agrees with choix and scipy") {
  for (const auto &one : estimator_cases("bradley_terry.txt")) {
    auto estimator = make_bradley_terry(one.options);
    fit(*estimator, one.history);
    check_case(*estimator, one, 1e-6);
  }
}

TEST_CASE("bradley-terry: two items are the logarithm of their odds") {
  auto estimator = make_bradley_terry({});
  CHECK(estimator->name() == "bradley-terry");
  auto history = wins(2, {{0, 1}, {0, 1}, {0, 1}, {1, 0}});
  fit(*estimator, history);
  CHECK(estimator->means()[0] - estimator->means()[1] == Approx(std::log(3)).epsilon(1e-9));
  CHECK(estimator->preference_probability(0, 1) == Approx(0.75).epsilon(1e-9));
  // Fisher's information of four votes at odds of 3 to 1.
  CHECK(estimator->difference_variance(0, 1) == Approx(1 / (4 * 0.75 * 0.25)).epsilon(1e-6));
  // A tie is half a win of both.
  history.comparisons.push_back({1, 0, Verdict::tie});
  fit(*estimator, history);
  CHECK(estimator->means()[0] - estimator->means()[1] == Approx(std::log(3.5 / 1.5)).epsilon(1e-9));
  // Weights count votes; what says nothing, does not.
  history = wins(2, {{0, 1}, {1, 0}});
  history.comparisons[0].weight = 2.5f;
  history.comparisons.push_back({0, 1, Verdict::skip, 0, 100});
  history.comparisons.push_back({0, 1, Verdict::both_bad});
  fit(*estimator, history);
  CHECK(estimator->means()[0] - estimator->means()[1] == Approx(std::log(2.5)).epsilon(1e-9));
}

TEST_CASE("bradley-terry tells which items keep the maximum from existing, and of the prior") {
  auto estimator = make_bradley_terry({});
  auto message = error_of(*estimator, wins(3, {{0, 1}, {1, 2}, {2, 1}}));
  CHECK(message.find("item 0 won every vote against the others") != std::string::npos);
  CHECK(message.find("--prior-variance") != std::string::npos);
  message = error_of(*estimator, wins(4, {{0, 1}, {1, 2}, {2, 0}, {0, 3}, {1, 3}}));
  CHECK(message.find("item 3 lost every vote against the others") != std::string::npos);
  message = error_of(*estimator, wins(5, {{0, 1}, {1, 2}, {2, 0}, {3, 4}, {4, 3}}));
  CHECK(message.find("items 3, 4 were never compared with the others") != std::string::npos);
  message = error_of(*estimator, wins(20, {{0, 1}, {1, 0}}));
  CHECK(message.find("15 more such sets") != std::string::npos);
  CHECK_FALSE(error_of(*estimator, wins(2, {})).empty());
  CHECK(error_of(*estimator, wins(1, {})).empty());
  CHECK(error_of(*estimator, wins(0, {})).empty());
  // Two sets that beat each other are enough, and so is a tie.
  auto joined = wins(4, {{0, 1}, {1, 0}, {2, 3}, {3, 2}, {0, 2}});
  CHECK_FALSE(error_of(*estimator, joined).empty());
  joined.comparisons.push_back({1, 3, Verdict::tie});
  CHECK(error_of(*estimator, joined).empty());
  // Orderings: 0 > 1 > 2 and 2 > 0 close a circle; sharing a rank says nothing.
  VoteHistory orders{3, 1, {}, {{{0, 1, 2}, {1, 2, 3}, 0, 1, 0}, {{2, 0, 1}, {1, 2, 2}, 0, 1, 0}}};
  CHECK(error_of(*estimator, orders).empty());
  orders.orderings.pop_back();
  CHECK(error_of(*estimator, orders).find("item 0 won") != std::string::npos);
}

TEST_CASE("unbounded sets agree with a search from every item") {
  // Brute force: who reaches whom over wins.
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    auto history = simulated_votes(7, static_cast<int64_t>(4 + random.below(14)), 2, 0.05, seed);
    if (seed % 3 == 0) history.orderings.push_back({{6, 2, 4, 1}, {1, 2, 2, 3}, 0, 1, history.comparisons.size()});
    bool reaches[7][7] = {};
    for (const auto &vote : history.comparisons) {
      if (vote.verdict != Verdict::right) reaches[vote.left][vote.right] = true;
      if (vote.verdict != Verdict::left) reaches[vote.right][vote.left] = true;
    }
    if (seed % 3 == 0)
      for (auto [a, b] : {std::pair{6, 2}, {6, 4}, {6, 1}, {2, 1}, {4, 1}}) reaches[a][b] = true;
    for (int k = 0; k < 7; ++k)
      for (int i = 0; i < 7; ++i)
        for (int j = 0; j < 7; ++j) reaches[i][j] |= reaches[i][k] && reaches[k][j];
    bool connected = true;
    for (int i = 0; i < 7; ++i)
      for (int j = 0; j < 7; ++j) connected &= i == j || reaches[i][j];
    auto sets = unbounded_sets(make_vote_graph(history, {}));
    CHECK(sets.empty() == connected);
    for (const auto &set : sets)
      for (int other = 0; other < 7; ++other) {
        bool inside = std::find(set.items.begin(), set.items.end(), other) != set.items.end();
        for (auto item : set.items) {
          if (inside) {
            CHECK((item == other || reaches[item][other]));
            continue;
          }
          if (set.kind != Unbounded::always_loses) CHECK_FALSE(reaches[other][item]);
          if (set.kind != Unbounded::always_wins) CHECK_FALSE(reaches[item][other]);
        }
      }
  }
}

TEST_CASE("bradley-terry: who knows the names of items tells why there is no maximum by them") {
  auto estimator = make_bradley_terry({});
  const std::vector<std::string> names{"kite.png", "boat.png", "sea.png", "hill.png"};
  try {
    fit(*estimator, wins(4, {{1, 2}, {2, 1}, {0, 1}}));
    FAIL("there is no maximum");
  } catch (const NoGreatestLikelihood &none) {
    CHECK(none.message().find("item 0 won every vote against the others") != std::string::npos);
    auto named = none.named([&](int32_t item) { return names[static_cast<size_t>(item)]; }, "votes.csv");
    CHECK(named.status() == Status::invalid_argument);
    CHECK(named.context() == "votes.csv");
    CHECK(named.message().find("kite.png won every vote against the others; hill.png was never compared with the") !=
          std::string::npos);
    CHECK(named.message().find("item ") == std::string::npos);
    CHECK(named.message().find("--prior-variance") != std::string::npos);
  }
}

TEST_CASE("bradley-terry: votes that weigh next to nothing are told of with what helps") {
  auto history = wins(3, {{0, 1}, {1, 0}, {1, 2}, {2, 1}});
  for (auto &vote : history.comparisons) vote.weight = 1e-30f;
  auto estimator = make_bradley_terry({});
  try {
    fit(*estimator, history);
    estimator->variances();
    FAIL("the curvature cannot be inverted");
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
    CHECK(error.message().find("--prior-variance") != std::string::npos);
  }
}

TEST_CASE("bradley-terry: added votes give what a refit gives") {
  EstimatorOptions with_prior;
  with_prior.prior_variance = 3;
  for (const auto &options : {EstimatorOptions{}, with_prior}) {
    auto history = simulated_votes(40, 1500, 2, 0.1, 1);
    auto added = make_bradley_terry(options), refitted = make_bradley_terry(options);
    fit(*added, history);
    for (const auto &vote : simulated_votes(40, 20, 2, 0.1, 2).comparisons) {
      added->add(vote);
      history.comparisons.push_back(vote);
    }
    Ordering order{{5, 9, 1, 30}, {1, 2, 3, 4}, 0, 1, history.comparisons.size()};
    added->add(order);
    history.orderings.push_back(order);
    fit(*refitted, history);
    // Both end where Newton's steps do.
    for (size_t i = 0; i < 40; ++i) {
      CHECK(added->means()[i] == Approx(refitted->means()[i]).margin(1e-8));
      CHECK(added->variances()[i] == Approx(refitted->variances()[i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("bradley-terry: a prior makes every history finite") {
  EstimatorOptions options;
  for (double variance : {1e-6, 3.0, 1e6}) {
    options.prior_variance = variance;
    auto estimator = make_bradley_terry(options);
    auto history = wins(5, {{0, 1}, {1, 2}});
    auto check = [&] {
      fit(*estimator, history);
      CHECK(all_finite(estimator->means()));
      CHECK(all_finite(estimator->variances()));
    };
    check();
    for (int i = 0; i < 100000; ++i) history.comparisons.push_back({3, 4, Verdict::left});
    check();
    CHECK(estimator->means()[3] > estimator->means()[4]);
    for (int i = 0; i < 100000; ++i) history.comparisons.push_back({4, 3, Verdict::left});
    check();
    CHECK(estimator->means()[3] == Approx(estimator->means()[4]).margin(1e-6 * std::sqrt(variance)));
    history.comparisons.push_back({2, 0, Verdict::left, 0, 1e30f});
    check();
    history = {1, 1, {}, {}};
    check();
    CHECK(estimator->variances()[0] == Approx(variance));
    history = {0, 1, {}, {}};
    check();
  }
  for (double variance : {0.0, -1.0, std::nan(""), 1e300}) {
    options.prior_variance = variance;
    CHECK_THROWS_AS(make_bradley_terry(options), Error);
  }
}

TEST_CASE("bradley-terry: a chain of 3,000 has the differences of its pairs, and no variances") {
  // Conjugate gradients need as many rounds as a chain is long.
  std::vector<std::pair<int32_t, int32_t>> pairs;
  for (int32_t i = 0; i + 1 < 3000; ++i) pairs.insert(pairs.end(), {{i, i + 1}, {i, i + 1}, {i + 1, i}});
  auto estimator = make_bradley_terry({});
  fit(*estimator, wins(3000, pairs));
  double worst = 0;
  for (size_t i = 0; i + 1 < 3000; ++i)
    worst = std::max(worst, std::abs(estimator->means()[i] - estimator->means()[i + 1] - std::log(2)));
  CHECK(worst < 1e-6);
  CHECK(estimator->variances().empty());
  CHECK_THROWS_AS(estimator->draws(1, 1), Error);
}

TEST_CASE("bradley-terry: draws have the covariance that is told") {
  auto estimator = make_bradley_terry({});
  fit(*estimator, simulated_votes(5, 200, 1, 0, 6));
  constexpr int64_t count = 20000;
  auto draws = estimator->draws(count, 5);
  double square = 0;
  for (size_t d = 0; d < count; ++d) {
    double apart = draws[5 * d] - draws[5 * d + 3] - estimator->means()[0] + estimator->means()[3];
    square += apart * apart;
  }
  // Five standard errors of a variance.
  CHECK(std::abs(square / count / estimator->difference_variance(0, 3) - 1) < 5 * std::sqrt(2.0 / count));
}
