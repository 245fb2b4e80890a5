// Against exhaustive search, minimum spanning trees and properties; the oracles share no code with the room.
#include <catch2/catch.hpp>

#include "arrange/order.h"
#include "arrange/tour_search.h"
#include "order_tables.h"

using namespace kalon;
using tables::Table;

namespace {

// Every path is a spanning tree: none is shorter.
double spanning_tree_length(const Table &table) {
  auto lengths = tables::spanning_tree_lengths(table);
  return std::accumulate(lengths.begin(), lengths.end(), 0.0);
}

// A result that no clock can change.
Order order_in_steps(const Table &table, int64_t steps, uint64_t seed = 1) {
  Task task;
  OrderOptions options;
  options.seconds = 1e6;
  options.most_steps = steps;
  options.seed = seed;
  return order_by_similarity(table.view(), options, task);
}

}  // namespace

TEST_CASE("few rows") {
  for (int64_t rows : {0, 1, 2, 3}) {
    Table table = tables::random(rows, 5, 1);
    Order order = order_in_steps(table, 100);
    CHECK(tables::is_permutation_of(order.sequence, rows));
    CHECK(order.length == Approx(tables::path_length(table, order.sequence)).epsilon(1e-6).margin(1e-12));
  }
  Table none{0, 0, {}};
  CHECK(order_in_steps(none, 100).sequence.empty());
  Table flat{4, 0, {}};
  CHECK(order_in_steps(flat, 100).sequence == std::vector<int32_t>{0, 1, 2, 3});
}

TEST_CASE("small orders are the shortest") {
  for (int64_t rows : {2, 3, 4, 6, 8}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      Table table = tables::random(rows, seed % 2 == 0 ? 2 : 20, seed);
      Order order = order_in_steps(table, 100);
      CHECK(tables::is_permutation_of(order.sequence, rows));
      CHECK(order.length == Approx(tables::shortest_by_trying_all(table, -1)).epsilon(1e-9));
    }
  }
}

TEST_CASE("the seed system's case") {
  // shared facts, image sorter: its order of these has length 19; sorted is 15.
  Table table{7, 1, {4, 0, 1, 9, 2, 7, 15}};
  Order order = order_in_steps(table, 100);
  CHECK(order.sequence == std::vector<int32_t>{1, 2, 4, 0, 5, 3, 6});
  CHECK(order.length == 15);
  CHECK(order.max_step == 6);
  CHECK(order.p99_step == 6);
}

TEST_CASE("numbers are sorted") {
  Table table = tables::random(500, 1, 2);
  Order order = order_in_steps(table, 100);
  CHECK(tables::is_permutation_of(order.sequence, 500));
  auto [least, most] = std::minmax_element(table.values.begin(), table.values.end());
  CHECK(order.length == Approx(static_cast<double>(*most) - static_cast<double>(*least)));
}

TEST_CASE("points on a line come in the line's order, points on a circle in the circle's") {
  Table line{300, 3, std::vector<float>(900)}, circle{300, 2, std::vector<float>(600)};
  for (int64_t i = 0; i < 300; ++i) {
    int64_t place = i * 97 % 300;  // 97 and 300 have no common factor: a permutation
    for (int64_t d = 0; d < 3; ++d) line.values[i * 3 + d] = static_cast<float>(place * (d + 1));
    double angle = static_cast<double>(place) * 0.02;  // nearly a full turn
    circle.values[i * 2] = static_cast<float>(std::cos(angle));
    circle.values[i * 2 + 1] = static_cast<float>(std::sin(angle));
  }
  for (const Table *table : {&line, &circle}) {
    Order order = order_in_steps(*table, 20000);
    int64_t jumps = 0;
    for (size_t i = 1; i < 300; ++i)
      jumps += std::abs(order.sequence[i] * 97 % 300 - order.sequence[i - 1] * 97 % 300) == 1 ? 0 : 1;
    // A circle may be opened anywhere; its gap is one jump.
    CHECK(jumps <= (table == &circle ? 1 : 0));
  }
}

