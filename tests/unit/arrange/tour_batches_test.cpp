// Properties of the search on several threads: lengths are summed apart from it.
#include <catch2/catch.hpp>

#include "arrange/tour_batches.h"
#include "base/clock.h"
#include "base/threads.h"
#include "order_tables.h"

using namespace kalon;
using tables::Table;

namespace {

double closed_length(const Table &table, std::vector<int32_t> tour) {
  tour.push_back(tour.front());
  return tables::path_length(table, tour);
}

std::vector<int32_t> all_rows(int64_t rows) {
  std::vector<int32_t> all(static_cast<size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<int32_t> searched(const TourGraph &graph, int64_t steps, uint64_t seed, int threads) {
  int before = thread_budget();
  set_thread_budget(threads);
  Task task;
  TourSearch search(graph);
  search.to_optimum(task);
  BatchLimits limits;
  limits.most_steps = steps;
  limits.end = std::numeric_limits<double>::infinity();
  search_in_batches(search, seed, limits);
  set_thread_budget(before);
  return search.sequence();
}

}  // namespace

TEST_CASE("the number of threads changes nothing") {
  Task task;
  for (const Table &table : {tables::clustered(900, 20, 25, 0.5f, 1), tables::lattice(25, 2)}) {
    for (TourEnds ends : {TourEnds::none, TourEnds::free, TourEnds::first_fixed}) {
      TourGraph graph(table.view(), all_rows(table.rows), nearest_others(table.view(), 12, task), ends);
      auto alone = searched(graph, 1500, 5, 1);
      CHECK(tables::is_permutation_of(alone, table.rows));
      for (int threads : {2, 3, 7}) CHECK((searched(graph, 1500, 5, threads) == alone));
    }
  }
}

TEST_CASE("steps in batches shorten a tour as single ones do") {
  Task task;
  Table table = tables::clustered(1500, 12, 40, 0.5f, 3);
  auto rows = all_rows(table.rows);
  TourGraph graph(table.view(), rows, nearest_others(table.view(), 12, task), TourEnds::none);
  TourSearch single(graph);
  single.to_optimum(task);
  double optimum = closed_length(table, single.sequence());
  for (uint64_t step = 0; step < 6000; ++step) single.step(step);
  double by_single = closed_length(table, single.sequence());
  double in_batches = closed_length(table, searched(graph, 6000, 1, 3));
  CHECK(by_single < optimum);
  // Both are random searches of the same effort: their gains agree to a quarter.
  CHECK(optimum - in_batches > 0.75 * (optimum - by_single));
}

TEST_CASE("an attempt leaves the tour, tells its gain, and can be made on a copy") {
  Task task;
  Table table = tables::random(500, 4, 4);
  auto rows = all_rows(table.rows);
  TourGraph graph(table.view(), rows, nearest_others(table.view(), 10, task), TourEnds::none);
  TourSearch search(graph);
  search.to_optimum(task);
  int found = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    auto before = search.sequence();
    TourChange change = search.attempt(static_cast<int32_t>(seed), seed);
    REQUIRE(search.sequence() == before);
    if (change.removed.empty()) continue;
    ++found;
    REQUIRE(change.removed.size() == change.added.size());
    TourSearch copy = search;
    REQUIRE(copy.make(change));
    // The search adds distances rounded to float: 24 bits of lengths up to 5, a dozen of them.
    CHECK(closed_length(table, before) - closed_length(table, copy.sequence()) == Approx(change.gained).margin(1e-5));
    // It cannot be made twice: its edges are gone.
    auto after = copy.sequence();
    CHECK_FALSE(copy.make(change));
    CHECK(copy.sequence() == after);
    REQUIRE(search.make(change));
    REQUIRE(search.sequence() == after);
  }
  CHECK(found > 10);
}

TEST_CASE("a fixed end stays where it is") {
  Task task;
  Table table = tables::random(300, 3, 5);
  auto rows = all_rows(table.rows);
  std::rotate(rows.begin(), rows.begin() + 123, rows.end());
  Neighbours near = nearest_others(table.view(), 10, task);
  // The graph holds places of the list.
  Neighbours graph_of_places{near.k, {}, {}};
  for (int32_t row : rows)
    for (int64_t j = 0; j < near.k; ++j)
      graph_of_places.rows.push_back((near.rows[row * near.k + j] + 300 - 123) % 300);
  TourGraph graph(table.view(), rows, graph_of_places, TourEnds::first_fixed);
  auto path = searched(graph, 4000, 9, 2);
  REQUIRE(tables::is_permutation_of(path, 300));
  CHECK(path.front() == 0);  // the first of the list: row 123
  for (int32_t &place : path) place = rows[place];
  auto lengths = tables::spanning_tree_lengths(table);
  // In three dimensions a shortest path is about 1.15 times the tree.
  CHECK(tables::path_length(table, path) <= 1.25 * std::accumulate(lengths.begin(), lengths.end(), 0.0));
}

TEST_CASE("the search ends in time and without gain") {
  Task task;
  Table table = tables::random(200, 5, 6);
  TourGraph graph(table.view(), all_rows(200), nearest_others(table.view(), 8, task), TourEnds::none);
  TourSearch search(graph);
  search.to_optimum(task);
  BatchLimits limits;  // its end is long past
  auto before = search.sequence();
  search_in_batches(search, 1, limits);
  CHECK(search.sequence() == before);
  limits.end = std::numeric_limits<double>::infinity();
  limits.patience = 3000;
  search_in_batches(search, 1, limits);  // only impatience ends it
  int asked = 0;
  limits.between = [&] {
    if (++asked == 3) throw Error(Status::cancelled, "cancelled");
  };
  CHECK_THROWS_AS(search_in_batches(search, 2, limits), Error);
}
