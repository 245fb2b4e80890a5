// Similar groups and the figures of groups, against SciPy and NumPy (groups_oracle.py), brute force, and by hand.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "arrange/similar_groups.h"
#include "base/threads.h"
#include "unit/arrange/group_tables.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

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

TEST_CASE("similar groups do not depend on the number of threads") {
  Table table = unit_table(3000, 12, 5, 40, 0.5f);
  int before = thread_budget();
  auto with = [&](int threads, int64_t most_links) {
    set_thread_budget(threads);
    Task task;
    return similar_groups(table.view(), {0.85, most_links}, task).group;
  };
  for (int64_t most_links : {8'000'000, 9000}) {
    auto alone = with(1, most_links);
    for (int threads : {2, 5}) CHECK((with(threads, most_links) == alone));
  }
  set_thread_budget(before);
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
