// Products of tall matrices against plain sums.

#include "learn/products.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>

using namespace kalon;

namespace {

std::vector<float> numbers(int64_t count, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (auto &value : values) value = static_cast<float>(static_cast<double>(generator() >> 11) * 0x1p-52 - 1);
  return values;
}

void check(const std::vector<double> &found, const std::vector<double> &expected) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (size_t i = 0; i < found.size(); ++i) worst = std::max(worst, std::abs(found[i] - expected[i]));
  CHECK(worst < 1e-10);  // sums of up to 5,000 numbers below 1, in double
}

}  // namespace

TEST_CASE("tall products are what the plain sums give, for all widths and remainders") {
  for (auto [rows, dimension, columns] : {std::array<int64_t, 3>{1, 1, 1},
                                          {3, 7, 1},
                                          {3, 7, 5},
                                          {5, 16, 16},
                                          {2500, 33, 1},
                                          {2500, 33, 19},
                                          {5000, 8, 40},
                                          {6, 50, 17}}) {
    auto matrix = numbers(rows * dimension, 1), right = numbers(dimension * columns, 2),
         left = numbers(rows * columns, 3);
    MatrixView view{matrix.data(), rows, dimension};
    auto at = [](const std::vector<float> &values, int64_t width, int64_t i, int64_t j) {
      return static_cast<double>(values[static_cast<size_t>(i * width + j)]);
    };
    std::vector<double> expected(static_cast<size_t>(rows * columns)), found(expected.size());
    std::vector<double> expected_transposed(static_cast<size_t>(dimension * columns)),
        found_transposed(expected_transposed.size());
    std::vector<double> expected_gram(static_cast<size_t>(dimension * dimension));
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = 0; j < dimension; ++j) {
        for (int64_t c = 0; c < columns; ++c) {
          expected[static_cast<size_t>(r * columns + c)] += at(matrix, dimension, r, j) * at(right, columns, j, c);
          expected_transposed[static_cast<size_t>(j * columns + c)] +=
              at(matrix, dimension, r, j) * at(left, columns, r, c);
        }
        for (int64_t k = 0; k < dimension; ++k)
          expected_gram[static_cast<size_t>(j * dimension + k)] +=
              at(left, columns, r, 0) * at(matrix, dimension, r, j) * at(matrix, dimension, r, k);
      }
    std::vector<double> right_values(right.begin(), right.end()), left_values(left.begin(), left.end()), weights;
    for (int64_t r = 0; r < rows; ++r) weights.push_back(at(left, columns, r, 0));
    multiply(view, right_values.data(), columns, found.data());
    multiply_transposed(view, left_values.data(), columns, found_transposed.data());
    CAPTURE(rows, dimension, columns);
    check(found, expected);
    check(found_transposed, expected_transposed);
    check(weighted_gram(view, weights), expected_gram);
  }
}
