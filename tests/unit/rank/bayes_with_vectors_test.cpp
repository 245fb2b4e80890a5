// The joint posterior of utilities and a head on vectors, against a dense one by SciPy (tests/golden/learn/make.py),
// and what it is for.

#include "rank/bayes_with_vectors.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "../learn/golden_cases.h"
#include "rank/bayes.h"
#include "rank/estimators.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

constexpr int32_t golden_items = 26;

VoteHistory golden_votes(const std::string &name) {
  const auto &values = golden(name + ".votes");
  VoteHistory history{golden_items, 1, {}, {}};
  for (size_t i = 0; i < values.size(); i += 3)
    history.comparisons.push_back({static_cast<int32_t>(values[i]), static_cast<int32_t>(values[i + 1]),
                                   static_cast<Verdict>(static_cast<int>(values[i + 2]))});
  return history;
}

std::vector<float> noise(int64_t count, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(count));
  for (auto &value : values) value = normal(generator);
  return values;
}

// Utilities of standard deviation 2, of which features in six dimensions (the vectors) explain a share.
struct World {
  std::vector<float> vectors;
  std::vector<double> truth;
  VoteHistory history;
  EstimatorOptions options;
};
World make_world(int32_t items, size_t votes, double share, uint64_t seed) {
  constexpr size_t dimension = 8;
  World world{noise(items * static_cast<int64_t>(dimension), seed),
              std::vector<double>(static_cast<size_t>(items)),
              {items, 1, {}, {}},
              {}};
  std::mt19937_64 generator(seed + 1);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> weights(dimension);
  for (auto &weight : weights) weight = normal(generator);
  double length = std::sqrt(std::inner_product(weights.begin(), weights.end(), weights.begin(), 0.0));
  for (size_t i = 0; i < world.truth.size(); ++i) {
    double along = 0, squares = 0;
    for (size_t j = 0; j < dimension; ++j) {
      auto value = static_cast<double>(world.vectors[i * dimension + j]);
      along += weights[j] / length * value;
      squares += value * value;
    }
    world.truth[i] =
        2 * (std::sqrt(share) * along / std::sqrt(squares / dimension) + std::sqrt(1 - share) * normal(generator));
  }
  while (world.history.comparisons.size() < votes) {
    auto a = static_cast<int32_t>(generator() % static_cast<uint64_t>(items)),
         b = static_cast<int32_t>(generator() % static_cast<uint64_t>(items));
    if (a == b) continue;
    double difference = world.truth[static_cast<size_t>(a)] - world.truth[static_cast<size_t>(b)];
    world.history.comparisons.push_back(
        {a, b, uniform(generator) < 1 / (1 + std::exp(-difference)) ? Verdict::left : Verdict::right});
  }
  world.options.vectors = ItemVectors{world.vectors.data(), static_cast<int64_t>(dimension)};
  return world;
}

double correlation(std::span<const double> a, const std::vector<double> &b) {
  double n = static_cast<double>(b.size()), x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < b.size(); ++i) x += a[i] / n, y += b[i] / n;
  for (size_t i = 0; i < b.size(); ++i) {
    xx += (a[i] - x) * (a[i] - x);
    yy += (b[i] - y) * (b[i] - y);
    xy += (a[i] - x) * (b[i] - y);
  }
  return xy / std::sqrt(xx * yy);
}

}  // namespace

TEST_CASE("at given variances mode and covariance are those of dense matrices") {
  Task task;
  for (std::string name : {"taste", "ties"}) {
    CAPTURE(name);
    auto vectors = golden_floats(name + ".vectors");
    Features features = make_features({vectors.data(), golden_items, 5}, {}, task);
    MixedDesign design(features);
    CHECK(design.absent == 2);
    VoteGraph graph = make_vote_graph(golden_votes(name), {});
    const auto &place = golden(name + ".place");
    double share = 1 / (1 + std::exp(-place[0])), whole = std::exp(place[1]);
    Taste taste;
    taste.variances = {share * whole, (1 - share) * whole, place[2]};
    find_mode(graph, design, taste, 1e-9, task);
    // SciPy's gradient is level to 1e-8; float features differ from its double ones by 1e-7.
    CHECK(difference(taste.utilities, golden(name + ".means")) < 2e-6);
    CHECK(taste.tie_rate == Approx(golden(name + ".tie_rate")[0]).margin(1e-5));

    MixedPrior prior(design, taste.variances);
    auto covariance = full_taste_covariance(graph, prior, taste, task);
    const auto &expected = golden(name + ".covariance");
    std::vector<double> found;
    for (int32_t a = 0; a < golden_items; ++a)
      for (int32_t b = 0; b < golden_items; ++b) found.push_back(covariance->between(a, b));
    CHECK(difference(found, expected) < 5e-6);
    for (int32_t a = 0; a < golden_items; ++a)
      CHECK(covariance->variances()[static_cast<size_t>(a)] == covariance->between(a, a));
  }
}

