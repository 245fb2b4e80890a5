// The grid arrangement: what must hold of any, how well it keeps distances, and its parts against NumPy and SciPy
// (grid_oracle.py). The quality measure has an oracle of its own there.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <limits>
#include <random>
#include <sstream>

#include "arrange/grid_axes.h"
#include "arrange/grid_filter.h"
#include "arrange/grid_layout.h"
#include "arrange/linear_assignment.h"
#include "base/random.h"
#include "base/threads.h"
#include "grid_quality.h"

using namespace kalon;

namespace {

template <class... Numbers>
std::vector<double> oracle(const char *name, Numbers... numbers) {
  std::ostringstream command;
  command << "/usr/bin/python3 -B " << KALON_SOURCE_DIR << "/tests/unit/arrange/grid_oracle.py " << name;
  ((command << ' ' << numbers), ...);
  auto *pipe = popen(command.str().c_str(), "r");
  REQUIRE(pipe);
  std::vector<double> result;
  for (double number; fscanf(pipe, "%lf", &number) == 1;) result.push_back(number);
  REQUIRE(pclose(pipe) == 0);
  return result;
}

std::vector<float> random_values(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random.unit()));
  return values;
}

GridLayout arranged(const std::vector<float> &values, int64_t dimension, int64_t columns, uint64_t seed = 1) {
  Task task;
  return arrange_in_grid({values.data(), static_cast<int64_t>(values.size()) / dimension, dimension}, columns, seed,
                         task);
}

void require_each_once(const GridLayout &grid, int64_t rows) {
  REQUIRE(static_cast<int64_t>(grid.cells.size()) == grid.columns * grid.rows);
  REQUIRE((grid.rows - 1) * grid.columns < rows);
  std::vector<int> seen(static_cast<size_t>(rows));
  for (size_t cell = 0; cell < grid.cells.size(); ++cell) {
    // Empty cells come last.
    REQUIRE((grid.cells[cell] < 0) == (static_cast<int64_t>(cell) >= rows));
    if (grid.cells[cell] >= 0) ++seen.at(static_cast<size_t>(grid.cells[cell]));
  }
  REQUIRE(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
}

struct ThreadBudget {
  explicit ThreadBudget(int threads) : before(thread_budget()) { set_thread_budget(threads); }
  ~ThreadBudget() { set_thread_budget(before); }
  int before;
};

}  // namespace

TEST_CASE("every vector has one cell, whatever the grid") {
  auto rows = GENERATE(int64_t{1}, 2, 3, 4, 5, 7, 13, 31, 64, 65, 97, 211, 1009);
  auto columns = GENERATE(int64_t{1}, 2, 3, 7, 16, 97, 5000);
  auto dimension = GENERATE(int64_t{1}, 3, 70);
  auto grid = arranged(random_values(rows * dimension, 5), dimension, columns);
  CHECK(grid.columns == std::min(columns, rows));
  require_each_once(grid, rows);
}

TEST_CASE("no vectors make an empty grid") {
  auto grid = arranged({}, 3, 4);
  CHECK(grid.cells.empty());
  CHECK(grid.rows == 0);
}

TEST_CASE("equal vectors and ones without any spread") {
  for (float value : {0.0f, 1.0f, -3e38f, 1e-44f}) {
    std::vector<float> values(60, value);
    require_each_once(arranged(values, 3, 5), 20);
  }
  // Two kinds of vectors come to lie on two sides: at most the cells along the border see the other kind.
  std::vector<float> values;
  for (int i = 0; i < 64; ++i) values.push_back(i % 2 == 0 ? 1.0f : 0.0f);
  auto grid = arranged(values, 1, 8);
  int changes = 0;
  for (int cell = 0; cell < 64; ++cell) {
    if (cell % 8 < 7) changes += (grid.cells[cell] ^ grid.cells[cell + 1]) & 1;
    if (cell < 56) changes += (grid.cells[cell] ^ grid.cells[cell + 8]) & 1;
  }
  CHECK(changes <= 10);
}

