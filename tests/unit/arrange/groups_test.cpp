// Groups against SciPy, scikit-learn and the published definitions written out in NumPy (groups_oracle.py), against
// brute force, and on cases that anyone can check by hand.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <sstream>

#include "arrange/bursts.h"
#include "arrange/density_clusters.h"
#include "arrange/k_means.h"
#include "arrange/similar_groups.h"
#include "base/threads.h"

using namespace kalon;

namespace {

struct Table {
  int64_t rows = 0, dimension = 0;
  std::vector<float> values;
  MatrixView view() const { return {values.data(), rows, dimension}; }
};

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

Table random_table(int64_t rows, int64_t dimension, uint64_t seed, int64_t centres = 1, float spread = 1) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> middle(static_cast<size_t>(centres * dimension));
  for (float &value : middle) value = centres == 1 ? 0 : 3 * normal(generator);
  Table table{rows, dimension, {}};
  for (int64_t i = 0; i < rows * dimension; ++i)
    table.values.push_back(middle[i / dimension % centres * dimension + i % dimension] + spread * normal(generator));
  return table;
}

Table unit_table(int64_t rows, int64_t dimension, uint64_t seed, int64_t centres = 1, float spread = 1) {
  Table table = random_table(rows, dimension, seed, centres, spread);
  Task task;
  make_unit_rows(table.values, dimension, task);
  return table;
}

double cosine(const Table &table, int64_t a, int64_t b) {
  double product = 0, x = 0, y = 0;
  for (int64_t d = 0; d < table.dimension; ++d) {
    auto p = static_cast<double>(table.view().row(a)[d]), q = static_cast<double>(table.view().row(b)[d]);
    product += p * q;
    x += p * p;
    y += q * q;
  }
  return product / std::sqrt(x * y);
}

double least_cosine(const Table &table, const std::vector<int32_t> &rows) {
  double least = 1;
  for (int32_t a : rows)
    for (int32_t b : rows)
      if (a != b) least = std::min(least, cosine(table, a, b));
  return least;
}

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

}  // namespace

TEST_CASE("similar groups are SciPy's complete linkage cut at the level") {
  struct {
    int seed, rows, columns;
    double spread, level;
  } cases[] = {{1, 60, 3, 0.5, 0.9},
               {2, 200, 8, 0.4, 0.85},
               {3, 300, 24, 0.35, 0.8},
               {4, 250, 2, 0.9, 0.99},
               {5, 150, 6, 0.8, 0.3}};
  for (const auto &[seed, rows, columns, spread, level] : cases) {
    auto made = make_case("complete_linkage", seed, rows, columns, spread, level);
    std::vector<double> labels(made.numbers.begin(), made.numbers.begin() + rows);
    Task task;
    Grouping grouping = similar_groups(made.table.view(), {level}, task);
    // SciPy numbers single rows too.
    std::map<double, int> size;
    for (double label : labels) ++size[label];
    std::vector<int> expected(labels.size());
    std::transform(labels.begin(), labels.end(), expected.begin(),
                   [&](double label) { return size[label] > 1 ? static_cast<int>(label) : -1; });
    INFO("seed " << seed);
    CHECK(same_partition(grouping.group, expected));
    CHECK(grouping.count > 5);

    auto groups = members_of(grouping);
    auto figures = group_figures(made.table.view(), groups, task);
    for (size_t g = 0; g < groups.size(); ++g) {
      auto at = static_cast<size_t>(rows + 2 * (expected[groups[g].front()] - 1));
      // Float vectors carry a cosine to about 1e-7.
      CHECK(figures[g].least_similarity == Approx(made.numbers[at]).margin(1e-6).epsilon(0));
      // The two of a pair are each other's equals; the first counts.
      if (groups[g].size() > 2) CHECK(figures[g].medoid == static_cast<int32_t>(made.numbers[at + 1]));
    }
  }
}

