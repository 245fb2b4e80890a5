#pragma once
// Tables of vectors for tests of groups: generated here, or by Python with what its libraries make of them.

#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <random>
#include <sstream>

#include "arrange/groups.h"
#include "unit/arrange/order_tables.h"

namespace kalon::testing {

using tables::Table;

struct Case {
  Table table;
  std::vector<double> numbers;  // what follows the table
};

template <class... Numbers>
Case make_case(const char *name, Numbers... numbers) {
  std::ostringstream command;
  command << "/usr/bin/python3 -B " << KALON_SOURCE_DIR << "/tests/unit/arrange/groups_oracle.py " << name;
  ((command << ' ' << numbers), ...);
  auto *pipe = popen(command.str().c_str(), "r");
  REQUIRE(pipe);
  Case result;
  REQUIRE(fscanf(pipe, "%ld %ld", &result.table.rows, &result.table.dimension) == 2);
  double number;
  for (int64_t i = 0; i < result.table.rows * result.table.dimension; ++i) {
    REQUIRE(fscanf(pipe, "%lf", &number) == 1);
    result.table.values.push_back(static_cast<float>(number));
  }
  while (fscanf(pipe, "%lf", &number) == 1) result.numbers.push_back(number);
  REQUIRE(pclose(pipe) == 0);
  return result;
}

// Whether two labelings are one up to renaming; labels below 0 mean none in both.
template <class A, class B>
bool same_partition(const A &a, const B &b) {
  if (a.size() != b.size()) return false;
  std::map<int, int> forth, back;
  for (size_t i = 0; i < a.size(); ++i) {
    int x = static_cast<int>(a[i]), y = static_cast<int>(b[i]);
    if ((x < 0) != (y < 0)) return false;
    if (x >= 0 && (forth.try_emplace(x, y).first->second != y || back.try_emplace(y, x).first->second != x))
      return false;
  }
  return true;
}

inline Table random_table(int64_t rows, int64_t dimension, uint64_t seed, int64_t centres = 1, float spread = 1) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> middle(static_cast<size_t>(centres * dimension));
  for (float &value : middle) value = centres == 1 ? 0 : 3 * normal(generator);
  Table table{rows, dimension, {}};
  for (int64_t i = 0; i < rows * dimension; ++i)
    table.values.push_back(middle[i / dimension % centres * dimension + i % dimension] + spread * normal(generator));
  return table;
}

inline Table unit_table(int64_t rows, int64_t dimension, uint64_t seed, int64_t centres = 1, float spread = 1) {
  Table table = random_table(rows, dimension, seed, centres, spread);
  Task task;
  make_unit_rows(table.values, dimension, task);
  return table;
}

template <class Work>
bool refuses(Work work, std::string_view saying = {}) {
  try {
    work();
  } catch (const Error &error) {
    INFO(error.message());
    CHECK(error.message().find(saying) != std::string::npos);
    return error.status() == Status::invalid_argument;
  }
  return false;
}

}  // namespace kalon::testing
