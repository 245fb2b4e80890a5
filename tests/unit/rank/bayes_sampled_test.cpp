// `bayes` with sampled covariances against the same with all of it, votes taken in against a fit of everything, and
// draws against the moments they are drawn by.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/threads.h"
#include "rank/bayes.h"
#include "rank/prior_variance.h"
#include "unit/rank/bayes_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::unique_ptr<Estimator> fitted(const VoteHistory &history, bool sampled, std::optional<double> variance = {}) {
  EstimatorOptions options;
  options.prior_variance = variance;
  auto estimator = make_bayes(options, sampled ? 0 : usual_full_covariance);
  Task task;
  estimator->fit(history, task);
  return estimator;
}

// Root mean square of the logarithm of the ratio.
double scatter(std::span<const double> a, std::span<const double> b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::pow(std::log(a[i] / b[i]), 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

std::vector<double> difference_variances(const Estimator &estimator, const VoteHistory &history) {
  std::vector<double> values;
  for (size_t i = 0; i < 300; ++i) {
    const auto &vote = history.comparisons[i];
    values.push_back(estimator.difference_variance(vote.left, vote.right));
    auto other = static_cast<int32_t>((static_cast<size_t>(vote.left) + 1 + i) % static_cast<size_t>(history.items));
    if (other != vote.left) values.push_back(estimator.difference_variance(vote.left, other));
  }
  return values;
}

double greatest_move(const Estimator &a, const Estimator &b) {
  double greatest = 0;
  for (size_t i = 0; i < a.means().size(); ++i)
    greatest = std::max(greatest, std::abs(a.means()[i] - b.means()[i]) / std::sqrt(b.variances()[i]));
  return greatest;
}

}  // namespace

TEST_CASE("sampled variances are those of the full covariance but for the error they state", "[bayes]") {
  struct {
    int64_t votes, orderings;
    double bound;
  } cases[] = {// sqrt(2 / 64) x the share of what the others say, about 1 / votes on the item, and room for hubs
               {8000, 0, 0.02},
               {1600, 0, 0.05},
               {400, 0, 0.07},
               {400, 400, 0.05}};
  for (const auto &one : cases) {
    auto history = simulated_history(400, one.votes, 1, 0.2, one.orderings);
    auto full = fitted(history, false, 3.0), sampled = fitted(history, true, 3.0);
    INFO(one.votes);
    for (size_t i = 0; i < 400; ++i) CHECK(std::abs(full->means()[i] - sampled->means()[i]) < 1e-6);
    CHECK(scatter(sampled->variances(), full->variances()) < one.bound);
    CHECK(scatter(difference_variances(*sampled, history), difference_variances(*full, history)) < one.bound);
  }
}

TEST_CASE("the variance of the prior is the same by probes as by determinants", "[bayes]") {
  // Just below and above the limit; items without votes say nothing of the variance in either.
  auto history = simulated_history(390, 3000, 1, 0.2, 100);
  Task task;
  auto variance_of = [&] {
    auto graph = make_vote_graph(history, {});
    auto mode = start_of(graph);
    return fit_prior_variance(graph, 1, mode, task);
  };
  double exact = variance_of();
  history.items = 600;
  // What the votes leave of the logarithm is 9 %.
  CHECK(variance_of() == Approx(exact).epsilon(0.03));
}

TEST_CASE("votes taken in one by one end where a fit of all of them does", "[bayes]") {
  for (bool sampled : {false, true})
    for (int64_t before : {int64_t{0}, int64_t{300}, int64_t{4000}}) {
      INFO(sampled << " " << before);
      auto history = simulated_history(300, before + 100, 1, 0.15, 12);
      for (auto &vote : history.orderings) vote.after = 0;
      auto start = history;
      start.comparisons.resize(static_cast<size_t>(before));
      start.orderings.resize(2);
      // Their rate is fitted only with all votes, so that it has to be there before.
      if (before == 0)
        std::erase_if(history.comparisons, [](const Comparison &vote) { return vote.verdict == Verdict::tie; });
      auto grown = fitted(start, sampled, 3.0);
      for (size_t i = static_cast<size_t>(before); i < history.comparisons.size(); ++i)
        grown->add(history.comparisons[i]);
      for (size_t i = 2; i < history.orderings.size(); ++i) grown->add(history.orderings[i]);
      auto all = fitted(history, false, 3.0);
      // In standard deviations: of a hundred votes, the worst of 300 items. The mode itself is found to 1e-5 (full) and
      // 1e-4 (sampled); the rest is the rate of ties, and curves that votes further away would spread less.
      CHECK(greatest_move(*grown, *all) < (sampled ? 0.04 : 0.005));
      CHECK(scatter(grown->variances(), all->variances()) < (sampled ? 0.06 : 0.03));
      grown->add(Comparison{1, 2, Verdict::skip, 0, 1});
      CHECK(grown->touched().empty());
    }
}

TEST_CASE("a vote tells which items it changed", "[bayes]") {
  auto history = simulated_history(3000, 9000, 1, 0, 0);
  auto grown = fitted(history, true, 3.0);
  CHECK(grown->touched().empty());
  std::vector<double> means(grown->means().begin(), grown->means().end());
  std::vector<double> variances(grown->variances().begin(), grown->variances().end());
  grown->add(Comparison{10, 20, Verdict::left, 0, 1});
  auto touched = grown->touched();
  CHECK(std::is_sorted(touched.begin(), touched.end()));
  CHECK(touched.size() < 2000);
  for (int32_t item : {10, 20}) CHECK(std::binary_search(touched.begin(), touched.end(), item));
  for (int32_t i = 0; i < 3000; ++i) {
    auto at = static_cast<size_t>(i);
    if (std::binary_search(touched.begin(), touched.end(), i)) continue;
    CHECK(grown->means()[at] == means[at]);
    CHECK(grown->variances()[at] == variances[at]);
  }
  CHECK(grown->means()[10] > means[10]);
  CHECK(grown->variances()[10] < variances[10]);
}

TEST_CASE("draws have the posterior's mean and covariance", "[bayes]") {
  auto history = simulated_history(60, 300, 1, 0.2, 30);
  auto full = fitted(history, false, 3.0);
  for (bool sampled : {false, true}) {
    auto found = fitted(history, sampled, 3.0);
    constexpr int64_t count = 4000;
    auto draws = found->draws(count, 5);
    CHECK(draws == found->draws(count, 5));
    CHECK(draws != found->draws(count, 6));
    auto moment = [&](size_t a, size_t b) {
      double sum = 0, squares = 0;
      for (size_t d = 0; d < count; ++d) {
        double value = draws[d * 60 + a] - (b == a ? 0 : draws[d * 60 + b]);
        double expected = full->means()[a] - (b == a ? 0 : full->means()[b]);
        sum += value - expected;
        squares += (value - expected) * (value - expected);
      }
      return std::pair(sum / count, squares / count);
    };
    for (size_t a = 0; a < 60; ++a)
      for (size_t b : {a, (a * 7 + 1) % 60}) {
        double variance =
            a == b ? full->variances()[a] : full->difference_variance(static_cast<int32_t>(a), static_cast<int32_t>(b));
        auto [mean, square] = moment(a, b);
        // Four standard errors.
        CHECK(std::abs(mean) < 4 * std::sqrt(variance / count));
        CHECK(square == Approx(variance).epsilon(4 * std::sqrt(2.0 / count)));
      }
  }
}

TEST_CASE("the number of threads changes nothing", "[bayes]") {
  auto history = simulated_history(3000, 20000, 1, 0.1, 50);
  int before = thread_budget();
  set_thread_budget(1);
  auto one = fitted(history, true);
  set_thread_budget(4);
  auto four = fitted(history, true);
  set_thread_budget(before);
  CHECK(std::equal(one->means().begin(), one->means().end(), four->means().begin()));
  CHECK(std::equal(one->variances().begin(), one->variances().end(), four->variances().begin()));
  CHECK(one->draws(2, 3) == four->draws(2, 3));
}
