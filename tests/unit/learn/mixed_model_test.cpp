// The mixed model against dense NumPy, differences of the dense evidence, and scikit-learn's BayesianRidge
// (tests/golden/learn/make.py).

#include "learn/mixed_model.h"

#include <random>

#include "golden_cases.h"
#include "learn/products.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

Features features_of(const std::vector<float> &values, int64_t rows) {
  Features features;
  features.rows = rows;
  features.values = values;
  features.map.kept = static_cast<int64_t>(values.size()) / rows;
  for (int64_t i = 0; i < rows; ++i) {
    bool any = false;
    for (int64_t j = 0; j < features.map.kept; ++j) any = any || features.view().row(i)[j] != 0;
    features.present.push_back(any);
  }
  return features;
}

struct Dense {
  explicit Dense(std::vector<double> values, size_t rows) : matrix(std::move(values)), size(rows) {
    for (size_t i = 0; i < size; ++i) diagonal.push_back(matrix[i * size + i]);
  }
  ObservedPrecision precision() const {
    return {diagonal, [this](const double *in, int64_t columns, double *out) {
              auto wide = static_cast<size_t>(columns);
              for (size_t i = 0; i < size; ++i)
                for (size_t c = 0; c < wide; ++c) {
                  out[i * wide + c] = 0;
                  for (size_t j = 0; j < size; ++j) out[i * wide + c] += matrix[i * size + j] * in[j * wide + c];
                }
            }};
  }
  std::vector<double> matrix, diagonal;
  size_t size;
};

}  // namespace

TEST_CASE("the mixed model agrees with dense matrices") {
  Task task;
  for (std::string name : {"mixed", "absent"}) {
    CAPTURE(name);
    Features features = features_of(golden_floats(name + ".x"), 30);
    MixedDesign design(features);
    CHECK(design.absent == (name == "absent" ? 4 : 0));
    MixedPrior prior(design, {1.7, 0.6, 0.7});
    Dense observed(golden(name + ".a"), 30);
    MixedSystem system(prior, observed.precision());
    const auto &b = golden(name + ".b");

    std::vector<double> found(30);
    prior.multiply(b.data(), 1, found.data());
    CHECK(difference(found, golden(name + ".prior_precision_b")) < 1e-9);
    CHECK(difference(prior.prior_variances(), golden(name + ".prior_variances")) < 1e-9);
    std::vector<double> mode = system.solve(b, 1, 1e-12, task);
    CHECK(difference(mode, golden(name + ".mode")) < 1e-9);

    // Several right sides give what each gives alone.
    std::vector<double> three(90);
    for (size_t i = 0; i < 30; ++i)
      for (size_t c = 0; c < 3; ++c) three[i * 3 + c] = b[i] * static_cast<double>(c);
    std::vector<double> solved = system.solve(three, 3, 1e-12, task);
    for (size_t i = 0; i < 30; ++i) {
      CHECK(solved[i * 3] == 0);
      CHECK(solved[i * 3 + 2] == Approx(2 * mode[i]).epsilon(1e-8).margin(1e-10));
    }

    std::vector<double> unit(900), near(900), parts(900);
    for (size_t i = 0; i < 30; ++i) unit[i * 31] = 1;
    system.precondition(unit.data(), 30, near.data());
    CHECK(difference(near, golden(name + ".near")) < 1e-9);
    auto approximation = system.approximation();
    for (size_t i = 0; i < 30; ++i)
      for (size_t j = 0; j < 30; ++j) {
        parts[i * 30 + j] = i == j ? approximation.own[i] : 0;
        for (size_t k = 0; k < 5; ++k)
          parts[i * 30 + j] += static_cast<double>(approximation.shared[i * 5 + k]) *
                               static_cast<double>(approximation.shared[j * 5 + k]);
      }
    CHECK(difference(parts, golden(name + ".near")) < 1e-6);  // float parts

    // Differences of the dense evidence are good to about 1e-9 of it.
    EvidenceSlope slope = evidence_slope(system, mode, 1, task);
    const auto &gradient = golden(name + ".gradient"), &information = golden(name + ".information");
    for (size_t k = 0; k < 3; ++k) CHECK(slope.gradient[k] == Approx(gradient[k]).margin(2e-5));
    CHECK(slope.information[1][1] == Approx(information[4]).epsilon(1e-5));
    if (name == "mixed") {
      CHECK(slope.information[0][0] == Approx(information[0]).epsilon(1e-5));
      CHECK(slope.information[0][1] == Approx(information[1]).epsilon(1e-5));
    }
    // Bounds from above.
    CHECK(slope.information[0][0] >= information[0] * (1 - 1e-5));
    CHECK(slope.information[2][2] >= information[8] * (1 - 1e-5));
  }
}

