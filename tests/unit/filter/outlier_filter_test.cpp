// Against scikit-learn's NearestNeighbors (sklearn_cases.py), against counting, and against what must hold of any
// measure of strangeness.
#include "filter/outlier_filter.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "base/threads.h"
#include "filter/fitted_filter.h"
#include "unit/filter/cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

constexpr OutlierMethod all_methods[] = {OutlierMethod::combined, OutlierMethod::mahalanobis, OutlierMethod::knn,
                                         OutlierMethod::gmm};

Rows unit(Rows rows) {
  REQUIRE(make_unit_length(rows.values.data(), rows.count(), rows.dimension) == -1);
  return rows;
}

OutlierFit fit(const Rows &rows, OutlierOptions options) {
  Task task;
  return fit_outlier_filter(rows.view(), options, task);
}

OutlierScores score(const OutlierFilter &filter, const Rows &rows) {
  Task task;
  return score_rows(filter, rows.view(), task);
}

OutlierOptions by(OutlierMethod method, bool keep = false) {
  OutlierOptions options;
  options.method = method;
  options.keep = keep;
  return options;
}

// Where a value stands, by counting.
double place(double value, const std::vector<double> &among) {
  double sum = 0;
  for (double other : among) sum += other < value ? 1 : other == value ? 0.5 : 0;
  return sum / static_cast<double>(among.size());
}

// Rows along one direction of many, and one that goes its own way.
Rows with_a_stranger() {
  auto rows = noise(120, 16, 4);
  for (int64_t r = 0; r < 120; ++r) rows.values[static_cast<size_t>(16 * r)] += r == 77 ? -12.0f : 12.0f;
  return unit(rows);
}

// Three tight groups of 130 around far centres, and `scattered` rows anywhere.
Rows tight_groups(int64_t scattered) {
  auto centres = noise(3, 32, 31), rows = noise(390 + scattered, 32, 32);
  for (size_t i = 0; i < 390 * 32; ++i)
    rows.values[i] = centres.values[i / 32 % 3 * 32 + i % 32] + 0.05f * rows.values[i];
  return rows;
}

// Where each row stands, from 1 for the strangest.
std::vector<int64_t> ranks(const std::vector<double> &scores) {
  std::vector<int64_t> result;
  for (double score : scores)
    result.push_back(1 + std::count_if(scores.begin(), scores.end(), [&](double other) { return other > score; }));
  return result;
}

}  // namespace

TEST_CASE("neighbours are scikit-learn's") {
  auto rows = unit(rows_of("near_rows", 24)), others = unit(rows_of("near_others", 24));
  auto found = fit(rows, by(OutlierMethod::knn));
  // Unit vectors are kept in float: 6e-8 of a component, against distances from 0.02 on.
  CHECK(difference(found.own.knn, doubles("near_own"), 0.02) < 1e-6);
  CHECK(difference(score(found.filter, others).knn, doubles("near_other_distances"), 0.02) < 1e-6);
  CHECK(found.own.score == found.own.knn);

  // As they are given: directions are compared all the same.
  auto options = by(OutlierMethod::knn);
  options.unit_length = false;
  auto raw = rows_of("near_rows", 24), raw_others = rows_of("near_others", 24);
  auto as_is = fit(raw, options);
  CHECK(difference(as_is.own.knn, doubles("near_own"), 0.02) < 1e-6);
  CHECK(difference(score(as_is.filter, raw_others).knn, doubles("near_other_distances"), 0.02) < 1e-6);
}

TEST_CASE("the combined score is the mean of two places") {
  auto rows = unit(rows_of("near_rows", 24));
  auto found = fit(rows, by(OutlierMethod::combined));
  auto distances = fit(rows, by(OutlierMethod::mahalanobis));
  CHECK(found.own.mahalanobis == distances.own.mahalanobis);
  for (size_t r = 0; r < 400; ++r) {
    // Distances from the whole fit and from the others have one order.
    double expected =
        (place(found.own.mahalanobis[r], found.own.mahalanobis) + place(found.own.knn[r], found.own.knn)) / 2;
    REQUIRE(found.own.score[r] == Approx(expected).margin(1e-12));
  }
  double mean = std::accumulate(found.own.score.begin(), found.own.score.end(), 0.0) / 400;
  CHECK(mean == Approx(0.5));
  // Equal rows share one place.
  CHECK(found.own.score[3] == found.own.score[17]);
}

