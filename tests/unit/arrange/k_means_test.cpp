// k-means against scikit-learn on its digits (groups_oracle.py), on clusters that are known, and its own promises.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "arrange/k_means.h"
#include "base/threads.h"
#include "unit/arrange/group_tables.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

double inertia_of(const Table &table, const Grouping &grouping) {
  double inertia = 0;
  for (const auto &rows : members_of(grouping)) {
    std::vector<double> mean(static_cast<size_t>(table.dimension));
    for (int32_t row : rows)
      for (int64_t d = 0; d < table.dimension; ++d)
        mean[d] += static_cast<double>(table.view().row(row)[d]) / static_cast<double>(rows.size());
    for (int32_t row : rows)
      for (int64_t d = 0; d < table.dimension; ++d)
        inertia += std::pow(static_cast<double>(table.view().row(row)[d]) - mean[d], 2);
  }
  return inertia;
}

}  // namespace

TEST_CASE("k-means is as good as scikit-learn's on its digits") {
  for (int clusters : {10, 60}) {
    auto made = make_case("k_means", clusters);
    for (int64_t batch : {4096, 256}) {  // passes over all rows from three starts; mini-batches first
      KMeansOptions options;
      options.clusters = clusters;
      options.batch = batch;
      Task task;
      KMeans found = k_means(made.table.view(), options, task);
      double inertia = inertia_of(made.table, found.grouping);
      INFO(clusters << " clusters, batches of " << batch << ": " << inertia << ", scikit-learn " << made.numbers[0]
                    << " and in mini-batches " << made.numbers[1]);
      CHECK(found.grouping.count == clusters);
      // Local optima of different starts on these data lie about 1 % apart.
      CHECK(inertia <= made.numbers[0] * 1.01);
      CHECK(inertia <= made.numbers[1]);
      // The centres given are nearly those of the last pass.
      CHECK(found.inertia == Approx(inertia).epsilon(1e-3));
    }
  }
}

TEST_CASE("k-means finds clusters that lie apart, spherical or not") {
  for (bool spherical : {false, true}) {
    Table table = spherical ? unit_table(900, 16, 5, 9, 0.2f) : random_table(900, 16, 5, 9, 0.2f);
    KMeansOptions options;
    options.clusters = 9;
    options.spherical = spherical;
    options.batch = spherical ? 64 : 4096;
    Task task;
    KMeans found = k_means(table.view(), options, task);
    std::vector<int> expected(900);
    for (int i = 0; i < 900; ++i) expected[i] = i % 9;
    CHECK(same_partition(found.grouping.group, expected));
    if (!spherical) continue;
    for (int64_t c = 0; c < 9; ++c) {
      double squared = 0;
      for (int64_t d = 0; d < 16; ++d) squared += std::pow(static_cast<double>(found.centres[c * 16 + d]), 2);
      CHECK(squared == Approx(1));
    }
  }
}

TEST_CASE("every row is with its nearest centre, and no cluster is empty") {
  // Many more clusters than clumps, so that some empty on the way.
  Table table = random_table(600, 3, 6, 4, 0.01f);
  for (int64_t clusters : {1, 2, 40, 300, 599}) {
    KMeansOptions options;
    options.clusters = clusters;
    Task task;
    KMeans found = k_means(table.view(), options, task);
    CHECK(found.grouping.count == clusters);
    int64_t wrong = 0;
    for (int64_t row = 0; row < 600; ++row) {
      double own = 0, least = INFINITY;
      for (int64_t c = 0; c < clusters; ++c) {
        double squared = 0;
        for (int64_t d = 0; d < 3; ++d)
          squared += std::pow(static_cast<double>(table.values[row * 3 + d] - found.centres[c * 3 + d]), 2);
        least = std::min(least, squared);
        if (found.grouping.group[row] == c) own = squared;
      }
      wrong += own > least * (1 + 1e-5) ? 1 : 0;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("k-means of equal rows, of as many clusters as rows, and of sizes near the ends of float") {
  Task task;
  KMeansOptions options;
  options.clusters = 3;
  Table equal{50, 4, std::vector<float>(200, 0.5f)};
  KMeans found = k_means(equal.view(), options, task);
  CHECK(found.grouping.count == 1);
  CHECK(found.inertia == 0);
  Table two = equal;
  two.values[21] = 9;
  CHECK(k_means(two.view(), options, task).grouping.count == 2);
  Table line{6, 1, {5, 1, 2, 3, 4, 0}};
  options.clusters = 6;
  CHECK(k_means(line.view(), options, task).grouping.count == 6);
  for (float factor : {1e-30f, 1e30f}) {
    Table table = random_table(300, 4, 7, 5, 0.1f);
    for (float &value : table.values) value *= factor;
    options.clusters = 5;
    Grouping grouping = k_means(table.view(), options, task).grouping;
    std::vector<int> expected(300);
    for (int i = 0; i < 300; ++i) expected[i] = i % 5;
    CHECK(same_partition(grouping.group, expected));
  }
}

TEST_CASE("k-means tells rows apart whose squared distances vanish in float") {
  // 1e-30 squared is nothing in float; the five values are distinct all the same.
  Table table{6, 2, {1, 0, 1, 1e-30f, 1, 2e-30f, 0, 0, 0, 1e-30f, 0, 0}};
  for (int64_t clusters : {2, 3, 4}) {
    KMeansOptions options;
    options.clusters = clusters;
    Task task;
    Grouping grouping = k_means(table.view(), options, task).grouping;
    CHECK(grouping.count == clusters);
    CHECK(grouping.group[3] == grouping.group[5]);
    if (clusters == 2) CHECK(same_partition(grouping.group, std::vector<int>{0, 0, 0, 1, 1, 1}));
  }
}

TEST_CASE("the same seed gives the same clusters with one thread and with several") {
  Table table = random_table(5000, 20, 8, 30, 1.5f);
  KMeansOptions options;
  options.clusters = 25;
  options.batch = 500;
  auto run = [&](int threads) {
    set_thread_budget(threads);
    Task task;
    return k_means(table.view(), options, task);
  };
  int before = thread_budget();
  KMeans one = run(1), three = run(3);
  set_thread_budget(before);
  CHECK(one.grouping.group == three.grouping.group);
  CHECK(one.centres == three.centres);
  options.seed = 2;
  CHECK(run(before).grouping.group != one.grouping.group);
}

TEST_CASE("k-means refuses what makes no sense") {
  Table table = random_table(10, 3, 9);
  Task task;
  KMeansOptions options;
  options.clusters = 11;
  CHECK(refuses([&] { k_means(table.view(), options, task); }, "11 clusters of 10"));
  options.clusters = 0;
  CHECK(refuses([&] { k_means(table.view(), options, task); }));
  options.clusters = 2;
  table.values[13] = INFINITY;
  CHECK(refuses([&] { k_means(table.view(), options, task); }, "row 4 "));
  Table none;
  options.clusters = 1;
  CHECK(refuses([&] { k_means(none.view(), options, task); }));
}