TEST_CASE("similarity does not chain") {
  // A fan of directions five degrees apart: neighbours are alike (cos 5° = .996), the ends are not.
  Table fan{19, 2, {}};
  for (int i = 0; i < 19; ++i)
    for (double part : {std::cos(i * M_PI / 36), std::sin(i * M_PI / 36)})
      fan.values.push_back(static_cast<float>(part));
  Task task;
  auto groups = members_of(similar_groups(fan.view(), {0.99}, task));
  // cos 8.1° = .99: no group can hold three of them.
  CHECK(groups.size() == 9);
  for (const auto &rows : groups) CHECK(rows.size() == 2);
}

TEST_CASE("groups keep their promise where lists of neighbours are cut short") {
  // Ten clouds of two hundred, all alike within a cloud, and room for six neighbours each.
  Table table = unit_table(2000, 12, 3, 10, 0.3f);
  Task task;
  Grouping whole = similar_groups(table.view(), {0.8}, task), cut = similar_groups(table.view(), {0.8, 12000}, task);
  int64_t in_whole = 0, in_cut = 0;
  for (const auto &rows : members_of(whole)) in_whole += static_cast<int64_t>(rows.size());
  for (const auto &rows : members_of(cut)) {
    in_cut += static_cast<int64_t>(rows.size());
    CHECK(least_cosine(table, rows) >= 0.8 - 1e-6);
    for (int32_t row : rows) CHECK(row % 10 == rows.front() % 10);
  }
  CHECK(cut.count <= whole.count + whole.count / 4);
  CHECK(in_cut >= in_whole * 95 / 100);
  // Greater than the longest one by one comparison: the products agree with brute force.
  auto groups = members_of(cut);
  auto figures = group_figures(table.view(), groups, task);
  auto largest =
      std::max_element(groups.begin(), groups.end(), [](const auto &a, const auto &b) { return a.size() < b.size(); });
  REQUIRE(largest->size() > 64);
  CHECK(figures[largest - groups.begin()].least_similarity ==
        Approx(least_cosine(table, *largest)).margin(1e-6).epsilon(0));
}

TEST_CASE("equal rows, rows of zeros and few rows") {
  Task task;
  Table table{7, 3, {1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, -0.0f, 1, 0, 0, 0, 1}};
  Grouping grouping = similar_groups(table.view(), {0.9}, task);
  CHECK(grouping.group == std::vector<int32_t>{0, 1, 0, 2, 1, 2, no_group});
  // A level of 0 joins what is at right angles, but not a row of zeros.
  CHECK(similar_groups(table.view(), {0}, task).group == std::vector<int32_t>{0, 1, 0, 0, 1, 0, 0});
  auto figures = group_figures(table.view(), {{0, 2}, {0, 1, 3}, {1, 4}, {6}}, task);
  CHECK(figures[0].least_similarity == 1);
  CHECK(figures[1].least_similarity == Approx(0).margin(1e-6));
  CHECK(figures[2].least_similarity == 1);
  CHECK(figures[3].least_similarity == 1);
  CHECK(figures[3].medoid == 6);
  for (int64_t rows : {0, 1, 2}) {
    Table few{rows, 3, std::vector<float>(static_cast<size_t>(rows * 3), 1.0f)};
    CHECK(similar_groups(few.view(), {0.9}, task).count == (rows == 2 ? 1 : 0));
  }
  Table equal{5000, 40, std::vector<float>(200000, 0.5f)};
  make_unit_rows(equal.values, 40, task);
  CHECK(similar_groups(equal.view(), {1}, task).count == 1);
  CHECK(group_figures(equal.view(), members_of(similar_groups(equal.view(), {1}, task)), task)[0].least_similarity ==
        1);
}

TEST_CASE("rows are brought to unit length, whatever their size") {
  Task task;
  Table table{3, 2, {3e30f, 4e30f, 3e-30f, -4e-30f, 0, 0}};
  make_unit_rows(table.values, 2, task);
  CHECK(table.values[0] == Approx(0.6));
  CHECK(table.values[1] == Approx(0.8));
  CHECK(table.values[2] == Approx(0.6));
  CHECK(table.values[3] == Approx(-0.8));
  CHECK(table.values[4] == 0);
  table.values[1] = NAN;
  CHECK(refuses([&] { make_unit_rows(table.values, 2, task); }, "row 0 "));
}

