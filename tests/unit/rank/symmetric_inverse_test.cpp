// A matrix times its inverse is the identity, and a factor's square the covariance, both by plain sums.
#include "rank/symmetric_inverse.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/random.h"

using namespace kalon;

namespace {

// A small diagonal and random ties between pairs, as precisions of votes are.
std::vector<double> precision(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<double> matrix(static_cast<size_t>(n * n));
  auto at = [&](int64_t i, int64_t j) -> double & { return matrix[static_cast<size_t>(i * n + j)]; };
  for (int64_t i = 0; i < n; ++i) at(i, i) = 0.01;
  for (int64_t e = 0; n > 1 && e < 8 * n; ++e) {
    auto i = static_cast<int64_t>(random.below(static_cast<uint64_t>(n)));
    auto j = static_cast<int64_t>(random.below(static_cast<uint64_t>(n)));
    if (i == j) continue;
    double weight = random.unit();
    at(i, i) += weight, at(j, j) += weight, at(i, j) -= weight, at(j, i) -= weight;
  }
  return matrix;
}

double difference_of_product(const std::vector<double> &a, const std::vector<double> &b, int64_t n) {
  double worst = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = i == j ? -1 : 0;
      for (int64_t k = 0; k < n; ++k) sum += a[static_cast<size_t>(i * n + k)] * b[static_cast<size_t>(k * n + j)];
      worst = std::max(worst, std::abs(sum));
    }
  return worst;
}

}  // namespace

TEST_CASE("the inverse of a symmetric matrix, of one block and of several") {
  for (int64_t n : {1, 2, 63, 64, 65, 128, 200}) {
    auto matrix = precision(n, 3), inverse = matrix;
    // What is above the diagonal is not read.
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = i + 1; j < n; ++j) inverse[static_cast<size_t>(i * n + j)] = 1e9;
    REQUIRE(invert_symmetric(inverse, n));
    // The condition is about 1e3.
    CHECK(difference_of_product(matrix, inverse, n) < 1e-11);
    auto factor = inverse;
    factor_covariance(factor, n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (int64_t k = 0; k <= j; ++k)
          sum += factor[static_cast<size_t>(k * n + i)] * factor[static_cast<size_t>(k * n + j)];
        REQUIRE(sum == Approx(inverse[static_cast<size_t>(i * n + j)]).margin(1e-9));
      }
  }
  std::vector<double> nothing;
  CHECK(invert_symmetric(nothing, 0));
}

TEST_CASE("a matrix without an inverse is told") {
  for (int64_t n : {3, 100}) {
    auto matrix = precision(n, 4);
    matrix[static_cast<size_t>((n - 1) * n + n - 1)] = -1;
    CHECK_FALSE(invert_symmetric(matrix, n));
    matrix = precision(n, 4);
    matrix[static_cast<size_t>((n - 1) * n)] = std::nan("");
    CHECK_FALSE(invert_symmetric(matrix, n));
  }
}
