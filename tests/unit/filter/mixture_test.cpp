// Against scikit-learn's GaussianMixture from the same responsibilities (sklearn_cases.py), iteration for iteration.
// What is asked for is 1e-6 relative; both sides work in double, so that 1e-9 holds after a few iterations.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "base/threads.h"
#include "filter/mixture_fit.h"
#include "filter/principal_components.h"
#include "filter/scatter.h"
#include "unit/filter/cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

constexpr double tolerance = 1e-9;

void check_mixture(const Mixture &mixture, const Rows &rows, const std::string &name) {
  INFO(name);
  CHECK(difference(mixture.weights, doubles(name + "_weights")) < tolerance);
  CHECK(difference(mixture.means, doubles(name + "_means"), 1e-2) < tolerance);
  CHECK(difference(mixture.covariances, doubles(name + "_covariances"), 1e-2) < tolerance);
  Task task;
  std::vector<double> values(static_cast<size_t>(rows.count()));
  double mean = MixtureDensity(mixture).log_likelihoods(rows.view(), values, {}, task);
  CHECK(difference(values, doubles(name + "_log_likelihoods")) < tolerance);
  CHECK(mean == Approx(std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(rows.count())));
  auto figures = doubles(name + "_figures");
  auto parameters = parameter_count(mixture.kind, mixture.components, mixture.dimension);
  CHECK(parameters == static_cast<int64_t>(figures[2]));
  double sum = mean * static_cast<double>(rows.count());
  CHECK(akaike(sum, parameters) == Approx(figures[0]).epsilon(tolerance));
  CHECK(bayesian(sum, parameters, rows.count()) == Approx(figures[1]).epsilon(tolerance));
}

void check_case(const std::string &name, CovarianceKind kind, int64_t dimension, int64_t components, int iterations) {
  Task task;
  auto rows = rows_of(name + "_rows", dimension);
  auto responsibilities = doubles(name + "_responsibilities");
  auto start = mixture_from(rows.view(), responsibilities, components, kind, 1e-6, task);
  check_mixture(start, rows, name + "_start");
  MixtureOptions options;
  options.iterations = iterations;
  options.tolerance = 0;
  auto fit = fit_mixture_from(rows.view(), start, options, task);
  CHECK(fit.iterations == iterations);
  CHECK_FALSE(fit.converged);
  check_mixture(fit.mixture, rows, name + "_end");
}

// Four far groups of 50 and what a mixture must find of them.
Rows groups_of_four() {
  auto rows = noise(200, 3, 11);
  for (int64_t r = 0; r < 200; ++r) {
    rows.values[static_cast<size_t>(3 * r)] += static_cast<float>(r % 4 % 2 * 20);
    rows.values[static_cast<size_t>(3 * r + 1)] += static_cast<float>(r % 4 / 2 * 20);
  }
  return rows;
}

}  // namespace

TEST_CASE("iterations are scikit-learn's, for every kind of covariance") {
  auto kind = GENERATE(CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical);
  check_case("small_" + std::string(covariance_kind_name(kind)), kind, 5, 3, 9);
}

TEST_CASE("rows are left out as by a maximisation without them") {
  auto kind = GENERATE(CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical);
  auto wide = GENERATE(false, true);
  std::string name = (wide ? "apart_wide_" : "apart_") + std::string(covariance_kind_name(kind));
  INFO(name);
  auto rows = rows_of(name + "_rows", wide ? 37 : 4);
  Mixture mixture{kind,
                  wide ? 2 : 3,
                  rows.dimension,
                  doubles(name + "_weights"),
                  doubles(name + "_means"),
                  doubles(name + "_covariances")};
  auto count = static_cast<size_t>(rows.count());
  // Every third row is one of the fit's own.
  std::vector<uint8_t> own(count);
  for (size_t r = 0; r < count; r += 3) own[r] = 1;
  std::vector<double> plain(count), left_out(count);
  Task task;
  MixtureDensity density(mixture);
  density.left_out_log_likelihoods(rows.view(), own, rows.count(), plain, left_out, task);
  auto expected = doubles(name + "_log_likelihoods"), apart = doubles(name + "_apart"),
       dominant = doubles(name + "_dominant");
  auto largest = doubles(name + "_largest_shares");
  CHECK(difference(plain, expected) < tolerance);
  int shared = 0;
  for (size_t r = 0; r < count; ++r) {
    INFO(r);
    if (own[r] == 0) {
      REQUIRE(left_out[r] == plain[r]);
      continue;
    }
    REQUIRE(left_out[r] < plain[r]);
    // Tied covariances lose the scatter of the row about one component alone: what others have of it stays.
    if (kind == CovarianceKind::tied) REQUIRE(left_out[r] == Approx(dominant[r / 3]).epsilon(1e-8));
    bool alone = kind != CovarianceKind::tied || largest[r / 3] > 1 - 1e-9;
    REQUIRE(left_out[r] == Approx(apart[r / 3]).epsilon(alone ? 1e-8 : 0.005));
    shared += largest[r / 3] < 0.9 ? 1 : 0;
  }
  if (!wide) CHECK(shared > 5);

  int before = thread_budget();
  set_thread_budget(5);
  std::vector<double> again(count);
  density.left_out_log_likelihoods(rows.view(), own, rows.count(), plain, again, task);
  set_thread_budget(before);
  CHECK(again == left_out);
}