TEST_CASE("the variances are those of the greatest evidence") {
  Task task;
  for (std::string name : {"taste", "ties", "few"}) {
    CAPTURE(name);
    auto vectors = golden_floats(name + ".vectors");
    EstimatorOptions options;
    options.vectors = ItemVectors{vectors.data(), 5};
    BayesWithVectors estimator(options);
    estimator.fit(golden_votes(name), task);
    const auto &place = golden(name + ".place"), &deviations = golden(name + ".deviations");
    auto variances = estimator.prior_variances();
    // The search ends when a step is below .05 of the deviation; SciPy holds the rate of ties to its mode as well.
    CHECK(std::log(variances.weight / variances.own) == Approx(place[0]).margin(0.15 * deviations[0]));
    CHECK(std::log(variances.weight + variances.own) == Approx(place[1]).margin(0.15 * deviations[1]));
    CHECK(variances.power == Approx(place[2]).margin(0.15 * deviations[2]));
    auto share = estimator.explained_share();
    CHECK(share.share == Approx(1 / (1 + std::exp(-place[0]))).margin(0.05));
    CHECK(share.low < share.share);
    CHECK(share.share < share.high);
    // Half the width in the logit, by the expected instead of the observed bend of the evidence.
    double width = (std::log(share.high / (1 - share.high)) - std::log(share.low / (1 - share.low))) / 2 / 1.645;
    CHECK(width == Approx(deviations[0]).epsilon(0.5));
  }
}

TEST_CASE("one more vote is what a fit with the same variances would say") {
  // Few items are computed anew, more of them updated; there the other votes' curvatures are those of the last fit.
  for (int32_t items : {60, 300}) {
    size_t votes = static_cast<size_t>(items) * 6;
    World world = make_world(items, votes, 0.7, 5);
    world.options.prior_variance = 4;
    Task task;
    BayesWithVectors estimator(world.options);
    VoteHistory before = world.history;
    before.comparisons.resize(votes - 2);
    estimator.fit(before, task);
    auto variances = estimator.prior_variances();
    for (size_t i = votes - 2; i < votes; ++i) estimator.add(world.history.comparisons[i]);
    Ordering order{{3, 17, 29, 40}, {1, 2, 3, 3}, 0, 1, votes};
    estimator.add(order);
    VoteHistory after = world.history;
    after.orderings.push_back(order);

    MatrixView view{world.vectors.data(), items, 8};
    Features features = make_features(view, {}, task);
    MixedDesign design(features);
    Taste taste;
    taste.variances = variances;
    VoteGraph graph = make_vote_graph(after, {});
    find_mode(graph, design, taste, 1e-9, task);
    for (int round = 0; round < 4; ++round) {
      spread_curves(graph, variances.own, taste.curvature);
      find_mode(graph, design, taste, 1e-9, task);
    }
    MixedPrior prior(design, variances);
    auto covariance = full_taste_covariance(graph, prior, taste, task);
    CAPTURE(items);
    // The spread of the curves follows later.
    CHECK(difference(estimator.means(), taste.utilities) < 0.02);
    double off = 0;
    for (size_t i = 0; i < static_cast<size_t>(items); ++i)
      off = std::max(off, std::abs(std::log(estimator.variances()[i] / covariance->variances()[i])));
    CHECK(off < (items == 60 ? 0.05 : 0.2));
    double variance = covariance->between(3, 3) + covariance->between(29, 29) - 2 * covariance->between(3, 29);
    CHECK(estimator.difference_variance(3, 29) == Approx(variance).epsilon(items == 60 ? 0.05 : 0.2));

    // What tells no order changes nothing.
    std::vector<double> means(estimator.means().begin(), estimator.means().end());
    estimator.add(Comparison{1, 2, Verdict::skip});
    estimator.add(Comparison{1, 2, Verdict::both_bad});
    CHECK(std::equal(means.begin(), means.end(), estimator.means().begin()));
  }
}

