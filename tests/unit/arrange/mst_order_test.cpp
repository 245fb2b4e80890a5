// Against Prim's tree over all pairs, a recursive walk, and the image sorter's own case.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "arrange/mst_order.h"
#include "arrange/spanning_tree.h"
#include "order_tables.h"

using namespace kalon;
using tables::Table;

namespace {

Order along_tree(const Table &table, const TreeOrderOptions &options = {}) {
  Task task;
  return order_along_tree(table.view(), options, task);
}

std::vector<TreeEdge> tree_of(const Table &table, int neighbours) {
  Task task;
  std::vector<int32_t> rows(static_cast<size_t>(table.rows));
  std::iota(rows.begin(), rows.end(), 0);
  return spanning_tree(table.view(), rows, neighbours, task);
}

bool spans(const std::vector<TreeEdge> &tree, int64_t rows) {
  std::vector<int32_t> parent(static_cast<size_t>(rows));
  std::iota(parent.begin(), parent.end(), 0);
  std::function<int32_t(int32_t)> root = [&](int32_t i) { return parent[i] == i ? i : root(parent[i]); };
  for (auto [a, b] : tree) {
    if (root(a) == root(b)) return false;
    parent[root(a)] = root(b);
  }
  return static_cast<int64_t>(tree.size()) == rows - 1;
}

double length_of(const Table &table, const std::vector<TreeEdge> &tree) {
  double length = 0;
  for (auto [a, b] : tree) length += tables::distance(table, a, b);
  return length;
}

double exact_length(const Table &table) {
  auto lengths = tables::spanning_tree_lengths(table);
  return std::accumulate(lengths.begin(), lengths.end(), 0.0);
}

}  // namespace

TEST_CASE("the image sorter's case") {
  // Computed with that system: squared edges of the tree sum to 55, the order is this one, 19 long.
  Table table{7, 1, {4, 0, 1, 9, 2, 7, 15}};
  double squares = 0;
  for (auto [a, b] : tree_of(table, 6)) squares += std::pow(tables::distance(table, a, b), 2);
  CHECK(squares == 55);
  Order order = along_tree(table);
  CHECK(order.sequence == std::vector<int32_t>{0, 4, 2, 1, 5, 3, 6});
  CHECK(order.length == 19);
  CHECK(order.steps == std::vector<double>{2, 1, 1, 7, 2, 6});
  CHECK(order.mean_step == Approx(19.0 / 6));
}

TEST_CASE("with all neighbours the tree is the shortest of all") {
  for (const Table &table :
       {tables::random(300, 5, 1), tables::clustered(400, 30, 20, 0.1f, 2), tables::lattice(17, 3)}) {
    auto tree = tree_of(table, static_cast<int>(table.rows) - 1);
    CHECK(spans(tree, table.rows));
    CHECK(length_of(table, tree) == Approx(exact_length(table)).epsilon(1e-6));
  }
  Table single = tables::random(1, 4, 4), pair = tables::random(2, 4, 4);
  CHECK(tree_of(single, 5).empty());
  CHECK(tree_of(pair, 5).size() == 1);
}

TEST_CASE("islands are joined where they are near") {
  // 40 clusters of 50 whose 10 nearest neighbours all lie inside: the graph has 40 islands or more.
  Table table = tables::clustered(2000, 12, 40, 0.02f, 5);
  auto tree = tree_of(table, 10);
  REQUIRE(spans(tree, 2000));
  int64_t between = 0;
  for (auto [a, b] : tree) between += a % 40 != b % 40 ? 1 : 0;
  CHECK(between == 39);
  // Joined over a few members of each and refined: hardly longer than the shortest tree, which knows all pairs.
  CHECK(length_of(table, tree) <= 1.01 * exact_length(table));
  // Islands of islands, and as few neighbours as can be.
  Table nested = tables::clustered(1200, 6, 6, 0.3f, 6);
  for (int64_t i = 0; i < 1200; ++i)
    for (int64_t d = 0; d < 6; ++d) nested.values[i * 6 + d] += i % 3 == 0 ? 100.0f : i % 3 == 1 ? -100.0f : 0.0f;
  auto sparse = tree_of(nested, 1);
  REQUIRE(spans(sparse, 1200));
  CHECK(length_of(nested, sparse) <= 1.3 * exact_length(nested));
}