TEST_CASE("a component that rests on one row does not count for it") {
  // Ten rows about 0 with variance 1, and one far away that has a component of its own.
  Rows rows{1, {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, 50}};
  Mixture mixture{CovarianceKind::full, 2, 1, {10.0 / 11, 1.0 / 11}, {0, 50}, {1, 1e-6}};
  std::vector<uint8_t> own(11, 1);
  std::vector<double> plain(11), left_out(11);
  Task task;
  auto kind = GENERATE(CovarianceKind::full, CovarianceKind::diagonal, CovarianceKind::spherical, CovarianceKind::tied);
  mixture.kind = kind;
  // Tied: the mean over the rows of squared distances from their own component's mean.
  if (kind == CovarianceKind::tied) mixture.covariances = {10.0 / 11};
  MixtureDensity(mixture).left_out_log_likelihoods(rows.view(), own, 11, plain, left_out, task);
  // scipy.stats.norm(0, 1).logpdf(50); the ten are all that is left.
  CHECK(left_out[10] == Approx(-1250.9189385332047));
  CHECK(plain[10] > -4);
  // numpy: of the others about 0 the mean is 1/9 and the variance 80/81; weight 9/10.
  double expected = std::log(0.9) - 0.5 * std::log(2 * 3.14159265358979324 * 80 / 81) - 0.5 * 100 / 81 * 81 / 80;
  if (kind == CovarianceKind::tied)
    expected = std::log(0.9) - 0.5 * std::log(2 * 3.14159265358979324 * 80 / 90) - 0.5 * 100 / 81 * 90 / 80;
  CHECK(left_out[0] == Approx(expected));

  // Nothing is left of a mixture of which every component rests on the row.
  Mixture sole{CovarianceKind::full, 1, 1, {1}, {0}, {1}};
  std::vector<uint8_t> one{1};
  std::vector<double> value(1), same(1);
  MixtureDensity(sole).left_out_log_likelihoods({rows.values.data(), 1, 1}, one, 2, value, same, task);
  CHECK(std::isfinite(same[0]));
  mixture.kind = CovarianceKind::spherical;
  mixture.covariances = {1, 1};
  mixture.weights = {0.4, 0.4};
  MixtureDensity(mixture).left_out_log_likelihoods({rows.values.data(), 1, 1}, one, 2, value, same, task);
  CHECK(same == value);
}

TEST_CASE("iterations in many dimensions are scikit-learn's") {
  check_case("large_full", CovarianceKind::full, 70, 4, 4);
  check_case("large_tied", CovarianceKind::tied, 70, 4, 4);
}

TEST_CASE("fits find what is there, choose its number by BIC and repeat themselves") {
  auto rows = groups_of_four();
  Task task;
  auto kind = GENERATE(CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical);
  MixtureOptions options;
  options.kind = kind;
  auto choice = choose_mixture(rows.view(), 1, 7, options, task);
  REQUIRE(choice.table.size() == 7);
  CHECK(choice.best.mixture.components == 4);
  CHECK(choice.best.converged);
  for (double weight : choice.best.mixture.weights) CHECK(weight == Approx(0.25).epsilon(1e-6));
  auto lowest = std::min_element(choice.table.begin(), choice.table.end(),
                                 [](const auto &a, const auto &b) { return a.bic < b.bic; });
  CHECK(lowest->components == 4);
  for (const auto &row : choice.table) {
    // p ln n against 2p: the difference of the two criteria, by their definitions.
    CHECK(row.bic - row.aic == Approx(static_cast<double>(row.parameters) * (std::log(200.0) - 2)));
    CHECK(row.parameters == parameter_count(kind, row.components, 3));
  }
  int before = thread_budget();
  set_thread_budget(5);
  auto again = choose_mixture(rows.view(), 1, 7, options, task);
  CHECK(again.best.mixture.means == choice.best.mixture.means);
  CHECK(again.best.mixture.covariances == choice.best.mixture.covariances);
  set_thread_budget(before);
}

TEST_CASE("a tolerance ends the iterations, and likelihood never falls") {
  auto rows = rows_of("small_full_rows", 5);
  Task task;
  auto start = mixture_from(rows.view(), doubles("small_full_responsibilities"), 3, CovarianceKind::full, 1e-6, task);
  double last = -HUGE_VAL;
  MixtureOptions options;
  options.tolerance = 0;
  for (int iterations : {1, 2, 4, 8, 16}) {
    options.iterations = iterations;
    double reached = fit_mixture_from(rows.view(), start, options, task).log_likelihood;
    CHECK(reached > last);
    last = reached;
  }
  options.tolerance = 0.05;
  options.iterations = 1000;
  auto fit = fit_mixture_from(rows.view(), start, options, task);
  CHECK(fit.converged);
  CHECK(fit.iterations < 100);
}