TEST_CASE("vectors that explain the taste make the order better, and others cost nothing") {
  Task task;
  for (double share : {0.0, 0.9}) {
    World world = make_world(300, 600, share, 11);
    BayesWithVectors with(world.options);
    EstimatorOptions plain = world.options;
    plain.vectors.reset();
    auto without = make_estimator(plain);
    with.fit(world.history, task);
    without->fit(world.history, task);
    double better = correlation(with.means(), world.truth), usual = correlation(without->means(), world.truth);
    CAPTURE(share, better, usual);
    if (share == 0) {
      CHECK(better > usual - 0.01);
      CHECK(with.explained_share().share < 0.2);
    } else {
      CHECK(better > usual + 0.1);
      CHECK(with.explained_share().share > 0.6);
      CHECK(with.explained_share().high > 0.9);
      // Items without votes are ordered too.
      std::vector<uint8_t> voted(300);
      for (const auto &vote : world.history.comparisons)
        voted[static_cast<size_t>(vote.left)] = voted[static_cast<size_t>(vote.right)] = 1;
      std::vector<double> found, truth;
      for (size_t i = 0; i < 300; ++i) {
        if (voted[i]) continue;
        found.push_back(with.means()[i]);
        truth.push_back(world.truth[i]);
      }
      REQUIRE(found.size() > 2);
      CHECK(with.explained_means().size() == 300);
      CHECK(with.variances_before_votes()[0] > with.variances()[0]);
    }
  }
}

TEST_CASE("intervals of differences cover the truth as often as they say") {
  // 5 worlds of 120 items: 90 % intervals of 1,000 differences each; votes of one world hang together, so the share
  // that is covered has a standard deviation of about .02.
  Task task;
  int64_t covered = 0, all = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    World world = make_world(120, 700, 0.7, 100 * seed);
    BayesWithVectors estimator(world.options);
    estimator.fit(world.history, task);
    std::mt19937_64 generator(seed);
    for (int k = 0; k < 1000; ++k) {
      auto a = static_cast<int32_t>(generator() % 120),
           b = static_cast<int32_t>((static_cast<uint64_t>(a) + 1 + generator() % 119) % 120);
      auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
      double off = estimator.means()[i] - estimator.means()[j] - (world.truth[i] - world.truth[j]);
      covered += std::abs(off) < 1.645 * std::sqrt(estimator.difference_variance(a, b));
      ++all;
    }
  }
  CHECK(static_cast<double>(covered) / static_cast<double>(all) == Approx(0.9).margin(0.06));
}

TEST_CASE("the compact covariance is near the full one") {
  World world = make_world(700, 6000, 0.7, 3);
  world.options.prior_variance = 4;
  Task task;
  BayesWithVectors full(world.options), compact(world.options, 100);
  full.fit(world.history, task);
  compact.fit(world.history, task);
  CHECK(std::equal(full.means().begin(), full.means().end(), compact.means().begin()));
  double off = 0, difference_off = 0;
  for (int32_t i = 0; i < 700; ++i) {
    off +=
        std::pow(std::log(compact.variances()[static_cast<size_t>(i)] / full.variances()[static_cast<size_t>(i)]), 2) /
        700;
    int32_t j = (i + 71) % 700;
    difference_off += std::pow(std::log(compact.difference_variance(i, j) / full.difference_variance(i, j)), 2) / 700;
  }
  // 32 probes; at 17 votes an item each leaves 1 / sqrt(17) of a variance open.
  CHECK(std::sqrt(off) < 0.08);
  CHECK(std::sqrt(difference_off) < 0.1);

  // One more vote moves both alike.
  Comparison vote{10, 20, Verdict::left};
  double before = compact.means()[10] - compact.means()[20], variance = compact.difference_variance(10, 20);
  full.add(vote);
  compact.add(vote);
  CHECK(compact.means()[10] - compact.means()[20] > before);
  CHECK(compact.means()[10] == Approx(full.means()[10]).margin(0.05));
  CHECK(compact.difference_variance(10, 20) < variance);
  CHECK(compact.difference_variance(10, 20) == Approx(full.difference_variance(10, 20)).epsilon(0.2));

  // Draws have the moments that both claim.
  for (BayesWithVectors *estimator : {&full, &compact}) {
    auto draws = estimator->draws(400, 9);
    CHECK(draws == estimator->draws(400, 9));
    double squares = 0, differences = 0;
    for (size_t k = 0; k < 400; ++k)
      for (int32_t i = 0; i < 700; i += 7) {
        auto a = static_cast<size_t>(i), b = static_cast<size_t>((i + 50) % 700);
        double off_a = draws[k * 700 + a] - estimator->means()[a], off_b = draws[k * 700 + b] - estimator->means()[b];
        squares += off_a * off_a / estimator->variances()[a] / 40000;
        differences +=
            (off_a - off_b) * (off_a - off_b) / estimator->difference_variance(i, static_cast<int32_t>(b)) / 40000;
      }
    CHECK(squares == Approx(1).epsilon(0.03));
    CHECK(differences == Approx(1).epsilon(0.03));
  }
}

