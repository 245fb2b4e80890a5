#include "arrange/order.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>

#include "arrange/greedy_tour.h"
#include "arrange/small_path.h"
#include "arrange/tour_search.h"
#include "base/clock.h"
#include "index/distance.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr int kMostNeighbours = 100;

double step_length(MatrixView vectors, int32_t a, int32_t b) {
  return std::sqrt(squared_distance(vectors.row(a), vectors.row(b), vectors.dimension));
}

// The search squares in float. Values far from 1 are brought near it by a power of two, which changes no order; `copy`
// holds them then.
MatrixView in_range(MatrixView vectors, std::vector<float> &copy) {
  int64_t count = vectors.rows * vectors.dimension;
  float largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(vectors.data[i]));
  if (largest == 0 || (largest < 1e12f && largest > 1e-6f)) return vectors;
  double factor = std::ldexp(1.0, -std::ilogb(largest));
  copy.resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) copy[i] = static_cast<float>(static_cast<double>(vectors.data[i]) * factor);
  return {copy.data(), vectors.rows, vectors.dimension};
}

// Steps until the time is up, the number of steps is reached, or the tour has long stopped changing.
void search_for_a_while(TourSearch &search, int64_t nodes, const OrderOptions &options, Task &task) {
  double start = monotonic_seconds();
  auto milliseconds = static_cast<uint64_t>(std::min(options.seconds, 1e9) * 1000);
  task.phase("improving the order", milliseconds);
  search.to_optimum(task);
  constexpr int64_t kStepsBetweenLooks = 32;
  int64_t patience = 500 * nodes + 5000, last_gain = 0;
  for (int64_t step = 0; step < options.most_steps && step - last_gain < patience; ++step) {
    if (step % kStepsBetweenLooks == 0) {
      task.throw_if_cancelled();
      double elapsed = monotonic_seconds() - start;
      if (elapsed >= options.seconds) break;
      auto now = static_cast<uint64_t>(elapsed * 1000);
      if (now > task.done()) task.advance(now - task.done());
    }
    if (search.step()) last_gain = step;
  }
  if (milliseconds > task.done()) task.advance(milliseconds - task.done());
}

void open_at_longest_edge(MatrixView vectors, std::vector<int32_t> &cycle) {
  size_t longest = 0;
  double most = -1;
  for (size_t i = 0; i < cycle.size(); ++i) {
    double length = step_length(vectors, cycle[i], cycle[(i + 1) % cycle.size()]);
    if (length > most) {
      most = length;
      longest = i;
    }
  }
  std::rotate(cycle.begin(), cycle.begin() + static_cast<std::ptrdiff_t>((longest + 1) % cycle.size()), cycle.end());
}

// A closed tour does not know ends. While turning the part before a long step around makes the path shorter, from
// either end, that is done.
void improve_ends(MatrixView vectors, std::vector<int32_t> &path, Task &task) {
  constexpr int kMostTurns = 100;
  int without_gain = 0;
  for (int turn = 0; turn < kMostTurns && without_gain < 2; ++turn) {
    task.throw_if_cancelled();
    size_t best = 0;
    double most = 0;
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      double step = step_length(vectors, path[i], path[i + 1]);
      double gain = step - step_length(vectors, path[0], path[i + 1]);
      if (gain > most + 1e-9 * step) {
        most = gain;
        best = i;
      }
    }
    if (most > 0) {
      std::reverse(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(best) + 1);
      without_gain = 0;
    } else {
      ++without_gain;
      std::reverse(path.begin(), path.end());
    }
  }
}

// A path through the listed rows, which are distinct in value.
std::vector<int32_t> path_through(MatrixView vectors, const std::vector<int32_t> &rows, const OrderOptions &options,
                                  Task &task) {
  auto count = static_cast<int64_t>(rows.size());
  if (vectors.dimension == 1) {
    std::vector<int32_t> path = rows;
    std::sort(path.begin(), path.end(), [&](int32_t a, int32_t b) { return vectors.data[a] < vectors.data[b]; });
    return path;
  }
  std::vector<float> copy;
  vectors = in_range(vectors, copy);
  if (count <= kSmallPath) return shortest_path(vectors, rows);

  Neighbours graph = nearest_others_among(vectors, rows, std::clamp(options.neighbours, 4, kMostNeighbours), task);
  task.phase("building the order");
  std::vector<int32_t> tour = greedy_tour(vectors, rows, graph, task);

  // The search numbers the nodes along this tour.
  std::vector<int32_t> number(tour.size()), tour_rows(tour.size());
  for (size_t i = 0; i < tour.size(); ++i) {
    number[tour[i]] = static_cast<int32_t>(i);
    tour_rows[i] = rows[tour[i]];
  }
  Neighbours renumbered{graph.k, {}, {}};
  renumbered.rows.reserve(graph.rows.size());
  for (int32_t node : tour)
    for (int64_t j = 0; j < graph.k; ++j) renumbered.rows.push_back(number[graph.rows[node * graph.k + j]]);
  graph = {};
  TourSearch search(vectors, tour_rows, renumbered, options.seed);
  search_for_a_while(search, count, options, task);
  std::vector<int32_t> path = search.sequence();
  open_at_longest_edge(vectors, path);
  improve_ends(vectors, path, task);
  return path;
}

}  // namespace

Order order_by_similarity(MatrixView vectors, const OrderOptions &options, Task &task) {
  if (!(options.seconds >= 0))
    throw Error(Status::invalid_argument, "the time for ordering must be 0 or more seconds");
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, vectors.rows)));
  RowGroups groups = group_equal_rows(vectors, task);
  std::vector<int32_t> path = path_through(vectors, groups.representative, options, task);
  // One of the two directions, always the same.
  if (!path.empty() && path.front() > path.back()) std::reverse(path.begin(), path.end());
  std::vector<int32_t> sequence;
  sequence.reserve(static_cast<size_t>(vectors.rows));
  for (int32_t row : path) {
    auto members = groups.of(groups.group[row]);
    sequence.insert(sequence.end(), members.begin(), members.end());
  }
  return measure_order(vectors, std::move(sequence));
}

Order measure_order(MatrixView vectors, std::vector<int32_t> sequence) {
  for (int32_t row : sequence)
    if (row < 0 || row >= vectors.rows)
      throw Error(Status::invalid_argument, "the order names row " + std::to_string(row) + ", which does not exist");
  Order order;
  std::vector<double> steps;
  for (size_t i = 1; i < sequence.size(); ++i) steps.push_back(step_length(vectors, sequence[i - 1], sequence[i]));
  order.length = std::accumulate(steps.begin(), steps.end(), 0.0);
  if (!steps.empty()) {
    order.max_step = *std::max_element(steps.begin(), steps.end());
    // Nearest rank: the smallest step that at least 99 % of the steps do not exceed.
    auto rank = static_cast<std::ptrdiff_t>((99 * steps.size() + 99) / 100) - 1;
    std::nth_element(steps.begin(), steps.begin() + rank, steps.end());
    order.p99_step = steps[rank];
  }
  order.sequence = std::move(sequence);
  return order;
}

}  // namespace kalon
