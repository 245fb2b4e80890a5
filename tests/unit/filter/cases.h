#pragma once
// What scikit-learn says (sklearn_cases.py), and data of the tests' own.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "index/neighbours.h"

namespace kalon::testing {

// The values of a case, written once for the whole program.
std::vector<float> floats(const std::string &name);
std::vector<double> doubles(const std::string &name);

// Rows of a case, by their dimension.
struct Rows {
  int64_t dimension = 0;
  std::vector<float> values;
  int64_t count() const { return static_cast<int64_t>(values.size()) / dimension; }
  MatrixView view() const { return {values.data(), count(), dimension}; }
};
Rows rows_of(const std::string &name, int64_t dimension);

// Independent numbers about 0 with a deviation of 1, seeded.
Rows noise(int64_t rows, int64_t dimension, uint64_t seed);

// The largest difference between two results, relative to the larger of the value and `floor`.
double difference(const std::vector<double> &found, const std::vector<double> &expected, double floor = 1e-300);

// What a refusal with this status says; empty when there is none.
template <class Call>
std::string refusal(Call call, Status status = Status::invalid_argument) {
  try {
    call();
  } catch (const Error &error) {
    CHECK(error.status() == status);
    return error.message();
  }
  return {};
}

}  // namespace kalon::testing