TEST_CASE("what is measured nearly exactly is scikit-learn's Bayesian ridge regression") {
  Task task;
  Features features = features_of(golden_floats("ridge.x"), 60);
  MixedDesign design(features);
  const auto &variances = golden("ridge.variances"), &y = golden("ridge.y");
  MixedPrior prior(design, {variances[0], variances[1], 0});
  // Measured to a standard deviation of 1e-4 the noise of the regression is all that is left.
  constexpr double precision = 1e8;
  std::vector<double> exact(60 * 60), b(y);
  for (size_t i = 0; i < 60; ++i) exact[i * 61] = precision;
  for (double &value : b) value *= precision;
  Dense observed(exact, 60);
  MixedSystem system(prior, observed.precision());
  std::vector<double> mode = system.solve(b, 1, 1e-13, task);
  // Features need not be of mean square 1 together: the prior scales them so, and coefficients take the rest.
  CHECK(difference(prior.weights(mode.data(), 1), golden("ridge.coefficients")) < 1e-5);
  // scikit-learn's variances are where the evidence is level; its terms are of the size of the number of rows.
  EvidenceSlope slope = evidence_slope(system, mode, 1, task);
  CHECK(std::abs(slope.gradient[0]) < 1e-3);
  CHECK(std::abs(slope.gradient[1]) < 1e-3);
}

TEST_CASE("probes of many items give the slopes that the dense sums give") {
  // K and A of 300 items in closed form: A = 0.8 I, so that all matrices share the eigenvectors of X Xᵀ.
  constexpr size_t size = 300, dimension = 80;
  std::mt19937_64 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(size * dimension);
  for (auto &value : values) value = normal(generator) / std::sqrt(static_cast<float>(dimension));
  Features features = features_of(values, size);
  MixedDesign design(features);
  MixedPrior prior(design, {2, 0.5, 0});
  std::vector<double> diagonal(size, 0.8), zero(size), unit(size * size), k_inverse(size * size);
  ObservedPrecision observed{diagonal, [](const double *in, int64_t columns, double *out) {
                               for (int64_t i = 0; i < static_cast<int64_t>(size) * columns; ++i) out[i] = 0.8 * in[i];
                             }};
  MixedSystem system(prior, observed);
  Task task;
  EvidenceSlope slope = evidence_slope(system, zero, 7, task);
  // trace((1 / 0.8 + K)⁻¹) by exact solutions for all unit vectors: (A⁻¹ + K)⁻¹ = A − A (A + K⁻¹)⁻¹ A.
  for (size_t i = 0; i < size; ++i) unit[i * size + i] = 1;
  std::vector<double> inverse = system.solve(unit, size, 1e-10, task);
  double trace = 0;
  for (size_t i = 0; i < size; ++i) trace += 0.8 - 0.8 * 0.8 * inverse[i * size + i];
  // The probes' relative error is some sqrt(2 / (16 x 300)) of the off-diagonal part: below 1 %.
  CHECK(slope.gradient[1] == Approx(-0.5 * trace / 2).epsilon(0.02));
}
