#include "arrange/order.h"

#include <algorithm>
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

// When a search ends.
struct Deadline {
  double start, seconds;  // the clock then, and the time from it
  int64_t steps;
};

// Improves a tour or path, given and returned as places in `rows`, as the graph counts them: to the local optimum in
// any case, and on until the deadline or until it has long stopped changing.
std::vector<int32_t> improve(MatrixView vectors, const std::vector<int32_t> &rows, const Neighbours &graph,
                             const std::vector<int32_t> &sequence, bool open, uint64_t seed, Deadline deadline,
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

  TourSearch search(vectors, sequence_rows, renumbered, open, seed);
  search.to_optimum(task);
  constexpr int64_t kStepsBetweenLooks = 32;
  int64_t patience = 500 * static_cast<int64_t>(sequence.size()) + 5000, last_gain = 0;
  for (int64_t step = 0; step < deadline.steps && step - last_gain < patience; ++step) {
    if (step % kStepsBetweenLooks == 0) {
      task.throw_if_cancelled();
      double elapsed = monotonic_seconds() - deadline.start;
      if (elapsed >= deadline.seconds) break;
      auto now = static_cast<uint64_t>(elapsed * 1000);
      if (now > task.done()) task.advance(now - task.done());
    }
    if (search.step()) last_gain = step;
  }
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
  std::vector<int32_t> sequence = greedy_tour(vectors, rows, graph, task);

  // First as a closed tour, which has no ends to get stuck at; then opened, and a while more as the path that it is.
  constexpr double kClosedShare = 0.9;
  double start = monotonic_seconds(), seconds = std::min(options.seconds, 1e9);
  auto milliseconds = static_cast<uint64_t>(seconds * 1000);
  int64_t closed_steps = options.most_steps - options.most_steps / 10;
  task.phase("improving the order", milliseconds);
  sequence =
      improve(vectors, rows, graph, sequence, false, options.seed, {start, kClosedShare * seconds, closed_steps}, task);
  open_at_longest_edge(vectors, rows, sequence);
  sequence = improve(vectors, rows, graph, sequence, true, options.seed,
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