TEST_CASE("spread rows lie far from each other") {
  Table fan{7, 2, {}};
  for (double degrees : {0, 1, 2, 45, 88, 89, 90})
    for (double part : {std::cos(degrees * M_PI / 180), std::sin(degrees * M_PI / 180)})
      fan.values.push_back(static_cast<float>(part));
  std::vector<int32_t> rows(7);
  std::iota(rows.begin(), rows.end(), 0);
  Task task;
  CHECK(spread_rows(fan.view(), rows, 0, 3, task) == std::vector<int32_t>{0, 6, 3});
  auto all = spread_rows(fan.view(), rows, 2, 100, task);
  CHECK(std::set<int32_t>(all.begin(), all.end()).size() == 7);
  CHECK(spread_rows(fan.view(), rows, 2, 0, task).empty());
}

TEST_CASE("bursts by gap, camera, length and similarity") {
  // Rows 0, 1: alike (cos 10°); row 2: at right angles to 0.
  Table table{3, 2, {1, 0, 0.98480775f, 0.17364818f, 0, 1}};
  auto second = [](double s) { return static_cast<int64_t>(s * 1e6); };
  auto bursts = [&](std::vector<Shot> shots, BurstOptions options) {
    Task task;
    return find_bursts(shots, table.view(), options, task).group;
  };
  using Groups = std::vector<int32_t>;
  // A gap counts from shot to shot, to the microsecond, in whatever order shots are given.
  std::vector<Shot> shots{{second(12), 0, 0}, {second(10), 0, 1}, {second(14.000001), 0, 0}, {second(16), 0, 1}};
  CHECK(bursts(shots, {2}) == Groups{0, 0, 1, 1});
  CHECK(bursts(shots, {2.000001}) == Groups{0, 0, 0, 0});
  CHECK(bursts(shots, {1}) == Groups{-1, -1, -1, -1});
  CHECK(bursts(shots, {3, 0.8, 5}) == Groups{0, 0, 0, -1});
  CHECK(bursts(shots, {3, 0.8, 3.9}) == Groups{0, 0, 1, 1});
  // Two cameras at once are two bursts; the unknown camera is one of its own.
  CHECK(bursts({{0, 0, 0}, {second(.5), 1, 0}, {second(1), 0, 0}, {second(1.5), 1, 0}, {second(1), -1, 0}}, {2}) ==
        Groups{0, 1, 0, 1, -1});
  // A spoilt shot does not cut a burst; two scenes in turn are two bursts; by time alone they are one.
  CHECK(bursts({{0, 0, 0}, {second(1), 0, 2}, {second(2), 0, 1}}, {2}) == Groups{0, -1, 0});
  std::vector<Shot> turns{{0, 0, 0}, {second(1), 0, 2}, {second(2), 0, 1}, {second(3), 0, 2}};
  CHECK(bursts(turns, {2}) == Groups{0, 1, 0, 1});
  CHECK(bursts(turns, {2, 0}) == Groups{0, 0, 0, 0});
  CHECK(bursts(turns, {2, 0.99}) == Groups{-1, 0, -1, 0});
  // Years 1 to 9999.
  CHECK(bursts({{-62135596800000000, 0, 0}, {253402300799000000, 0, 0}}, {86400}) == Groups{-1, -1});
  CHECK(bursts({}, {}).empty());
  CHECK(bursts({{0, 0, 0}}, {}) == Groups{-1});
  // The gap of nothing: only shots of one moment.
  CHECK(bursts({{5, 0, 0}, {5, 0, 1}, {6, 0, 1}}, {0}) == Groups{0, 0, -1});
}

TEST_CASE("bursts refuse what makes no sense") {
  Table table{1, 2, {1, 0}};
  Task task;
  for (BurstOptions options : {BurstOptions{-1}, BurstOptions{NAN}, BurstOptions{2, 1.5}, BurstOptions{2, 0.8, -1}})
    CHECK(refuses([&] { find_bursts({}, table.view(), options, task); }));
}

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
    for (const TreeEdge &edge : reachability_tree(made.table.view(), samples, task).edges)
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