TEST_CASE("equal vectors are side by side") {
  Table table = tables::clustered(600, 40, 30, 0.3f, 3);
  for (int64_t row = 200; row < 600; ++row)
    std::copy_n(table.values.begin() + row % 170 * 40, 40, table.values.begin() + row * 40);
  for (int64_t d = 0; d < 40; ++d) {
    table.values[7 * 40 + d] = 0.0f;
    table.values[450 * 40 + d] = -0.0f;
  }
  Order order = order_in_steps(table, 500);
  REQUIRE(tables::is_permutation_of(order.sequence, 600));
  CHECK(tables::equal_rows_are_together(table, order.sequence));
  Table equal{50, 4, std::vector<float>(200, 0.5f)};
  CHECK(tables::is_permutation_of(order_in_steps(equal, 100).sequence, 50));
}

TEST_CASE("orders are near the lower bound of the spanning tree") {
  // A shortest path is typically 1.1 to 1.3 times the tree in the plane and less in more dimensions; greedy nearest
  // neighbours alone miss these marks.
  Table plane = tables::random(1000, 2, 4), high = tables::clustered(1000, 64, 25, 0.4f, 5);
  Order in_plane = order_in_steps(plane, 20000), in_high = order_in_steps(high, 20000);
  CHECK(tables::is_permutation_of(in_plane.sequence, 1000));
  CHECK(tables::is_permutation_of(in_high.sequence, 1000));
  double plane_tree = spanning_tree_length(plane), high_tree = spanning_tree_length(high);
  CHECK(in_plane.length >= plane_tree);
  CHECK(in_high.length >= high_tree);
  CHECK(in_plane.length <= 1.20 * plane_tree);
  CHECK(in_high.length <= 1.05 * high_tree);
}

TEST_CASE("clusters without links between their neighbour lists become one order") {
  // 200 tight clusters of 30: the neighbour graph falls apart and fragments are joined.
  Table table = tables::clustered(6000, 24, 200, 1e-3f, 6);
  Order order = order_in_steps(table, 0);
  REQUIRE(tables::is_permutation_of(order.sequence, 6000));
  int64_t changes = 0;
  for (size_t i = 1; i < 6000; ++i) changes += order.sequence[i] % 200 != order.sequence[i - 1] % 200 ? 1 : 0;
  CHECK(changes == 199);
}

TEST_CASE("more steps do not lengthen the tour, and every step leaves a tour") {
  Table table = tables::random(400, 3, 7);
  std::vector<int32_t> rows(400);
  std::iota(rows.begin(), rows.end(), 0);
  Task task;
  Neighbours graph = nearest_others(table.view(), 8, task);
  // From the order of the rows, which is a very bad tour.
  TourGraph nodes(table.view(), rows, graph, TourEnds::none);
  TourSearch search(nodes);
  auto closed = [&] {
    std::vector<int32_t> tour = search.sequence();
    tour.push_back(tour.front());
    return tables::path_length(table, tour);
  };
  double before = closed();
  search.to_optimum(task);
  double length = closed();
  CHECK(length < 0.4 * before);
  for (int i = 0; i < 3000; ++i) {
    bool shorter = search.step(static_cast<uint64_t>(i));
    double now = closed();
    // The search adds distances rounded to float.
    REQUIRE(now <= length + 1e-4);
    if (shorter) CHECK(now < length + 1e-4);
    length = now;
    if (i % 100 == 0) REQUIRE(tables::is_permutation_of(search.sequence(), 400));
  }
  CHECK(length < 0.97 * before);
}

TEST_CASE("a shortest closed tour is found from any start") {
  // Ten points: all 9!/2 tours are tried.
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Table table = tables::random(10, 4, 100 + seed);
    std::vector<int32_t> rows(10);
    std::iota(rows.begin(), rows.end(), 0);
    double best = std::numeric_limits<double>::infinity();
    std::vector<int32_t> tour = rows;
    do {
      best = std::min(best, tables::path_length(table, tour) + tables::distance(table, tour.front(), tour.back()));
    } while (std::next_permutation(tour.begin() + 1, tour.end()));
    Task task;
    TourGraph nodes(table.view(), rows, nearest_others(table.view(), 9, task), TourEnds::none);
    TourSearch search(nodes);
    search.to_optimum(task);
    for (uint64_t i = 0; i < 2000; ++i) search.step(2000 * seed + i);
    tour = search.sequence();
    CHECK(tables::path_length(table, tour) + tables::distance(table, tour.front(), tour.back()) ==
          Approx(best).epsilon(1e-6));
  }
}

