// Against brute force in long double, which shares no code with the room.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "base/threads.h"
#include "index/distance.h"
#include "index/equal_rows.h"
#include "index/neighbours.h"
#include "index/search.h"

using namespace kalon;

namespace {

struct Table {
  int64_t rows, dimension;
  std::vector<float> values;
  MatrixView view() const { return {values.data(), rows, dimension}; }
};

Table random_table(int64_t rows, int64_t dimension, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  Table table{rows, dimension, std::vector<float>(static_cast<size_t>(rows * dimension))};
  for (float &value : table.values) value = normal(generator);
  return table;
}

// Clusters of radius `spread` around `centres` random points.
Table clustered_table(int64_t rows, int64_t dimension, int64_t centres, float spread, uint64_t seed) {
  Table middle = random_table(centres, dimension, seed), table = random_table(rows, dimension, seed + 1);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t d = 0; d < dimension; ++d) {
      float &value = table.values[row * dimension + d];
      value = middle.values[(row % centres) * dimension + d] + spread * value;
    }
  return table;
}

long double true_distance(const float *a, const float *b, int64_t dimension) {
  long double sum = 0;
  for (int64_t d = 0; d < dimension; ++d) {
    long double difference = static_cast<long double>(a[d]) - static_cast<long double>(b[d]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

// Distances are exact to rounding (half a unit in the last place of float, plus a rounding that falls the other way);
// the i-th one must be the i-th smallest of all true ones; order is by (distance, row). `others`: without the row
// itself.
void check_exact(const Table &base, const Table &queries, const Neighbours &found, int64_t k, bool others) {
  int64_t available = base.rows - (others ? 1 : 0);
  REQUIRE(found.k == std::min(k, available));
  REQUIRE(static_cast<int64_t>(found.rows.size()) == queries.rows * found.k);
  REQUIRE(found.distances.size() == found.rows.size());
  int64_t failures = 0;
  for (int64_t q = 0; q < queries.rows; ++q) {
    const float *query = queries.view().row(q);
    std::vector<long double> all;
    for (int64_t row = 0; row < base.rows; ++row)
      if (!others || row != q) all.push_back(true_distance(query, base.view().row(row), base.dimension));
    std::sort(all.begin(), all.end());
    std::vector<int32_t> seen;
    for (int64_t i = 0; i < found.k; ++i) {
      int32_t row = found.rows[q * found.k + i];
      float distance = found.distances[q * found.k + i];
      bool valid = row >= 0 && row < base.rows && !(others && row == q);
      failures += valid ? 0 : 1;
      if (!valid) continue;
      long double truth = true_distance(query, base.view().row(row), base.dimension);
      long double tolerance = 1.2e-7L * truth + 1e-37L;
      failures += std::abs(static_cast<long double>(distance) - truth) <= tolerance ? 0 : 1;
      failures += std::abs(truth - all[i]) <= tolerance ? 0 : 1;
      if (i > 0) {
        std::pair<float, int32_t> before{found.distances[q * found.k + i - 1], found.rows[q * found.k + i - 1]};
        failures += before < std::pair{distance, row} ? 0 : 1;
      }
    }
  }
  CHECK(failures == 0);
}

void check_others(const Table &table, int64_t k) {
  Task task;
  Neighbours found = nearest_others(table.view(), static_cast<int>(k), task);
  check_exact(table, table, found, k, true);
}

// The three searches themselves, whatever neighbours.cpp would choose.
void check_searches_agree(const Table &table, int64_t k, bool with_tree) {
  Task task;
  RowGroups groups = group_equal_rows(table.view(), task);
  Subset subset{table.view(), groups.representative};
  k = std::min(k, subset.size());
  Neighbours scanned = scan_search(subset, subset, k, task), produced = product_search(subset, subset, k, task);
  CHECK(scanned.rows == produced.rows);
  CHECK(scanned.distances == produced.distances);
  if (!with_tree) return;
  Neighbours walked = tree_search(subset, subset, k, task);
  CHECK(scanned.rows == walked.rows);
  CHECK(scanned.distances == walked.distances);
}

}  // namespace

TEST_CASE("neighbours are exact in every dimension") {
  for (int64_t dimension : {1, 2, 3, 10, 11, 64, 192, 1280}) {
    INFO("dimension " << dimension);
    check_others(random_table(700, dimension, 1), 10);
    check_others(clustered_table(700, dimension, 12, 0.05f, 2), 10);
  }
}

TEST_CASE("products, trees and scans give the same answer to the bit") {
  check_searches_agree(random_table(1500, 8, 3), 12, true);
  check_searches_agree(clustered_table(1500, 10, 5, 1e-3f, 4), 12, true);
  check_searches_agree(random_table(3000, 70, 5), 17, false);
  check_searches_agree(clustered_table(3000, 33, 40, 0.3f, 6), 5, false);
}

TEST_CASE("near-duplicates that bf16 cannot tell apart are told apart") {
  // 1e-4 of the distance between clusters, where bf16 keeps 1/256 of a value.
  check_searches_agree(clustered_table(2000, 128, 2, 1e-4f, 7), 10, false);
  check_others(clustered_table(600, 128, 2, 1e-4f, 8), 10);
}

TEST_CASE("a large common offset costs no accuracy") {
  Table table = random_table(800, 96, 9);
  for (float &value : table.values) value += 1000.0f;
  check_others(table, 10);
  // One vector far away widens every bound, and changes no answer.
  for (int64_t d = 0; d < table.dimension; ++d) table.values[d] = 1e7f;
  check_others(table, 10);
  check_searches_agree(table, 10, false);
}

TEST_CASE("sizes of values near the ends of float") {
  Table table = random_table(400, 48, 10);
  Table large = table, small = table;
  for (float &value : large.values) value *= 1e36f;
  for (float &value : small.values) value *= 1e-30f;
  check_others(large, 5);
  check_others(small, 5);
}

TEST_CASE("equal rows come by row number") {
  for (int64_t dimension : {3, 40}) {
    INFO("dimension " << dimension);
    Table table = random_table(900, dimension, 11);
    // Rows 0, 3, 6 ... are one vector, rows 1, 4, 7 ... repeat ten vectors, the others differ.
    for (int64_t row = 0; row < table.rows; ++row) {
      int64_t source = row % 3 == 0 ? 0 : row % 3 == 1 ? 1 + 3 * (row / 3 % 10) : row;
      for (int64_t d = 0; d < dimension; ++d) table.values[row * dimension + d] = table.values[source * dimension + d];
    }
    check_others(table, 10);
    check_others(table, 400);
    Task task;
    Neighbours found = nearest_others(table.view(), 4, task);
    CHECK(std::vector<int32_t>(found.rows.begin(), found.rows.begin() + 4) == std::vector<int32_t>{3, 6, 9, 12});
    CHECK(std::vector<int32_t>(found.rows.begin() + 12, found.rows.begin() + 16) == std::vector<int32_t>{0, 6, 9, 12});
  }
}

TEST_CASE("grids, where many distances are equal") {
  for (int64_t dimension : {2, 12}) {
    Table table{625, dimension, std::vector<float>(static_cast<size_t>(625 * dimension))};
    for (int64_t row = 0; row < 625; ++row) {
      table.values[row * dimension] = static_cast<float>(row % 25);
      table.values[row * dimension + 1] = static_cast<float>(row / 25);
    }
    check_others(table, 7);
    Task task;
    Neighbours found = nearest_others(table.view(), 4, task);
    // Row 312 is the middle of the grid.
    CHECK(std::vector<int32_t>(found.rows.begin() + 4 * 312, found.rows.begin() + 4 * 313) ==
          std::vector<int32_t>{287, 311, 313, 337});
  }
}

TEST_CASE("minus zero is zero") {
  Table table{3, 2, {0.0f, 1.0f, -0.0f, 1.0f, 5.0f, 1.0f}};
  Task task;
  RowGroups groups = group_equal_rows(table.view(), task);
  CHECK(groups.size() == 2);
  CHECK(groups.group == std::vector<int32_t>{0, 0, 1});
}

TEST_CASE("queries that are not in the base, and more neighbours than rows") {
  Task task;
  for (int64_t dimension : {2, 5, 64, 200}) {
    Table base = random_table(300, dimension, 12), queries = random_table(150, dimension, 13);
    check_exact(base, queries, nearest(base.view(), queries.view(), 9, task), 9, false);
    check_exact(base, queries, nearest(base.view(), queries.view(), 1000, task), 1000, false);
    Table one{1, dimension, {queries.values.begin(), queries.values.begin() + dimension}};
    check_exact(base, one, nearest(base.view(), one.view(), 9, task), 9, false);
  }
}

TEST_CASE("few rows") {
  Task task;
  Table none{0, 16, {}}, one = random_table(1, 16, 14), two = random_table(2, 16, 15);
  CHECK(nearest_others(none.view(), 10, task).k == 0);
  CHECK(nearest_others(one.view(), 10, task).k == 0);
  CHECK(nearest_others(one.view(), 10, task).rows.empty());
  Neighbours pair = nearest_others(two.view(), 10, task);
  CHECK(pair.k == 1);
  CHECK(pair.rows == std::vector<int32_t>{1, 0});
  CHECK(nearest(none.view(), two.view(), 3, task).k == 0);
  CHECK(nearest(two.view(), none.view(), 3, task).rows.empty());
  CHECK(nearest(two.view(), one.view(), 0, task).k == 0);
  check_exact(two, one, nearest(two.view(), one.view(), 3, task), 3, false);
}

TEST_CASE("the number of threads does not change the result") {
  Table table = clustered_table(2500, 40, 30, 0.2f, 16);
  Task task;
  int threads = thread_budget();
  set_thread_budget(1);
  Neighbours alone = nearest_others(table.view(), 10, task);
  set_thread_budget(2);
  Neighbours together = nearest_others(table.view(), 10, task);
  set_thread_budget(threads);
  CHECK(alone.rows == together.rows);
  CHECK(alone.distances == together.distances);
}

TEST_CASE("neighbours among listed rows are places in the list") {
  Table table = random_table(1200, 30, 17);
  std::vector<int32_t> rows;
  Table part{0, 30, {}};
  for (int32_t row = 5; row < 1200; row += 3) {
    rows.push_back(row);
    part.values.insert(part.values.end(), table.view().row(row), table.view().row(row) + 30);
    ++part.rows;
  }
  Task task;
  check_exact(part, part, nearest_others_among(table.view(), rows, 6, task), 6, true);
}

TEST_CASE("values that are not finite name their row") {
  Task task;
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    Table table = random_table(3000, 20, 18);
    table.values[2222 * 20 + 19] = bad;
    table.values[2900 * 20] = bad;
    try {
      nearest_others(table.view(), 5, task);
      FAIL("accepted");
    } catch (const Error &error) {
      CHECK(error.status() == Status::invalid_argument);
      CHECK(error.message().find("row 2222 ") != std::string::npos);
    }
    Table good = random_table(10, 20, 19);
    CHECK_THROWS_AS(nearest(good.view(), table.view(), 5, task), Error);
  }
  Table table = random_table(10, 20, 20), other = random_table(10, 21, 21);
  CHECK_THROWS_AS(nearest(table.view(), other.view(), 5, task), Error);
  CHECK_THROWS_AS(nearest_others({nullptr, 5, 3}, 1, task), Error);
}

TEST_CASE("a cancelled search stops") {
  for (int64_t dimension : {3, 200}) {
    Table table = random_table(2000, dimension, 22);
    Task task;
    task.cancel();
    try {
      nearest_others(table.view(), 10, task);
      FAIL("not stopped");
    } catch (const Error &error) {
      CHECK(error.status() == Status::cancelled);
    }
  }
}

TEST_CASE("progress reaches its total") {
  Table table = random_table(2000, 50, 23);
  Task task;
  nearest_others(table.view(), 10, task);
  CHECK(task.total() == 2000);
  CHECK(task.done() == 2000);
}

TEST_CASE("distances of single vectors") {
  for (int64_t dimension : {0, 1, 15, 16, 17, 64, 100, 1283}) {
    Table table = random_table(2, dimension, 24);
    long double truth = true_distance(table.view().row(0), table.view().row(1), dimension);
    double squared = squared_distance(table.view().row(0), table.view().row(1), dimension);
    CHECK(squared == Approx(static_cast<double>(truth * truth)).epsilon(1e-14));
    // 20 partial sums of float at most: 1e-6 is ample.
    CHECK(fast_distance(table.view().row(0), table.view().row(1), dimension) ==
          Approx(static_cast<double>(truth)).epsilon(1e-6));
  }
  CHECK(rounded_distance(1e300) == std::numeric_limits<float>::max());
  CHECK(rounded_distance(4) == 2.0f);
}