TEST_CASE("places and quantiles") {
  ScoreScale scale({4, 1, 3, 2});
  CHECK(scale.position(0) == 0);
  CHECK(scale.position(1) == 0.125);
  CHECK(scale.position(2.5) == 0.5);
  CHECK(scale.position(9) == 1);
  // numpy.quantile([1, 2, 3, 4], q)
  CHECK(scale.quantile(0) == 1);
  CHECK(scale.quantile(0.5) == 2.5);
  CHECK(scale.quantile(0.99) == Approx(3.97));
  CHECK(scale.quantile(1) == 4);
  CHECK(ScoreScale({5, 5, 5, 5}).position(5) == 0.5);
  CHECK(ScoreScale({7}).quantile(0.3) == 7);
}

TEST_CASE("a stranger is found by every method, among the rest and against them") {
  auto method = GENERATE(values<OutlierMethod>({all_methods[0], all_methods[1], all_methods[2], all_methods[3]}));
  INFO(outlier_method_name(method));
  auto rows = with_a_stranger();
  // The direction in which the stranger differs is not among the principal components of the others.
  auto options = by(method);
  auto found = fit(rows, options);
  const auto &own = found.own.score;
  CHECK(std::max_element(own.begin(), own.end()) - own.begin() == 77);

  Rows usual{16, {}}, stranger{16, {rows.values.begin() + 77 * 16, rows.values.begin() + 78 * 16}};
  for (int64_t r = 0; r < 120; ++r)
    if (r != 77)
      usual.values.insert(usual.values.end(), rows.values.begin() + r * 16, rows.values.begin() + r * 16 + 16);
  auto reference = fit(usual, options);
  double strange = score(reference.filter, stranger).score[0];
  CHECK(strange > reference.filter.score.quantile(1));
  if (method == OutlierMethod::combined) CHECK(strange == 1);
}

TEST_CASE("a mixture's own component does not hide what is strange") {
  auto kind = GENERATE(CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical);
  auto kept = GENERATE(-1, 0);
  INFO(covariance_kind_name(kind) << kept);
  auto options = by(OutlierMethod::gmm);
  options.mixture.kind = kind;
  options.principal_components = kept;
  options.fewest_components = 1;
  options.most_components = 8;
  for (uint64_t seed : {1, 2, 3}) {
    options.seed = seed;
    auto order = ranks(fit(unit(tight_groups(3)), options).own.score);
    CHECK(std::set<int64_t>(order.end() - 3, order.end()) == std::set<int64_t>{1, 2, 3});

    auto rows = tight_groups(0);
    for (size_t i = 100 * 32; i < 101 * 32; ++i) rows.values[i] *= 8;
    auto as_is = options;
    as_is.unit_length = false;
    CHECK(ranks(fit(rows, as_is).own.score)[100] == 1);
  }
}

TEST_CASE("what principal components leave out is measured without the row too") {
  // Along the first direction nothing but the groups; one row goes astray in all others, where the rest hardly vary.
  auto rows = noise(60, 12, 41);
  for (size_t i = 0; i < rows.values.size(); ++i) {
    rows.values[i] *= i % 12 == 0 ? 30.0f : 0.1f;
    if (i / 12 == 7 && i % 12 != 0) rows.values[i] *= 10;
  }
  auto options = by(OutlierMethod::gmm);
  options.unit_length = false;
  options.principal_components = 1;
  auto own = fit(rows, options).own;
  CHECK(ranks(own.score)[7] == 1);
  // By hand, all in the directions that were found: mean and variance of the others about their mean.
  Task task;
  auto components = fit_principal_components(rows.view(), 1, task);
  auto projected = project(rows.view(), components, task);
  double inside = 0, outside = 0, mean = 0;
  for (size_t r = 0; r < 60; ++r) mean += r == 7 ? 0 : static_cast<double>(projected.values[r]) / 59;
  for (size_t r = 0; r < 60; ++r) {
    if (r == 7) continue;
    double value = static_cast<double>(projected.values[r]) - mean;
    inside += value * value / 59;
    outside += projected.squares[r] / 59 / 11;
  }
  // Rows lie as far from the mean of the others as that is from the mean of all, times 60; in the directions left out
  // too.
  outside -= projected.squares[7] / 59 / 59 / 11;
  double apart = static_cast<double>(projected.values[7]) - mean;
  double expected =
      0.5 * (std::log(2 * 3.14159265358979324 * inside) + apart * apart / inside) +
      0.5 * (11 * std::log(2 * 3.14159265358979324 * outside) + projected.squares[7] * 60 / 59 * 60 / 59 / outside);
  // The regularisation of 1e-6 is against variances of 0.01.
  CHECK(own.score[7] == Approx(expected).epsilon(1e-3));
  CHECK(own.score[7] > 2 * -own.log_likelihood[7]);
}

