#include "unit/filter/cases.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>

#include "temporary_folder.h"

namespace kalon::testing {
namespace {

template <typename Value>
std::vector<Value> read(const std::string &file) {
  static TemporaryFolder folder;
  static bool written = [] {
    auto script = std::string(KALON_SOURCE_DIR) + "/tests/unit/filter/sklearn_cases.py";
    return std::system(("/usr/bin/python3 -B " + script + " " + folder.path()).c_str()) == 0;
  }();
  REQUIRE(written);
  std::ifstream stream(folder / file, std::ios::binary | std::ios::ate);
  INFO(file);
  REQUIRE(stream);
  std::vector<Value> values(static_cast<size_t>(stream.tellg()) / sizeof(Value));
  stream.seekg(0);
  stream.read(reinterpret_cast<char *>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(Value)));
  REQUIRE(stream);
  return values;
}

}  // namespace

std::vector<float> floats(const std::string &name) {
  return read<float>(name + ".f32");
}

std::vector<double> doubles(const std::string &name) {
  return read<double>(name + ".f64");
}

Rows rows_of(const std::string &name, int64_t dimension) {
  return {dimension, floats(name)};
}

Rows noise(int64_t rows, int64_t dimension, uint64_t seed) {
  std::mt19937_64 generator(seed);
  Rows result{dimension, std::vector<float>(static_cast<size_t>(rows * dimension))};
  // Sums of uniform numbers: std::normal_distribution differs between libraries.
  for (float &value : result.values) {
    value = -6;
    for (int i = 0; i < 12; ++i) value += static_cast<float>(generator() >> 40) * 0x1p-24f;
  }
  return result;
}

double difference(const std::vector<double> &found, const std::vector<double> &expected, double floor) {
  REQUIRE(found.size() == expected.size());
  double largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    double value = std::abs(found[i] - expected[i]) / std::max(std::abs(expected[i]), floor);
    if (!(value <= largest)) largest = std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  }
  return largest;
}

}  // namespace kalon::testing
