// Against SciPy's adaptive quadrature (tests/golden/rank/expected_information.py).
#include "rank/expected_information.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

using kalon::expected_information;

TEST_CASE("Expected information is that of quadrature") {
  std::ifstream file(KALON_SOURCE_DIR "/tests/golden/rank/expected_information.txt");
  REQUIRE(file);
  int count = 0;
  for (double mean, variance, expected; file >> mean >> variance >> expected; ++count) {
    CAPTURE(mean, variance, expected);
    // The bounds that the header states.
    CHECK(std::abs(expected_information(mean, variance) - expected) < 1e-5);
    CHECK(std::abs(expected_information(mean, variance) / expected - 1) < 1e-3);
    CHECK(expected_information(-mean, variance) == expected_information(mean, variance));
  }
  CHECK(count == 100);
}

TEST_CASE("Expected information keeps the order of pairs beyond its table") {
  CHECK(expected_information(0, 0) == 0);
  CHECK(expected_information(3, -1) == 0);
  CHECK(expected_information(0, 1e12) <= std::log(2));
  CHECK(expected_information(0, 1e12) >= expected_information(0, 400));
  double last = 1;
  for (double mean = 0; mean < 500; mean += 1.7) {
    const double information = expected_information(mean, 9);
    CHECK(information > 0);
    CHECK(information < last);
    last = information;
  }
  // A small doubt: p (1 - p) v / 2, by Taylor's series.
  const double p = 1 / (1 + std::exp(-1.0));
  CHECK(expected_information(1, 1e-4) == Approx(p * (1 - p) * 1e-4 / 2).epsilon(2e-3));
}
