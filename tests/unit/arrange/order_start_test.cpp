// Orders that begin with a given row, against exhaustive search, and the same kinds of tables for the search.
#include <catch2/catch.hpp>
#include <thread>

#include "arrange/order.h"
#include "arrange/small_path.h"
#include "order_tables.h"

using namespace kalon;
using tables::Table;

namespace {

Order order_from(const Table &table, int64_t start, int64_t steps = 3000) {
  Task task;
  OrderOptions options;
  options.seconds = 1e6;
  options.most_steps = steps;
  options.start = start;
  return order_by_similarity(table.view(), options, task);
}

}  // namespace

TEST_CASE("small orders from a start are the shortest ones") {
  for (int64_t rows : {1, 2, 3, 5, 8}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      Table table = tables::random(rows, seed == 2 ? 2 : 15, seed);
      for (int64_t start = 0; start < rows; ++start) {
        Order order = order_from(table, start);
        REQUIRE(tables::is_permutation_of(order.sequence, rows));
        CHECK(order.sequence.front() == start);
        CHECK(order.length == Approx(tables::shortest_by_trying_all(table, start)).epsilon(1e-9).margin(1e-12));
      }
    }
  }
}

TEST_CASE("beyond the exact size an order from a start is as short") {
  // Thirteen rows go to the search; the exact path is found for twelve of them at most, so it is put together here: the
  // shortest over all second rows of a path through the other twelve.
  Table table = tables::random(13, 5, 4);
  for (int64_t start : {0, 6, 12}) {
    double best = std::numeric_limits<double>::infinity();
    std::vector<int32_t> others;
    for (int32_t row = 0; row < 13; ++row)
      if (row != start) others.push_back(row);
    for (int32_t second = 0; second < 12; ++second) {
      auto path = shortest_path(table.view(), others, second);
      best = std::min(best, tables::distance(table, start, path.front()) + tables::path_length(table, path));
    }
    Order order = order_from(table, start);
    CHECK(order.sequence.front() == start);
    CHECK(order.length == Approx(best).epsilon(1e-6));
  }
}

TEST_CASE("numbers from a start") {
  // To the nearer end, then to the other: 5 4 2 then 6 9 20.
  Table table{6, 1, {4, 20, 5, 2, 9, 6}};
  Order order = order_from(table, 2);
  CHECK(order.sequence == std::vector<int32_t>{2, 0, 3, 5, 4, 1});
  CHECK(order.length == 3 + 18);
  Table far = tables::random(400, 1, 5);
  auto [least, most] = std::minmax_element(far.values.begin(), far.values.end());
  for (int64_t start : {0, 57, 399}) {
    Order from = order_from(far, start);
    CHECK(from.sequence.front() == start);
    double at = static_cast<double>(far.values[start]);
    double shorter = std::min(at - static_cast<double>(*least), static_cast<double>(*most) - at);
    CHECK(from.length == Approx(static_cast<double>(*most) - static_cast<double>(*least) + shorter));
  }
}

TEST_CASE("a start costs little") {
  Table table = tables::clustered(500, 24, 20, 0.4f, 6);
  double free = order_from(table, -1).length;
  for (int64_t start : {0, 111, 499}) {
    Order order = order_from(table, start);
    REQUIRE(tables::is_permutation_of(order.sequence, 500));
    CHECK(order.sequence.front() == start);
    // At most the way from the start's place in the free order to one of its ends, which is about one step between
    // clusters: 20 of them and the rest of the way make the length.
    CHECK(order.length <= 1.02 * free);
  }
}

TEST_CASE("a start among equal rows comes first of them") {
  Table table = tables::repeated(60, 4, 7);
  for (int64_t start : {3, 29, 30, 59}) {
    Order order = order_from(table, start, 500);
    CHECK(tables::is_permutation_of(order.sequence, 60));
    CHECK(order.sequence.front() == start);
    CHECK(tables::equal_rows_are_together(table, order.sequence));
  }
  Table equal{9, 3, std::vector<float>(27, 2.0f)};
  CHECK(order_from(equal, 4).sequence == std::vector<int32_t>{4, 0, 1, 2, 3, 5, 6, 7, 8});
}

TEST_CASE("a start that does not exist is refused") {
  Table table = tables::random(5, 3, 8);
  for (int64_t start : {int64_t{5}, int64_t{-2}, int64_t{1} << 40}) CHECK_THROWS_AS(order_from(table, start), Error);
  Table none{0, 3, {}};
  CHECK_THROWS_AS(order_from(none, 0), Error);
}

TEST_CASE("ties: a lattice is walked along its edges") {
  // 20 x 20 points: the shortest path has 399 steps of 1. All neighbours are tied, which misleads a search that follows
  // them blindly; a dozen diagonal steps are allowed.
  Table table = tables::lattice(20, 9);
  Order order = order_from(table, -1, 20000);
  CHECK(tables::is_permutation_of(order.sequence, 400));
  CHECK(order.length <= 399 + 12 * (std::sqrt(2.0) - 1));
  CHECK(order.length >= 399);
  CHECK(order.mean_step == Approx(order.length / 399));
}

TEST_CASE("an order is stopped from another thread") {
  Table table = tables::random(2000, 8, 10);
  Task task;
  OrderOptions options;
  options.seconds = 1e6;
  // From here on only the other thread ends it.
  std::thread other([&] {
    while (std::string_view(task.phase()) != "improving the order") std::this_thread::yield();
    task.cancel();
  });
  try {
    order_by_similarity(table.view(), options, task);
    FAIL("not stopped");
  } catch (const Error &error) {
    CHECK(error.status() == Status::cancelled);
  }
  other.join();
}