TEST_CASE("vectors of any size are arranged alike") {
  // Powers of two change no digit of a float.
  auto values = random_values(3 * 300, 3);
  auto cells = arranged(values, 3, 20).cells;
  for (float factor : {0x1p100f, 0x1p-110f}) {
    auto scaled = values;
    for (float &value : scaled) value *= factor;
    auto far = arranged(scaled, 3, 20);
    require_each_once(far, 300);
    Task task;
    GridLayout grid{20, 15, far.cells};
    CHECK(grid_quality({values.data(), 300, 3}, grid, 16) > 0.9);
  }
}

TEST_CASE("the same seed gives the same grid on any number of threads, another seed another one") {
  auto dimension = GENERATE(int64_t{3}, 70);
  auto values = random_values(5000 * dimension, 11);
  std::vector<std::vector<int32_t>> found;
  for (int threads : {1, 2, 5}) {
    ThreadBudget budget(threads);
    found.push_back(arranged(values, dimension, 80, 7).cells);
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] == found[2]);
  CHECK(found[0] != arranged(values, dimension, 80, 8).cells);
}

TEST_CASE("what cannot be arranged is refused") {
  std::vector<float> values(30, 0.5f);
  Task task;
  CHECK_THROWS_AS(arrange_in_grid({values.data(), 10, 3}, 0, 1, task), Error);
  CHECK_THROWS_AS(arrange_in_grid({values.data(), 10, 0}, 2, 1, task), Error);
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    values[13] = bad;
    CHECK_THROWS_WITH(arrange_in_grid({values.data(), 10, 3}, 4, 1, task), Catch::Contains("4"));
  }
}

TEST_CASE("a cancelled arrangement ends") {
  auto values = random_values(3000, 1);
  Task task;
  task.cancel();
  CHECK_THROWS_AS(arrange_in_grid({values.data(), 1000, 3}, 32, 1, task), Error);
}

TEST_CASE("columns make a page of the proportion, its last row as full as can be") {
  CHECK(grid_columns(0, 1.6) == 1);
  CHECK(grid_columns(1, 1.6) == 1);
  CHECK(grid_columns(2, 1.6) == 2);
  CHECK(grid_columns(130, 1.6) == 13);  // 13 x 10, where 14 x 10 would leave 10 empty
  CHECK(grid_columns(1000, 1.6) == 40);
  CHECK(grid_columns(100000, 1.6) == 400);
  for (int64_t cells = 1; cells < 3000; cells += 7) {
    auto columns = grid_columns(cells, 1.6);
    auto rows = (cells + columns - 1) / columns;
    double proportion = static_cast<double>(columns) / static_cast<double>(rows);
    // 12 % more or fewer columns are 25 % of the proportion; few cells are whole numbers of both.
    if (cells > 400) CHECK(proportion == Approx(1.6).epsilon(0.3));
  }
}

TEST_CASE("the quality of grids is NumPy's") {
  auto [columns, rows, dimension, holes] =
      GENERATE(table<int, int, int, int>({{6, 6, 3, 0}, {9, 5, 2, 4}, {3, 20, 8, 1}, {1, 30, 3, 0}, {12, 12, 1, 7}}));
  auto numbers = oracle("quality", columns, rows, dimension, holes, 1, 2, 16);
  auto count = static_cast<size_t>(columns * rows - holes), values_end = count * static_cast<size_t>(dimension);
  REQUIRE(numbers.size() == values_end + count + 3);
  std::vector<float> values(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(values_end));
  GridLayout grid{columns, rows, std::vector<int32_t>(static_cast<size_t>(columns * rows), -1)};
  for (size_t i = 0; i < count; ++i) grid.cells[i] = static_cast<int32_t>(numbers[values_end + i]);
  auto expected = numbers.end() - 3;
  // Sums of doubles in another order.
  for (int p : {1, 2, 16})
    CHECK(grid_quality({values.data(), static_cast<int64_t>(count), dimension}, grid, p) ==
          Approx(*expected++).epsilon(1e-9));
}

