// Density clusters against the published definitions written out in NumPy and SciPy (groups_oracle.py), and the tree
// against Prim's algorithm on the complete graph.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <tuple>

#include "arrange/density_clusters.h"
#include "arrange/k_means.h"
#include "arrange/similar_groups.h"
#include "base/threads.h"
#include "unit/arrange/group_tables.h"

using namespace kalon;
using namespace kalon::testing;

TEST_CASE("density clusters are those of the definitions") {
  struct {
    int seed, rows, columns;
    double spread;
    int noise, min_cluster_size, min_samples;
  } cases[] = {{1, 120, 2, 0.3, 30, 5, 5}, {2, 300, 2, 0.15, 40, 8, 3},  {3, 250, 10, 0.4, 60, 10, 10},
               {4, 200, 3, 0.9, 0, 4, 2},  {5, 400, 2, 0.05, 10, 15, 1}, {6, 90, 5, 0.2, 90, 3, 6}};
  for (const auto &[seed, rows, columns, spread, noise, size, samples] : cases) {
    auto made = make_case("hdbscan", seed, rows, columns, spread, noise, size, samples);
    double tree_length = made.numbers.back();
    made.numbers.pop_back();
    Task task;
    Grouping found = density_clusters(made.table.view(), {size, samples}, task);
    INFO("seed " << seed << ", " << found.count << " clusters");
    CHECK(found.count >= 2);
    CHECK(same_partition(found.group, made.numbers));
    double length = 0;
    for (const ReachabilityEdge &edge : reachability_tree(made.table.view(), samples, task).edges)
      length += static_cast<double>(edge.length);
    CHECK(length == Approx(tree_length).epsilon(1e-6));
  }
}

TEST_CASE("the tree of mutual reachability is the shortest") {
  // Prim's algorithm on the complete graph. Clumps far apart and larger than any list, so that the tree must be sought
  // outside the lists: small ones together, large ones alone; and one cloud.
  struct {
    int64_t rows, dimension, centres;
    float spread;
    int64_t min_samples;
  } cases[] = {{1500, 6, 12, 0.1f, 5}, {3000, 14, 2, 0.05f, 4}, {1200, 3, 1, 1.0f, 60},
               {700, 20, 1, 1.0f, 1},  {39, 5, 2, 0.1f, 3},     {2600, 12, 260, 0.01f, 4}};
  for (const auto &[rows, dimension, centres, spread, min_samples] : cases) {
    Table table = random_table(rows, dimension, static_cast<uint64_t>(rows), centres, spread);
    // Some rows are there several times.
    for (int64_t row = 0; row < rows / 10; ++row)
      std::copy_n(table.values.begin() + (row % 7) * dimension, dimension,
                  table.values.begin() + (row * 5 + 30) % rows * dimension);
    std::vector<double> distances(static_cast<size_t>(rows * rows)), core(static_cast<size_t>(rows));
    for (int64_t a = 0; a < rows; ++a) {
      for (int64_t b = 0; b < rows; ++b) {
        double squared = 0;
        for (int64_t d = 0; d < dimension; ++d)
          squared += std::pow(static_cast<double>(table.values[a * dimension + d]) -
                                  static_cast<double>(table.values[b * dimension + d]),
                              2);
        distances[a * rows + b] = std::sqrt(squared);
      }
      std::vector<double> sorted(distances.begin() + a * rows, distances.begin() + (a + 1) * rows);
      std::sort(sorted.begin(), sorted.end());
      core[a] = sorted[min_samples - 1];
    }
    std::vector<double> key(static_cast<size_t>(rows), INFINITY), expected;
    std::vector<bool> inside(key.size());
    key[0] = 0;
    for (int64_t step = 0; step < rows; ++step) {
      int64_t nearest = -1;
      for (int64_t i = 0; i < rows; ++i)
        if (!inside[i] && (nearest < 0 || key[i] < key[nearest])) nearest = i;
      inside[nearest] = true;
      if (step > 0) expected.push_back(key[nearest]);
      for (int64_t i = 0; i < rows; ++i)
        key[i] = std::min(key[i], std::max({core[nearest], core[i], distances[nearest * rows + i]}));
    }
    std::sort(expected.begin(), expected.end());

    Task task;
    ReachabilityTree tree = reachability_tree(table.view(), min_samples, task);
    REQUIRE(tree.edges.size() == expected.size());
    // All shortest trees of a graph have the same lengths.
    int64_t different = 0;
    for (size_t i = 0; i < expected.size(); ++i)
      different += std::abs(static_cast<double>(tree.edges[i].length) - expected[i]) > 1e-6 * expected[i] ? 1 : 0;
    INFO(rows << " rows in " << centres);
    CHECK(different == 0);
    for (int64_t row = 0; row < rows; ++row)
      if (std::abs(static_cast<double>(tree.core[row]) - core[row]) > 1e-6 * core[row]) FAIL("core of row " << row);
  }
}

TEST_CASE("the tree and its clusters do not depend on the number of threads") {
  Table table = random_table(3000, 14, 21, 20, 0.2f);
  int before = thread_budget();
  auto with = [&](int threads) {
    set_thread_budget(threads);
    Task task;
    ReachabilityTree tree = reachability_tree(table.view(), 6, task);
    std::vector<std::tuple<int32_t, int32_t, float>> edges;
    for (const ReachabilityEdge &edge : tree.edges) edges.emplace_back(edge.a, edge.b, edge.length);
    return std::pair(edges, clusters_of_tree(tree, 10).group);
  };
  auto alone = with(1);
  for (int threads : {2, 5}) CHECK((with(threads) == alone));
  set_thread_budget(before);
}

TEST_CASE("density clusters of few, equal and evenly spread rows") {
  Task task;
  for (int64_t rows : {0, 1, 4}) CHECK(density_clusters(random_table(rows, 3, 1).view(), {5}, task).count == 0);
  Table equal{50, 4, std::vector<float>(200, 0.5f)};
  CHECK(density_clusters(equal.view(), {5}, task).count == 1);
  // Two piles of equal rows and one apart: no length is shorter than nothing.
  Table piles{41, 1, std::vector<float>(41)};
  for (int i = 0; i < 41; ++i) piles.values[i] = i == 40 ? 1000.0f : static_cast<float>(i % 2);
  Grouping found = density_clusters(piles.view(), {5}, task);
  CHECK(found.count == 2);
  CHECK(found.group[40] == no_group);
  CHECK(found.group[1] != found.group[0]);
  // Every step is the same: the line falls apart at once.
  Table line{100, 1, std::vector<float>(100)};
  std::iota(line.values.begin(), line.values.end(), 0.0f);
  CHECK(density_clusters(line.view(), {5}, task).count == 0);
  CHECK(refuses([&] { density_clusters(line.view(), {1}, task); }));
  CHECK(refuses([&] { reachability_tree(line.view(), 0, task); }));
  line.values[7] = NAN;
  CHECK(refuses([&] { density_clusters(line.view(), {5}, task); }, "row 7 "));
}

TEST_CASE("cancelled grouping stops") {
  Table table = unit_table(400, 12, 12);
  Task task;
  task.cancel();
  auto stopped = [&](auto work) {
    try {
      work();
    } catch (const Error &error) {
      return error.status() == Status::cancelled;
    }
    return false;
  };
  CHECK(stopped([&] { similar_groups(table.view(), {}, task); }));
  CHECK(stopped([&] { k_means(table.view(), {}, task); }));
  CHECK(stopped([&] { density_clusters(table.view(), {}, task); }));
}