TEST_CASE("the order of votes makes no difference, and vectors that say nothing are the plain prior") {
  World world = make_world(80, 300, 0.5, 21);
  Task task;
  BayesWithVectors first(world.options), second(world.options);
  first.fit(world.history, task);
  VoteHistory shuffled = world.history;
  std::mt19937_64 generator(1);
  std::shuffle(shuffled.comparisons.begin(), shuffled.comparisons.end(), generator);
  for (auto &vote : shuffled.comparisons)
    if (generator() % 2) {
      std::swap(vote.left, vote.right);
      vote.verdict = vote.verdict == Verdict::left ? Verdict::right : Verdict::left;
    }
  second.fit(shuffled, task);
  std::vector<double> expected(first.means().begin(), first.means().end());
  CHECK(difference(second.means(), expected) < 1e-6);

  std::vector<float> zeros(world.vectors.size());
  EstimatorOptions plain = world.options, nothing = world.options;
  plain.vectors.reset();
  plain.prior_variance = nothing.prior_variance = 3;
  nothing.vectors = ItemVectors{zeros.data(), 8};
  BayesWithVectors none(nothing);
  auto usual = make_estimator(plain);
  none.fit(world.history, task);
  usual->fit(world.history, task);
  // Without features both variances are the item's own: what is held fixed is their sum.
  std::vector<double> usual_means(usual->means().begin(), usual->means().end());
  // Both spread their curves in steps.
  CHECK(difference(none.means(), usual_means) < 1e-3);
  std::vector<double> usual_variances(usual->variances().begin(), usual->variances().end());
  CHECK(difference(none.variances(), usual_variances) < 1e-3);
}

TEST_CASE("bad options and histories are refused, odd ones are survived") {
  Task task;
  EstimatorOptions options;
  CHECK_THROWS_AS(BayesWithVectors(options), Error);
  World world = make_world(12, 40, 0.5, 2);
  options = world.options;
  options.prior_variance = -1;
  CHECK_THROWS_AS(BayesWithVectors(options), Error);
  BayesWithVectors estimator(world.options);
  VoteHistory wrong = world.history;
  wrong.comparisons[3].left = wrong.comparisons[3].right;
  CHECK_THROWS_AS(estimator.fit(wrong, task), Error);
  world.vectors[5] = std::numeric_limits<float>::quiet_NaN();
  REQUIRE_THROWS_WITH(estimator.fit(world.history, task), Catch::Matchers::Contains("not finite"));
  world.vectors[5] = 0;

  // No votes: all at 0, with the variance of the prior. One item that always wins: finite.
  estimator.fit({12, 1, {}, {}}, task);
  for (size_t i = 0; i < 12; ++i) {
    CHECK(estimator.means()[i] == 0);
    CHECK(estimator.variances()[i] == Approx(estimator.variances_before_votes()[i]).epsilon(1e-9));
  }
  VoteHistory winner{12, 1, {}, {}};
  for (int32_t i = 1; i < 12; ++i)
    for (int k = 0; k < 20; ++k) winner.comparisons.push_back({0, i, Verdict::left});
  estimator.fit(winner, task);
  for (double mean : estimator.means()) CHECK(std::isfinite(mean));
  CHECK(std::max_element(estimator.means().begin(), estimator.means().end()) == estimator.means().begin());
  CHECK_THROWS_AS(estimator.add(Comparison{0, 12, Verdict::left}), Error);
  VoteHistory one{1, 1, {}, {}};
  estimator.fit(one, task);
  CHECK(estimator.means().size() == 1);
}