TEST_CASE("assignments are as cheap as SciPy's") {
  auto levels = GENERATE(1, 2, 40, most_assigned_cost + 1);
  auto numbers = oracle("assignments", levels, 1, 2, 3, 5, 9, 15, 16, 17, 25, 31, 33, 48, 49, 63, 64);
  auto next = numbers.begin();
  for (int size : {1, 2, 3, 5, 9, 15, 16, 17, 25, 31, 33, 48, 49, 63, 64}) {
    alignas(64) int32_t costs[most_assigned * most_assigned], given[most_assigned][most_assigned];
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j)
        costs[i * assignment_stride(size) + j] = given[i][j] = static_cast<int32_t>(*next++);
    int32_t row_of_column[most_assigned];
    assign_cheapest(costs, size, row_of_column);
    std::vector<int> taken(static_cast<size_t>(size));
    int64_t sum = 0;
    for (int j = 0; j < size; ++j) {
      ++taken.at(static_cast<size_t>(row_of_column[j]));
      sum += given[row_of_column[j]][j];
    }
    CHECK(std::all_of(taken.begin(), taken.end(), [](int times) { return times == 1; }));
    CHECK(sum == static_cast<int64_t>(*next++));
  }
  CHECK(next == numbers.end());
}

TEST_CASE("smoothed grids are NumPy's") {
  auto [columns, rows, holes] =
      GENERATE(table<int, int, int>({{7, 5, 0}, {7, 5, 3}, {1, 9, 0}, {9, 1, 0}, {300, 3, 299}}));
  auto numbers = oracle("filter", columns, rows, holes, 1, 0.4, 2.75, 3, 40.5);
  auto count = static_cast<size_t>(columns * rows - holes);
  REQUIRE(numbers.size() == 6 * count);
  auto expected = numbers.begin() + static_cast<ptrdiff_t>(count);
  for (double radius : {1.0, 0.4, 2.75, 3.0, 40.5}) {
    // Twice beside each other, as vectors of two values.
    std::vector<float> values, space;
    for (size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>(numbers[i]));
      values.push_back(static_cast<float>(-numbers[i]));
    }
    Task task;
    filter_grid({columns, rows, static_cast<int64_t>(count)}, 2, radius, values, space, task);
    for (size_t i = 0; i < count; ++i) {
      // Running sums of floats of about 1.
      REQUIRE(values[2 * i] == Approx(*expected++).margin(2e-5));
      REQUIRE(values[2 * i + 1] == -values[2 * i]);
    }
  }
}

TEST_CASE("the axes hold the variance of the principal ones") {
  auto [rows, dimension, kept] = GENERATE(table<int, int, int>({{200, 20, 4}, {5000, 40, 10}, {30, 12, 12}}));
  auto numbers = oracle("axes", rows, dimension, kept);
  std::vector<float> values(numbers.begin(), numbers.end() - 1);
  Task task;
  auto along = along_axes({values.data(), rows, dimension}, kept, 1, task);
  REQUIRE(along.dimension == kept);
  double squares = 0;
  for (int64_t k = 0; k < kept; ++k) {
    double sum = 0, own = 0;
    for (int64_t r = 0; r < rows; ++r) {
      auto value = static_cast<double>(along.values[static_cast<size_t>(r * kept + k)]);
      sum += value;
      own += value * value;
    }
    squares += own - sum * sum / rows;
  }
  // Eight iterations and a sample leave some of the last axes' variance out.
  CHECK(squares <= numbers.back() * 1.0001);
  CHECK(squares >= numbers.back() * 0.99);
}

TEST_CASE("sorted colours keep their distances") {
  // The paper reports .93 to .95 for its method and such colours (DPQ16); a random arrangement has about .3, as its
  // nearest neighbours are counted by likeness.
  double sum = 0;
  constexpr int sets = 4;
  for (uint64_t seed = 0; seed < sets; ++seed) {
    auto values = random_values(3072, 100 + seed);
    auto grid = arranged(values, 3, 32);
    auto quality = grid_quality({values.data(), 1024, 3}, grid, 16);
    CHECK(quality > 0.93);
    sum += quality;
    for (size_t i = 0; i < grid.cells.size(); ++i) grid.cells[i] = static_cast<int32_t>(i);
    CHECK(grid_quality({values.data(), 1024, 3}, grid, 16) < 0.6);
  }
  CHECK(sum / sets > 0.94);
}
