// Features against scikit-learn's PCA (tests/golden/learn/make.py), and of vectors that have little to tell.

#include "learn/features.h"

#include <limits>
#include <random>

#include "golden_cases.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::vector<float> noise(int64_t count, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(count));
  for (auto &value : values) value = normal(generator);
  return values;
}

}  // namespace

TEST_CASE("features are the scores of scikit-learn's principal components") {
  auto vectors = golden_floats("pca.vectors");
  Task task;
  FeatureOptions options;
  options.most = 5;
  Features features = make_features({vectors.data(), 40, 12}, options, task);
  REQUIRE(features.map.kept == 5);
  CHECK(features.present[7] == 0);
  CHECK(features.present[8] == 1);
  CHECK(features.map.explained == Approx(golden("pca.share")[0]).epsilon(1e-6));
  std::vector<float> sizes = features.values;  // directions may point either way
  for (auto &value : sizes) value = std::abs(value);
  CHECK(difference(sizes, golden("pca.scores")) < 2e-6);  // float results
  // The same rows by the map alone.
  std::vector<float> again = apply(features.map, {vectors.data(), 40, 12}, task);
  CHECK(difference(again, std::vector<double>(features.values.begin(), features.values.end())) < 1e-6);
}

TEST_CASE("whitened features have equal mean squares") {
  auto vectors = golden_floats("pca.vectors");
  Task task;
  FeatureOptions options;
  options.most = 4;
  options.whitening = 1;
  Features features = make_features({vectors.data(), 40, 12}, options, task);
  for (int64_t j = 0; j < 4; ++j) {
    double squares = 0;
    for (int64_t i = 0; i < 40; ++i) squares += std::pow(static_cast<double>(features.view().row(i)[j]), 2) / 39;
    CHECK(squares == Approx(0.25).epsilon(1e-5));  // together 1
  }
}

TEST_CASE("many dimensions: the iteration finds what varies most") {
  // 20 strong directions in 700 dimensions, 40 times stronger than the rest: a closed count, not another solver.
  auto weak = noise(900 * 700, 1), strong = noise(900 * 20, 2), mixing = noise(20 * 700, 3);
  for (int64_t i = 0; i < 900; ++i)
    for (int64_t k = 0; k < 20; ++k)
      for (int64_t j = 0; j < 700; ++j)
        weak[static_cast<size_t>(i * 700 + j)] +=
            8 * strong[static_cast<size_t>(i * 20 + k)] * mixing[static_cast<size_t>(k * 700 + j)];
  Task task;
  FeatureOptions options;
  options.most = 20;
  Features features = make_features({weak.data(), 900, 700}, options, task);
  REQUIRE(features.map.kept == 20);
  // Noise holds 700 of 700 (1 + 20 * 64) parts of the variance.
  CHECK(features.map.explained == Approx(1 - 1.0 / 1281).margin(2e-4));
}

TEST_CASE("vectors that tell nothing give no features") {
  Task task;
  std::vector<float> zeros(30, 0.0f), equal(30, 2.0f), one(30, 0.0f);
  one[4] = 1;
  for (const auto &values : {zeros, equal, one}) {
    Features features = make_features({values.data(), 10, 3}, {}, task);
    CHECK(features.map.kept == 0);
    CHECK(features.values.empty());
  }
  Features none = make_features({nullptr, 10, 0}, {}, task);
  CHECK(none.map.kept == 0);
  CHECK(none.present == std::vector<uint8_t>(10, 0));
}

TEST_CASE("values that are not finite are refused with the row's number") {
  Task task;
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto values = noise(30, 1);
    values[16] = bad;
    REQUIRE_THROWS_WITH(make_features({values.data(), 10, 3}, {}, task), Catch::Matchers::Contains("vector 5"));
  }
}
