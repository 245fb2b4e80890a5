// How near the order comes to the shortest possible one, and how fast: neighbours, construction and local search on
// real or seeded synthetic vectors, against the Held-Karp bound of the closed tour.
//   bench_order [--vectors FILE.npy] [--rows N] [--dimension D] [--bound-rounds N] [--json]

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include "arrange/greedy_tour.h"
#include "arrange/mst_order.h"
#include "arrange/order.h"
#include "arrange/tour_batches.h"
#include "base/clock.h"
#include "held_karp.h"
#include "index/distance.h"
#include "index/equal_rows.h"

using namespace kalon;

namespace {

struct Table {
  int64_t rows = 0, dimension = 0;
  std::vector<float> values;
  MatrixView view() const { return {values.data(), rows, dimension}; }
};

// Just enough of the format for float32 files written by numpy.save.
Table read_vectors(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  char start[10];
  file.read(start, sizeof start);
  if (!file || std::memcmp(start, "\x93NUMPY\x01", 7) != 0) throw Error(Status::corrupt_data, "not a .npy file", path);
  std::string header(static_cast<unsigned char>(start[8]) + 256u * static_cast<unsigned char>(start[9]), ' ');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  Table table;
  size_t shape = header.find("'shape': (");
  if (header.find("'<f4'") == std::string::npos || header.find("'fortran_order': False") == std::string::npos ||
      shape == std::string::npos ||
      std::sscanf(header.c_str() + shape, "'shape': (%ld, %ld)", &table.rows, &table.dimension) != 2)
    throw Error(Status::unsupported, "an N x D float32 array in C order is needed", path);
  table.values.resize(static_cast<size_t>(table.rows * table.dimension));
  file.read(reinterpret_cast<char *>(table.values.data()),
            static_cast<std::streamsize>(table.values.size() * sizeof(float)));
  if (!file) throw Error(Status::corrupt_data, "the file ends too early", path);
  return table;
}

// Unit vectors in nested clusters whose sizes and spreads differ, as those of photographs do.
Table synthetic(int64_t rows, int64_t dimension) {
  std::mt19937_64 generator(1);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> uniform;
  Table table{rows, dimension, std::vector<float>(static_cast<size_t>(rows * dimension))};
  for (int64_t row = 0; row < rows; ++row) {
    float *values = table.values.data() + row * dimension;
    // Half of the rows are variations of an earlier one.
    bool varied = row > 0 && uniform(generator) < 0.8f;
    const float *source =
        varied ? table.view().row(static_cast<int64_t>(generator() % static_cast<uint64_t>(row))) : nullptr;
    float spread = varied ? 0.2f + 0.6f * uniform(generator) : 1.0f;
    double squared = 0;
    for (int64_t d = 0; d < dimension; ++d) {
      float weight = 1 / std::sqrt(1 + 0.1f * static_cast<float>(d));  // a spectrum that falls, as of real features
      float noise = normal(generator) * weight;
      values[d] = source == nullptr ? noise : source[d] * 3 + spread * noise;
      squared += static_cast<double>(values[d] * values[d]);
    }
    auto factor = static_cast<float>(1 / std::sqrt(squared));
    for (int64_t d = 0; d < dimension; ++d) values[d] *= factor;
  }
  return table;
}

double cycle_length(MatrixView vectors, const std::vector<int32_t> &cycle) {
  double length = 0;
  for (size_t i = 0; i < cycle.size(); ++i)
    length += std::sqrt(
        squared_distance(vectors.row(cycle[i]), vectors.row(cycle[(i + 1) % cycle.size()]), vectors.dimension));
  return length;
}

struct Figures {
  double neighbours = 0, construction = 0, optimum = 0;                                    // seconds
  double greedy = 0, descended = 0, short_search = 0, within_target = 0, long_search = 0;  // closed tour lengths
  double order_seconds = 0, order = 0;  // order_by_similarity, its path closed
  double tree_seconds = 0, tree = 0;    // order_along_tree, its path closed
  int64_t short_steps = 0, steps = 0;
};

constexpr double kShort = 0.3, kWhole = 3, kLong = 20;

Figures measure(MatrixView vectors, const std::vector<int32_t> &rows) {
  Task task;
  Figures figures;
  double start = monotonic_seconds();
  Neighbours graph = nearest_others_among(vectors, rows, OrderOptions{}.neighbours, task);
  figures.neighbours = monotonic_seconds() - start;
  std::vector<int32_t> tour = greedy_tour(vectors, rows, graph, task);
  figures.construction = monotonic_seconds() - start - figures.neighbours;

  std::vector<int32_t> number(tour.size()), tour_rows;
  Neighbours renumbered{graph.k, {}, {}};
  for (size_t i = 0; i < tour.size(); ++i) {
    number[tour[i]] = static_cast<int32_t>(i);
    tour_rows.push_back(rows[tour[i]]);
  }
  for (int32_t node : tour)
    for (int64_t j = 0; j < graph.k; ++j) renumbered.rows.push_back(number[graph.rows[node * graph.k + j]]);
  figures.greedy = cycle_length(vectors, tour_rows);
  TourGraph nodes(vectors, tour_rows, renumbered, TourEnds::none);
  TourSearch search(nodes);
  auto length = [&] {
    std::vector<int32_t> cycle = search.sequence();
    for (int32_t &place : cycle) place = tour_rows[place];
    return cycle_length(vectors, cycle);
  };
  search.to_optimum(task);
  figures.optimum = monotonic_seconds() - start - figures.neighbours - figures.construction;
  figures.descended = length();
  auto until = [&](double end) {
    BatchLimits limits;
    limits.end = start + end;
    figures.steps += search_in_batches(search, static_cast<uint64_t>(figures.steps), limits);
  };
  until(figures.neighbours + kShort);
  figures.short_steps = figures.steps;
  figures.short_search = length();
  until(kWhole);
  figures.within_target = length();
  int64_t steps = figures.steps;
  until(kLong);
  figures.long_search = length();
  figures.steps = steps;

  // The whole of it as users have it; its path is closed for the comparison with the closed bound.
  start = monotonic_seconds();
  OrderOptions options;
  options.seconds = kWhole - figures.neighbours - figures.construction - 0.1;
  Order order = order_by_similarity(vectors, options, task);
  figures.order_seconds = monotonic_seconds() - start;
  figures.order = cycle_length(vectors, order.sequence);
  start = monotonic_seconds();
  order = order_along_tree(vectors, {}, task);
  figures.tree_seconds = monotonic_seconds() - start;
  figures.tree = cycle_length(vectors, order.sequence);
  return figures;
}

void print(const char *what, double measured, const char *unit, double target, bool json) {
  if (json) {
    std::printf("{\"name\": \"order: %s\", \"measured\": %.4f, \"unit\": \"%s\"", what, measured, unit);
    if (target > 0) std::printf(", \"target\": %.4f, \"ok\": %s", target, measured <= target ? "true" : "false");
    std::printf("}\n");
  } else {
    std::printf("%-52s %10.3f %-8s", what, measured, unit);
    if (target > 0) std::printf(" target <= %g: %s", target, measured <= target ? "met" : "MISSED");
    std::printf("\n");
  }
}

int run(int count, char **arguments) {
  std::string file;
  int64_t rows = 5000, dimension = 512;
  int rounds = 1500;
  bool json = false;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    auto value = [&]() -> std::string {
      if (++i == count) throw Error(Status::invalid_argument, argument + " needs a value");
      return arguments[i];
    };
    if (argument == "--vectors")
      file = value();
    else if (argument == "--rows")
      rows = std::stoll(value());
    else if (argument == "--dimension")
      dimension = std::stoll(value());
    else if (argument == "--bound-rounds")
      rounds = std::stoi(value());
    else if (argument == "--json")
      json = true;
    else
      throw Error(Status::invalid_argument, "unknown option " + argument);
  }
  Table table = file.empty() ? synthetic(rows, dimension) : read_vectors(file);
  Task task;
  RowGroups groups = group_equal_rows(table.view(), task);
  if (groups.size() < TourSearch::fewest_nodes) throw Error(Status::invalid_argument, "more vectors are needed");
  if (!json)
    std::printf("%ld vectors of %ld values (%ld distinct)%s\n", table.rows, table.dimension, groups.size(),
                file.empty() ? ", synthetic" : "");
  Figures figures = measure(table.view(), groups.representative);

