#include "arrange/order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "arrange/distinct_rows.h"
#include "arrange/greedy_tour.h"
#include "arrange/small_path.h"
#include "arrange/tour_batches.h"
#include "base/clock.h"
#include "index/distance.h"

namespace kalon {
namespace {

constexpr int most_neighbours = 100;

double step_length(MatrixView vectors, int32_t a, int32_t b) {
  return std::sqrt(squared_distance(vectors.row(a), vectors.row(b), vectors.dimension));
}

// When a search ends.
struct Deadline {
  double start, seconds;  // the clock then, and the time from it
  int64_t steps;
};

// Improves a tour or path, given and returned as places in `rows`, as the graph counts them: to the local optimum in
// any case, and on until the deadline or until it has long stopped changing.
std::vector<int32_t> improve(MatrixView vectors, const std::vector<int32_t> &rows, const Neighbours &graph,
                             const std::vector<int32_t> &sequence, TourEnds ends, uint64_t seed, Deadline deadline,
                             Task &task) {
  // The search numbers the nodes along the given sequence.
  std::vector<int32_t> number(sequence.size()), sequence_rows(sequence.size());
  for (size_t i = 0; i < sequence.size(); ++i) {
    number[sequence[i]] = static_cast<int32_t>(i);
    sequence_rows[i] = rows[sequence[i]];
  }
  Neighbours renumbered{graph.k, {}, {}};
  renumbered.rows.reserve(graph.rows.size());
  for (int32_t place : sequence)
    for (int64_t j = 0; j < graph.k; ++j) renumbered.rows.push_back(number[graph.rows[place * graph.k + j]]);

  TourGraph tour(vectors, std::move(sequence_rows), std::move(renumbered), ends);
  TourSearch search(tour);
  search.to_optimum(task);
  BatchLimits limits;
  limits.most_steps = deadline.steps;
  limits.patience = 500 * static_cast<int64_t>(sequence.size()) + 5000;
  limits.end = deadline.start + deadline.seconds;
  limits.between = [&] {
    task.throw_if_cancelled();
    auto now = static_cast<uint64_t>((monotonic_seconds() - deadline.start) * 1000);
    if (now > task.done()) task.advance(now - task.done());
  };
  search_in_batches(search, seed, limits);
  std::vector<int32_t> improved = search.sequence();
  for (int32_t &place : improved) place = sequence[place];
  return improved;
}

void open_at_longest_edge(MatrixView vectors, const std::vector<int32_t> &rows, std::vector<int32_t> &cycle) {
  size_t last = 0;
  double longest = -1;
  for (size_t i = 0; i < cycle.size(); ++i) {
    double length = step_length(vectors, rows[cycle[i]], rows[cycle[(i + 1) % cycle.size()]]);
    if (length > longest) {
      longest = length;
      last = i;
    }
  }
  std::rotate(cycle.begin(), cycle.begin() + static_cast<std::ptrdiff_t>((last + 1) % cycle.size()), cycle.end());
}

// The shortest path through numbers: to the nearer end first, then to the other.
std::vector<int32_t> path_through_numbers(const float *values, std::vector<int32_t> rows, int32_t start) {
  int32_t first = start < 0 ? 0 : rows[start];
  std::sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) { return values[a] < values[b]; });
  if (start < 0) return rows;
  auto at = [&](int32_t row) { return static_cast<double>(values[row]); };
  if (at(rows.back()) - at(first) < at(first) - at(rows.front())) std::reverse(rows.begin(), rows.end());
  std::reverse(rows.begin(), std::find(rows.begin(), rows.end(), first) + 1);
  return rows;
}

// Opens a cycle before or behind the start, where its edge is longer, so that it comes first.
void open_at(int32_t start, MatrixView vectors, const std::vector<int32_t> &rows, std::vector<int32_t> &cycle) {
  std::rotate(cycle.begin(), std::find(cycle.begin(), cycle.end(), start), cycle.end());
  double behind = step_length(vectors, rows[start], rows[cycle[1]]);
  double before = step_length(vectors, rows[start], rows[cycle.back()]);
  if (behind > before) std::reverse(cycle.begin() + 1, cycle.end());
}