TEST_CASE("more starts never fit worse") {
  auto rows = noise(300, 4, 21);
  Task task;
  MixtureOptions options;
  options.components = 6;
  double last = -HUGE_VAL;
  for (int restarts : {1, 2, 4, 8}) {
    options.restarts = restarts;
    double reached = fit_mixture(rows.view(), options, task).log_likelihood;
    CHECK(reached >= last);
    last = reached;
  }
}

TEST_CASE("k-means finds far groups, and fills every cluster") {
  auto rows = groups_of_four();
  Task task;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto clusters = cluster_rows(rows.view(), 4, seed, task);
    for (int64_t r = 0; r < 200; ++r) REQUIRE(clusters[static_cast<size_t>(r)] == clusters[static_cast<size_t>(r % 4)]);
    REQUIRE(std::set<int32_t>(clusters.begin(), clusters.end()) == std::set<int32_t>{0, 1, 2, 3});
  }
  auto single = cluster_rows(rows.view(), 200, 1, task);
  CHECK(std::set<int32_t>(single.begin(), single.end()).size() == 200);
  Rows equal{2, {1, 2, 1, 2, 1, 2}};
  CHECK(cluster_rows(equal.view(), 2, 1, task).size() == 3);
}

TEST_CASE("sums over rows hold every row once, whatever the width and the threads") {
  Task task;
  int before = thread_budget();
  // Few values in 39 parts, and many in eight.
  for (int64_t width : {3, 1'000'000}) {
    constexpr int64_t rows = 20'000;
    auto with = [&](int threads) {
      set_thread_budget(threads);
      return sums_over(
          rows, width, [&](int64_t r, double *sums) { sums[r % width] += 1 / static_cast<double>(r + 1); }, task);
    };
    auto alone = with(1);
    REQUIRE(alone.size() == static_cast<size_t>(width));
    std::vector<double> expected(alone.size());
    for (int64_t r = 0; r < rows; ++r) expected[static_cast<size_t>(r % width)] += 1 / static_cast<double>(r + 1);
    CHECK(difference(alone, expected) < 1e-12);
    CHECK((with(5) == alone));
  }
  set_thread_budget(before);
  CHECK(sums_over(
            0, 2, [](int64_t, double *) { FAIL("there is no row"); }, task) == std::vector<double>{0, 0});
}

TEST_CASE("principal components are scikit-learn's") {
  auto rows = rows_of("components_rows", 30);
  Task task;
  auto components = fit_principal_components(rows.view(), 6, task);
  CHECK(components.share == Approx(doubles("components_share")[0]).epsilon(1e-12));
  auto projected = project(rows.view(), components, task);
  std::vector<double> absolute;
  for (float value : projected.values) absolute.push_back(std::abs(static_cast<double>(value)));
  CHECK(difference(projected.squares, doubles("components_squares")) < 1e-9);
  CHECK(components.rest == Approx(doubles("components_rest")[0]).epsilon(1e-9));
  // Projections are kept in float.
  CHECK(difference(absolute, doubles("components_projected"), 0.1) < 1e-6);
  CHECK(refusal([&] { fit_principal_components(rows.view(), 31, task); }) ==
        "200 vectors of 30 values have no 31 principal components");
  Rows few{3, {1, 2, 3, 4, 5, 7}};
  CHECK(refusal([&] { fit_principal_components(few.view(), 2, task); }) ==
        "2 vectors of 3 values have no 2 principal components");
}

TEST_CASE("mixtures that cannot be are refused") {
  Task task;
  auto rows = noise(5, 2, 1);
  MixtureOptions options;
  options.components = 6;
  CHECK(refusal([&] { fit_mixture(rows.view(), options, task); }) ==
        "a mixture of 6 components needs at least 6 vectors, and there are 5; name fewer components");
  options.components = 0;
  CHECK(refusal([&] { fit_mixture(rows.view(), options, task); }) == "a mixture needs at least one component");
  CHECK(refusal([&] { choose_mixture(rows.view(), 3, 2, options, task); }) ==
        "a mixture cannot have from 3 to 2 components");
  rows.values[3] = NAN;
  options.components = 1;
  CHECK(refusal([&] { fit_mixture(rows.view(), options, task); }).find("1") != std::string::npos);

  // Two rows in three dimensions, nothing added to the variances.
  Rows flat{3, {1, 0, 0, 0, 1, 0}};
  options.regularisation = 0;
  auto kind = GENERATE(CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal);
  options.kind = kind;
  auto text = refusal([&] { fit_mixture(flat.view(), options, task); });
  CHECK(text.find("is singular: use fewer components or dimensions") != std::string::npos);
  options.regularisation = 1e-6;
  CHECK(std::isfinite(fit_mixture(flat.view(), options, task).log_likelihood));
  CHECK(refusal([] { covariance_kind_from("round"); }) == "covariances are full, tied, diagonal or spherical");
}

TEST_CASE("work can be cancelled") {
  auto rows = noise(500, 4, 1);
  Task task;
  task.cancel();
  CHECK_THROWS_AS(choose_mixture(rows.view(), 1, 3, {}, task), Error);
}