TEST_CASE("rows like the reference's stand among its own, also in more dimensions than there are rows") {
  // A fit hugs its rows: measured by it, all others would be stranger than every one of them.
  auto usual = unit(noise(80, 200, 6)), others = unit(noise(80, 200, 7));
  for (auto method : {OutlierMethod::combined, OutlierMethod::mahalanobis, OutlierMethod::knn}) {
    auto reference = fit(usual, by(method));
    double mean = 0;
    for (double value : score(reference.filter, others).score) mean += reference.filter.score.position(value) / 80;
    INFO(outlier_method_name(method));
    CHECK(mean > 0.4);
    CHECK(mean < 0.6);
  }
}

TEST_CASE("rows of the reference score as they did among themselves") {
  auto rows = with_a_stranger();
  for (auto method : all_methods)
    for (bool keep : {false, true}) {
      auto found = fit(rows, by(method, keep));
      auto again = score(found.filter, rows);
      INFO(outlier_method_name(method) << keep);
      CHECK(difference(again.score, found.own.score) < 1e-6);
      if (!found.own.mahalanobis.empty()) CHECK(again.mahalanobis == found.own.mahalanobis);
      CHECK(again.log_likelihood == found.own.log_likelihood);
      CHECK(found.own.log_likelihood.empty() == (method != OutlierMethod::gmm));
    }
}

TEST_CASE("filters come back from their records as they were") {
  auto rows = with_a_stranger();
  auto others = unit(noise(30, 16, 9));
  for (auto method : all_methods) {
    INFO(outlier_method_name(method));
    auto found = fit(rows, by(method, true));
    found.filter.threshold = 0.75;
    found.filter.quantile = 0.95;
    auto record = filter_record(found.filter, {"model", "weights", "features", "policy", "f32", 42});
    auto stored = filter_from_record(record);
    CHECK(score(stored.filter, others).score == score(found.filter, others).score);
    CHECK(score(stored.filter, rows).score == score(found.filter, rows).score);
    CHECK(stored.filter.threshold == 0.75);
    CHECK(stored.filter.quantile == 0.95);
    CHECK(stored.origin.model == "model");
    CHECK(stored.origin.weights_hash == "weights");
    CHECK(stored.origin.policy == "policy");
    CHECK(stored.origin.time == 42);
    CHECK(filter_record(stored.filter, stored.origin) == record);

    // Keeping vectors in 16 bits moves a score by no more than their steps do.
    auto exact = fit(rows, by(method));
    CHECK(difference(found.own.score, exact.own.score, 0.01) < (method == OutlierMethod::combined ? 0.02 : 1e-3));
  }
  auto kinds = GENERATE(CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical);
  auto options = by(OutlierMethod::gmm, true);
  options.mixture.kind = kinds;
  options.most_components = options.fewest_components = 2;
  options.principal_components = 0;
  auto found = fit(rows, options);
  auto stored = filter_from_record(filter_record(found.filter, {}));
  auto strange = score(stored.filter, others);
  CHECK(strange.score == score(found.filter, others).score);
  // Rows that are none of the fit's have one likelihood, its own another without them.
  for (size_t r = 0; r < strange.score.size(); ++r) CHECK(strange.score[r] == -strange.log_likelihood[r]);
  CHECK(score(stored.filter, rows).score == found.own.score);
  CHECK_FALSE(stored.filter.quantile);
}

TEST_CASE("damaged records are refused") {
  auto record = filter_record(fit(with_a_stranger(), by(OutlierMethod::combined, true)).filter, {});
  auto refused = [](ByteView bytes) {
    return refusal([&] { filter_from_record(bytes); }, Status::corrupt_data).find("damaged") != std::string::npos;
  };
  CHECK(refused({}));
  for (size_t size : {size_t{1}, size_t{16}, size_t{40}, record.size() / 2, record.size() - 1})
    CHECK(refused(ByteView(record).first(size)));
  std::mt19937_64 generator(3);
  for (int i = 0; i < 300; ++i) {
    auto changed = record;
    changed[generator() % changed.size()] ^= static_cast<uint8_t>(1 + generator() % 255);
    REQUIRE(refused(changed));
  }
  // With a right checksum, as somebody might make it: anything may follow but a crash.
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    Bytes changed(record.begin(), record.end() - 16);
    size_t reach = i % 2 == 0 ? changed.size() : 400;
    for (uint64_t flips = 1 + generator() % 4; flips > 0; --flips)
      changed[generator() % reach] = static_cast<uint8_t>(generator());
    auto hash = hash_of(ByteView(changed));
    changed.insert(changed.end(), hash.bytes.begin(), hash.bytes.end());
    try {
      auto stored = filter_from_record(changed);
      ++read;
      if (i % 50 == 0 && stored.filter.dimension == 16) score(stored.filter, with_a_stranger());
    } catch (const Error &) {
    }
  }
  CHECK(read > 0);
  // Figures that no fit gives.
  auto options = by(OutlierMethod::gmm, true);
  options.principal_components = 3;
  auto mixture = fit(with_a_stranger(), options).filter;
  CHECK_FALSE(refused(filter_record(mixture, {})));
  for (double share : {double{NAN}, -0.5, 2.0}) {
    mixture.components->share = share;
    CHECK(refused(filter_record(mixture, {})));
  }
}