TEST_CASE("an open path gets shorter than the tour opened") {
  Table table = tables::random(200, 2, 13);
  std::vector<int32_t> rows(200);
  std::iota(rows.begin(), rows.end(), 0);
  Task task;
  TourGraph nodes(table.view(), rows, nearest_others(table.view(), 10, task), TourEnds::free);
  TourSearch search(nodes);
  double length = tables::path_length(table, search.sequence());
  CHECK(search.sequence() == rows);
  search.to_optimum(task);
  for (uint64_t i = 0; i < 3000; ++i) {
    search.step(i);
    double now = tables::path_length(table, search.sequence());
    REQUIRE(now <= length + 1e-4);
    length = now;
  }
  CHECK(tables::is_permutation_of(search.sequence(), 200));
  CHECK(length >= spanning_tree_length(table));
  CHECK(length <= 1.20 * spanning_tree_length(table));
}

TEST_CASE("the same seed and number of steps give the same order") {
  Table table = tables::clustered(700, 30, 20, 0.5f, 8);
  Order first = order_in_steps(table, 3000, 5), second = order_in_steps(table, 3000, 5);
  CHECK(first.sequence == second.sequence);
  CHECK(first.length == second.length);
}

TEST_CASE("sizes of values near the ends of float") {
  for (float factor : {1e-30f, 1e30f}) {
    Table table = tables::clustered(300, 16, 10, 0.2f, 9), scaled = table;
    for (float &value : scaled.values) value *= factor;
    Order plain = order_in_steps(table, 3000), other = order_in_steps(scaled, 3000);
    CHECK(tables::is_permutation_of(other.sequence, 300));
    CHECK(tables::path_length(table, other.sequence) <= 1.02 * plain.length);
  }
}

TEST_CASE("bad input is refused") {
  Task task;
  Table table = tables::random(50, 6, 10);
  table.values[33 * 6 + 2] = std::numeric_limits<float>::quiet_NaN();
  try {
    order_by_similarity(table.view(), {}, task);
    FAIL("accepted");
  } catch (const Error &error) {
    CHECK(error.status() == Status::invalid_argument);
    CHECK(error.message().find("row 33 ") != std::string::npos);
  }
  OrderOptions options;
  options.seconds = -1;
  Table good = tables::random(50, 6, 11);
  CHECK_THROWS_AS(order_by_similarity(good.view(), options, task), Error);
  options.seconds = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(order_by_similarity(good.view(), options, task), Error);
  CHECK_THROWS_AS(measure_order(good.view(), {0, 50}), Error);
}

TEST_CASE("a cancelled order stops") {
  Table table = tables::random(400, 12, 12);
  Task task;
  task.cancel();
  OrderOptions options;
  options.seconds = 1e6;
  try {
    order_by_similarity(table.view(), options, task);
    FAIL("not stopped");
  } catch (const Error &error) {
    CHECK(error.status() == Status::cancelled);
  }
}

TEST_CASE("the figures of a sequence") {
  Table table{5, 2, {0, 0, 3, 4, 3, 4, 3, 5, 0, 9}};
  Order order = measure_order(table.view(), {0, 1, 2, 3, 4});
  CHECK(order.length == 11);
  CHECK(order.max_step == 5);
  CHECK(order.p99_step == 5);
  // 199 steps of 1 and one of 10: at least 99 % of 200 are 198 steps, all of them 1.
  Table line{201, 1, std::vector<float>(201)};
  for (int i = 0; i < 201; ++i) line.values[i] = static_cast<float>(i < 200 ? i : 209);
  std::vector<int32_t> rows(201);
  std::iota(rows.begin(), rows.end(), 0);
  order = measure_order(line.view(), rows);
  CHECK(order.length == 209);
  CHECK(order.max_step == 10);
  CHECK(order.p99_step == 1);
  CHECK(measure_order(line.view(), {}).length == 0);
}
