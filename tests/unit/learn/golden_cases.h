#pragma once
// tests/golden/learn/cases.txt: what scikit-learn, NumPy and SciPy say (make.py there).

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace kalon::testing {

inline const std::vector<double> &golden(const std::string &name) {
  static const auto cases = [] {
    std::map<std::string, std::vector<double>> all;
    std::ifstream file(KALON_SOURCE_DIR "/tests/golden/learn/cases.txt");
    std::string key;
    for (size_t count; file >> key >> count;) {
      auto &values = all[key];
      values.resize(count);
      for (auto &value : values) file >> value;
    }
    return all;
  }();
  REQUIRE(cases.count(name) == 1);
  return cases.at(name);
}

inline std::vector<float> golden_floats(const std::string &name) {
  std::vector<float> result;
  for (double value : golden(name)) result.push_back(static_cast<float>(value));
  return result;
}

// The largest difference, relative to the largest expected value.
template <class Found>
double difference(const Found &found, const std::vector<double> &expected) {
  REQUIRE(found.size() == expected.size());
  double most = 0, largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(found[i]) - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return largest > 0 ? most / largest : most;
}

}  // namespace kalon::testing