TEST_CASE("without lookahead the walk is the pre-order of the tree") {
  Table table = tables::random(90, 6, 7);  // one block
  TreeOrderOptions options;
  options.lookahead = 1;
  options.start = 17;
  options.block = 4;  // at least four, and 2-opt within four keeps most: compared before it by a walk of our own
  std::vector<std::vector<int32_t>> others(90);
  for (auto [a, b] : tree_of(table, 89)) {
    others[a].push_back(b);
    others[b].push_back(a);
  }
  std::vector<int32_t> expected;
  std::function<void(int32_t, int32_t)> visit = [&](int32_t node, int32_t parent) {
    expected.push_back(node);
    auto children = others[node];
    std::sort(children.begin(), children.end(), [&](int32_t a, int32_t b) {
      return tables::distance(table, node, a) < tables::distance(table, node, b);
    });
    for (int32_t child : children)
      if (child != parent) visit(child, node);
  };
  visit(17, -1);
  Order order = along_tree(table, options);
  CHECK(order.sequence.front() == 17);
  // A block of four with both ends kept can only swap its two inner ones: nothing moves farther than two such swaps.
  std::vector<int64_t> place(90);
  for (size_t i = 0; i < 90; ++i) place[expected[i]] = static_cast<int64_t>(i);
  CHECK(order.length <= tables::path_length(table, expected) + 1e-9);
  options.shift = 4;
  Order swapped = along_tree(table, options);
  for (size_t i = 0; i < 86; ++i) CHECK(std::abs(place[swapped.sequence[i]] - static_cast<int64_t>(i)) <= 1);
}

TEST_CASE("no reversal within a block is left to be made, in the last block neither") {
  Table table = tables::random(530, 8, 8);  // blocks at 0, 90, ..., 360, 430: the last one reaches back
  Order order = along_tree(table);
  REQUIRE(tables::is_permutation_of(order.sequence, 530));
  CHECK(order.sequence.front() == 0);
  auto step = [&](int64_t i, int64_t j) { return tables::distance(table, order.sequence[i], order.sequence[j]); };
  int64_t left = 0;
  for (int64_t i = 431; i < 530; ++i) {
    for (int64_t j = i + 1; j < 530; ++j) {
      double before = step(i - 1, i) + (j + 1 < 530 ? step(j, j + 1) : 0);
      double after = step(i - 1, j) + (j + 1 < 530 ? step(i, j + 1) : 0);
      // The search compares in float.
      left += after < before - 1e-4 ? 1 : 0;
    }
  }
  CHECK(left == 0);
}

TEST_CASE("orders along trees are valid for all kinds of tables") {
  std::vector<Table> all = {tables::random(700, 3, 9),
                            tables::clustered(800, 16, 30, 0.01f, 10),
                            tables::repeated(600, 5, 11),
                            tables::lattice(24, 12),
                            Table{50, 4, std::vector<float>(200, 0.5f)},
                            Table{4, 0, {}},
                            Table{0, 3, {}}};
  for (int64_t rows : {1, 2, 3}) all.push_back(tables::random(rows, 6, 13));
  for (const Table &table : all) {
    INFO(table.rows << " x " << table.dimension);
    Order order = along_tree(table), again = along_tree(table);
    CHECK(tables::is_permutation_of(order.sequence, table.rows));
    CHECK(tables::equal_rows_are_together(table, order.sequence));
    CHECK(order.length == Approx(tables::path_length(table, order.sequence)).margin(1e-12));
    CHECK(order.sequence == again.sequence);
    if (table.rows == 0) continue;
    TreeOrderOptions options;
    options.start = table.rows - 1;
    options.neighbours = 5;
    Order other = along_tree(table, options);
    CHECK(tables::is_permutation_of(other.sequence, table.rows));
    CHECK(other.sequence.front() == table.rows - 1);
    CHECK(tables::equal_rows_are_together(table, other.sequence));
  }
}

TEST_CASE("an order along a tree refuses and stops") {
  Task task;
  Table table = tables::random(50, 3, 14);
  TreeOrderOptions options;
  options.start = 50;
  CHECK_THROWS_AS(order_along_tree(table.view(), options, task), Error);
  table.values[7] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(order_along_tree(table.view(), {}, task), Error);
  Table large = tables::random(3000, 20, 15);
  task.cancel();
  try {
    order_along_tree(large.view(), {}, task);
    FAIL("not stopped");
  } catch (const Error &error) {
    CHECK(error.status() == Status::cancelled);
  }
}