TEST_CASE("large references keep a sample of their rows") {
  auto rows = noise(20500, 3, 8);
  auto options = by(OutlierMethod::knn, true);
  auto found = fit(unit(rows), options);
  CHECK(found.filter.base_rows.size() == 20000);
  REQUIRE(found.notes.size() == 1);
  CHECK(found.notes[0] == "the filter keeps 20000 of 20500 vectors to find neighbours among");
  CHECK(found.filter.base_rows == fit(unit(rows), options).filter.base_rows);
  options.seed = 2;
  CHECK(found.filter.base_rows != fit(unit(rows), options).filter.base_rows);
}

TEST_CASE("scores do not depend on the number of threads") {
  auto rows = unit(noise(700, 20, 12));
  int before = thread_budget();
  for (auto method : all_methods) {
    set_thread_budget(1);
    auto one = fit(rows, by(method));
    set_thread_budget(6);
    CHECK(fit(rows, by(method)).own.score == one.own.score);
  }
  set_thread_budget(before);
}

TEST_CASE("what cannot be measured is refused") {
  Rows none{3, {}}, one{3, {1, 0, 0}}, equal{2, {1, 0, 1, 0, 1, 0}};
  for (auto method : all_methods) {
    CHECK(refusal([&] { fit(none, by(method)); }) == "nothing is strange among fewer than two; there are none");
    CHECK(refusal([&] { fit(one, by(method)); }) == "nothing is strange among fewer than two; there is one vector");
    auto options = by(method);
    options.neighbours = 1;
    CHECK(refusal([&] { fit(equal, options); }) ==
          "all 3 vectors are equal, so that nothing tells what is usual among them");
    auto broken = noise(30, 3, 1);
    broken.values[3 * 21 + 1] = NAN;
    CHECK(refusal([&] { fit(broken, by(method)); }).find("21") != std::string::npos);
    auto usual = fit(unit(noise(30, 3, 1)), by(method, true));
    CHECK(refusal([&] { score(usual.filter, noise(2, 4, 1)); }) ==
          "vectors of 4 values cannot be compared with a reference of 3 values");
    CHECK(refusal([&] { score(usual.filter, broken); }).find("21") != std::string::npos);
  }
  auto few = unit(noise(10, 3, 1));
  CHECK(refusal([&] { fit(few, by(OutlierMethod::knn)); }) ==
        "10 neighbours need at least 11 vectors, and there are 10; name fewer with --neighbours, or use --method "
        "mahalanobis");
  auto options = by(OutlierMethod::knn);
  options.neighbours = 9;
  CHECK(fit(few, options).own.knn.size() == 10);
  options.unit_length = false;
  auto zero = noise(20, 3, 1);
  std::fill_n(zero.values.begin() + 3 * 13, 3, 0.0f);
  CHECK(refusal([&] { fit(zero, options); }) ==
        "row 13 holds nothing but zeros: it has no direction to be compared by");
  CHECK(make_unit_length(zero.values.data(), 20, 3) == 13);
  auto mixture = by(OutlierMethod::gmm);
  mixture.fewest_components = mixture.most_components = 11;
  CHECK(refusal([&] { fit(few, mixture); }).find("11 components needs at least 11 vectors, and there are 10") !=
        std::string::npos);
  mixture.principal_components = 4;
  mixture.fewest_components = mixture.most_components = 1;
  CHECK(refusal([&] { fit(few, mixture); }) == "10 vectors of 3 values have no 4 principal components");
  // Squares of the dimension are bounded before any memory is taken for them.
  auto wide = noise(12, 9000, 1);
  for (auto method : {OutlierMethod::combined, OutlierMethod::mahalanobis, OutlierMethod::gmm})
    CHECK(refusal([&] { fit(wide, by(method)); }, Status::limit_exceeded).find("vectors of 9000 values are too long") ==
          0);
  CHECK(fit(unit(wide), by(OutlierMethod::knn)).own.knn.size() == 12);
  auto whole = by(OutlierMethod::gmm);
  whole.principal_components = 0;
  whole.fewest_components = whole.most_components = 2;
  CHECK(refusal([&] { fit(wide, whole); }, Status::limit_exceeded) ==
        "2 full covariances of vectors of 9000 values would take 1 GB; use --pca, fewer components or a simpler "
        "covariance");
  whole.mixture.kind = CovarianceKind::diagonal;
  CHECK(fit(wide, whole).own.score.size() == 12);
  CHECK(refusal([] { outlier_method_from("magic"); }) == "methods are combined, mahalanobis, knn or gmm");
}