// A path through the listed rows, which are distinct in value; from a place in them, unless it is -1.
std::vector<int32_t> path_through(MatrixView vectors, const std::vector<int32_t> &rows, int32_t first,
                                  const OrderOptions &options, Task &task) {
  auto count = static_cast<int64_t>(rows.size());
  if (vectors.dimension == 1) return path_through_numbers(vectors.data, rows, first);
  if (count <= most_in_small_path) return shortest_path(vectors, rows, first);

  Neighbours graph = nearest_others_among(vectors, rows, std::clamp(options.neighbours, 4, most_neighbours), task);
  task.phase("building the order");
  std::vector<int32_t> sequence = greedy_tour(vectors, rows, graph, task);

  // First as a closed tour, which has no ends to get stuck at; then opened, and a while more as the path that it is.
  constexpr double closed_share = 0.9;
  double start = monotonic_seconds(), seconds = std::min(options.seconds, 1e9);
  auto milliseconds = static_cast<uint64_t>(seconds * 1000);
  int64_t closed_steps = options.most_steps - options.most_steps / 10;
  task.phase("improving the order", milliseconds);
  sequence = improve(vectors, rows, graph, sequence, TourEnds::none, options.seed,
                     {start, closed_share * seconds, closed_steps}, task);
  if (first < 0)
    open_at_longest_edge(vectors, rows, sequence);
  else
    open_at(first, vectors, rows, sequence);
  sequence = improve(vectors, rows, graph, sequence, first < 0 ? TourEnds::free : TourEnds::first_fixed, options.seed,
                     {start, seconds, options.most_steps - closed_steps}, task);
  if (milliseconds > task.done()) task.advance(milliseconds - task.done());
  std::vector<int32_t> path(sequence.size());
  std::transform(sequence.begin(), sequence.end(), path.begin(), [&](int32_t place) { return rows[place]; });
  return path;
}

}  // namespace

Order order_by_similarity(MatrixView vectors, const OrderOptions &options, Task &task) {
  if (!(options.seconds >= 0)) throw Error(Status::invalid_argument, "the time for ordering must be 0 or more seconds");
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, vectors.rows)));
  DistinctRows distinct(vectors, options.start, task);
  std::vector<int32_t> path = path_through(distinct.vectors(), distinct.rows(), distinct.start(), options, task);
  // One of the two directions, always the same.
  if (distinct.start() < 0 && !path.empty() && path.front() > path.back()) std::reverse(path.begin(), path.end());
  return measure_order(vectors, distinct.all_along(path));
}

Order measure_order(MatrixView vectors, std::vector<int32_t> sequence) {
  for (int32_t row : sequence)
    if (row < 0 || row >= vectors.rows)
      throw Error(Status::invalid_argument, "the order names row " + std::to_string(row) + ", which does not exist");
  Order order;
  for (size_t i = 1; i < sequence.size(); ++i)
    order.steps.push_back(step_length(vectors, sequence[i - 1], sequence[i]));
  if (!order.steps.empty()) {
    order.length = std::accumulate(order.steps.begin(), order.steps.end(), 0.0);
    order.mean_step = order.length / static_cast<double>(order.steps.size());
    order.max_step = *std::max_element(order.steps.begin(), order.steps.end());
    // Nearest rank: the smallest step that at least 99 % of the steps do not exceed.
    std::vector<double> steps = order.steps;
    auto rank = static_cast<std::ptrdiff_t>((99 * steps.size() + 99) / 100) - 1;
    std::nth_element(steps.begin(), steps.begin() + rank, steps.end());
    order.p99_step = steps[rank];
  }
  order.sequence = std::move(sequence);
  return order;
}

}  // namespace kalon