  Table distinct{groups.size(), table.dimension, {}};
  for (int32_t row : groups.representative)
    distinct.values.insert(distinct.values.end(), table.view().row(row), table.view().row(row) + table.dimension);
  double bound = held_karp_bound(distinct.view(), figures.long_search, rounds);
  auto excess = [&](double length) { return 100 * (length / bound - 1); };
  print("neighbours", figures.neighbours, "s", 0, json);
  print("construction", figures.construction, "s", 0, json);
  print("descent to the local optimum", figures.optimum, "s", 0, json);
  print("steps within 0.3 s", static_cast<double>(figures.short_steps), "", 0, json);
  print("steps within 3 s", static_cast<double>(figures.steps), "", 0, json);
  print("Held-Karp bound", bound, "", 0, json);
  print("greedy edge over the bound", excess(figures.greedy), "%", 0, json);
  print("local optimum over the bound", excess(figures.descended), "%", 0, json);
  print("0.3 s after the neighbours, over the bound", excess(figures.short_search), "%", 1.5, json);
  print("3 s with the neighbours, over the bound", excess(figures.within_target), "%", 1.0, json);
  print("order_by_similarity", figures.order_seconds, "s", kWhole, json);
  print("the path of order_by_similarity, closed, over the bound", excess(figures.order), "%", 1.0, json);
  print("order_along_tree", figures.tree_seconds, "s", 0, json);
  print("the path of order_along_tree, closed, over the bound", excess(figures.tree), "%", 0, json);
  print("20 s with the neighbours, over the bound", excess(figures.long_search), "%", 0, json);
  return 0;
}

}  // namespace

int main(int count, char **arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench_order: %s\n", error.what());
    return 1;
  }
}
