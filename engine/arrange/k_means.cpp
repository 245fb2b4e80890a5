#include "arrange/k_means.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "arrange/k_means_start.h"
#include "base/threads.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr int64_t rows_at_a_time = 8192;  // of one search, between two looks at the task
constexpr int batches_without_gain = 10;  // after which mini-batches have done what they can
constexpr double least_gain = 1e-5;       // of the inertia, below which a pass was the last
constexpr int64_t sample_batches = 3;     // rows that a start is drawn from, in batches

struct Centres {
  std::vector<float> values;
  int64_t count = 0, dimension = 0;
  MatrixView view() const { return {values.data(), count, dimension}; }
  float *at(int64_t c) { return values.data() + c * dimension; }
};

Centres centres_at(MatrixView rows, const std::vector<int32_t> &chosen) {
  Centres centres{{}, static_cast<int64_t>(chosen.size()), rows.dimension};
  for (int32_t row : chosen) centres.values.insert(centres.values.end(), rows.row(row), rows.row(row) + rows.dimension);
  return centres;
}

struct Assignment {
  std::vector<int32_t> cluster;
  std::vector<float> distance;
  double inertia() const {
    double sum = 0;
    for (float d : distance) sum += static_cast<double>(d) * static_cast<double>(d);
    return sum;
  }
};

Assignment assign(MatrixView rows, const Centres &centres, const Task &task) {
  Assignment result;
  result.cluster.reserve(static_cast<size_t>(rows.rows));
  result.distance.reserve(static_cast<size_t>(rows.rows));
  for (int64_t begin = 0; begin < rows.rows; begin += rows_at_a_time) {
    task.throw_if_cancelled();
    Task inner;  // progress is counted in passes
    MatrixView some{rows.row(begin), std::min(rows_at_a_time, rows.rows - begin), rows.dimension};
    Neighbours found = nearest(centres.view(), some, 1, inner);
    result.cluster.insert(result.cluster.end(), found.rows.begin(), found.rows.end());
    result.distance.insert(result.distance.end(), found.distances.begin(), found.distances.end());
  }
  return result;
}

// Rows by cluster, ascending: sums that follow it do not depend on the number of threads.
struct ByCluster {
  std::vector<int64_t> begin;
  std::vector<int32_t> rows;
  ByCluster(const std::vector<int32_t> &cluster, int64_t count)
      : begin(static_cast<size_t>(count) + 1), rows(cluster.size()) {
    for (int32_t c : cluster) ++begin[c + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<int64_t> next(begin.begin(), begin.end() - 1);
    for (size_t row = 0; row < cluster.size(); ++row) rows[next[cluster[row]]++] = static_cast<int32_t>(row);
  }
  int64_t size(int64_t c) const { return begin[c + 1] - begin[c]; }
};

// Moves each centre to the mean of its rows and of what it was the mean of before, so many rows (`seen`, or none).
void move_to_means(MatrixView rows, const ByCluster &by_cluster, bool spherical, std::vector<int64_t> *seen,
                   Centres &centres, const Task &task) {
  parallel_for(centres.count, [&](int64_t c) {
    int64_t here = by_cluster.size(c), before = seen == nullptr ? 0 : (*seen)[c];
    if (here == 0) return;
    task.throw_if_cancelled();
    float *centre = centres.at(c);
    std::vector<double> sum(static_cast<size_t>(rows.dimension));
    for (int64_t d = 0; d < rows.dimension; ++d) sum[d] = static_cast<double>(centre[d]) * static_cast<double>(before);
    for (int64_t i = by_cluster.begin[c]; i < by_cluster.begin[c + 1]; ++i) {
      const float *row = rows.row(by_cluster.rows[i]);
      for (int64_t d = 0; d < rows.dimension; ++d) sum[d] += static_cast<double>(row[d]);
    }
    double scale = 1 / static_cast<double>(before + here);
    if (spherical) {
      double squared = std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0);
      if (squared > 0) scale = 1 / std::sqrt(squared);
    }
    for (int64_t d = 0; d < rows.dimension; ++d) centre[d] = static_cast<float>(sum[d] * scale);
    if (seen != nullptr) (*seen)[c] += here;
  });
}

// An empty cluster takes the row that lies farthest from its centre, and has not its cluster for itself.
void fill_empty(MatrixView rows, Centres &centres, Assignment &assignment) {
  std::vector<int64_t> size(static_cast<size_t>(centres.count));
  for (int32_t c : assignment.cluster) ++size[c];
  if (std::find(size.begin(), size.end(), 0) == size.end()) return;
  std::vector<int32_t> far(assignment.cluster.size());
  std::iota(far.begin(), far.end(), 0);
  std::stable_sort(far.begin(), far.end(),
                   [&](int32_t a, int32_t b) { return assignment.distance[a] > assignment.distance[b]; });
  auto next = far.begin();
  for (int64_t c = 0; c < centres.count; ++c) {
    if (size[c] > 0) continue;
    while (next != far.end() && size[assignment.cluster[*next]] < 2) ++next;
    if (next == far.end() || !(assignment.distance[*next] > 0)) return;
    --size[assignment.cluster[*next]];
    size[c] = 1;
    assignment.cluster[*next] = static_cast<int32_t>(c);
    assignment.distance[*next] = 0;
    std::copy_n(rows.row(*next), rows.dimension, centres.at(c));
    ++next;
  }
}

void run_mini_batches(MatrixView rows, const KMeansOptions &options, int64_t batch, Random &random, Centres &centres,
                      const Task &task) {
  std::vector<int32_t> order(static_cast<size_t>(rows.rows));
  std::iota(order.begin(), order.end(), 0);
  std::vector<float> values(static_cast<size_t>(batch * rows.dimension));
  MatrixView some{values.data(), batch, rows.dimension};
  std::vector<int64_t> seen(static_cast<size_t>(centres.count));
  int64_t batches = rows.rows / batch, without_gain = 0;
  double weight = std::min(1.0, 2.0 * static_cast<double>(batch) / static_cast<double>(rows.rows + 1));
  double smooth = -1, least = std::numeric_limits<double>::infinity();
  for (int64_t step = 0; step < options.max_iterations * batches && without_gain < batches_without_gain; ++step) {
    int64_t at = step % batches;
    if (at == 0)
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (int64_t i = 0; i < batch; ++i)
      std::copy_n(rows.row(order[at * batch + i]), rows.dimension, values.data() + i * rows.dimension);
    Assignment assignment = assign(some, centres, task);
    move_to_means(some, ByCluster(assignment.cluster, centres.count), options.spherical, &seen, centres, task);
    double inertia = assignment.inertia();
    smooth = smooth < 0 ? inertia : smooth + weight * (inertia - smooth);
    without_gain = smooth < least ? 0 : without_gain + 1;
    least = std::min(least, smooth);
  }
}

struct Run {
  Centres centres;
  Assignment assignment;
  double inertia = std::numeric_limits<double>::infinity();
  int iterations = 0;
};

// Passes over all rows, from the centres given.
Run run_passes(MatrixView rows, const KMeansOptions &options, Centres centres, Task &task) {
  Run run{std::move(centres), {}};
  for (;;) {
    ++run.iterations;
    Assignment next = assign(rows, run.centres, task);
    fill_empty(rows, run.centres, next);
    double inertia = next.inertia();
    bool settled = next.cluster == run.assignment.cluster || run.inertia - inertia <= least_gain * inertia;
    run.assignment = std::move(next);
    run.inertia = inertia;
    task.advance();
    if (settled || run.iterations >= options.max_iterations) return run;
    move_to_means(rows, ByCluster(run.assignment.cluster, run.centres.count), options.spherical, nullptr, run.centres,
                  task);
  }
}

KMeans finish(MatrixView rows, const std::vector<int32_t> &cluster, const Centres &centres, double inertia,
              int iterations) {
  KMeans result{numbered_by_first_row(cluster), {}, inertia, iterations};
  result.centres.resize(static_cast<size_t>(result.grouping.count * rows.dimension));
  for (size_t row = 0; row < cluster.size(); ++row)
    std::copy_n(centres.view().row(cluster[row]), rows.dimension,
                result.centres.data() + result.grouping.group[row] * rows.dimension);
  return result;
}

}  // namespace

KMeans k_means(MatrixView rows, const KMeansOptions &options, Task &task) {
  if (options.clusters < 1) throw Error(Status::invalid_argument, "there must be at least one cluster");
  if (options.clusters > rows.rows)
    throw Error(Status::invalid_argument, "there cannot be " + std::to_string(options.clusters) + " clusters of " +
                                              std::to_string(rows.rows) + "; ask for fewer clusters");
  if (options.restarts < 1 || options.max_iterations < 1 || options.batch < 1)
    throw Error(Status::invalid_argument, "starts, iterations and batches must be 1 or more");
  task.phase("clustering");
  RowGroups distinct = group_equal_rows(rows, task);
  if (options.clusters >= distinct.size())
    return finish(rows, distinct.group, centres_at(rows, distinct.representative), 0, 0);

  Random random(options.seed);
  int64_t batch = std::max(options.batch, 4 * options.clusters);
  bool in_batches = rows.rows > 2 * batch;
  auto passes = static_cast<uint64_t>(options.max_iterations);
  if (in_batches)
    task.phase("choosing centres", static_cast<uint64_t>(options.restarts));
  else
    task.phase("clustering", static_cast<uint64_t>(options.restarts) * passes);
  Run best;
  for (int restart = 0; restart < options.restarts; ++restart) {
    std::vector<int32_t> sample =
        random_sample(distinct.size(), in_batches ? sample_batches * batch : distinct.size(), random);
    for (int32_t &row : sample) row = distinct.representative[row];
    Run run{centres_at(rows, k_means_start(rows, sample, options.clusters, random, task)), {}};
    if (in_batches) {
      run_mini_batches(rows, options, batch, random, run.centres, task);
      run.inertia = assign(rows, run.centres, task).inertia();
      task.advance();
    } else {
      run = run_passes(rows, options, std::move(run.centres), task);
    }
    if (restart == 0 || run.inertia < best.inertia) best = std::move(run);
  }
  if (in_batches) {
    task.phase("clustering", passes);
    best = run_passes(rows, options, std::move(best.centres), task);
  }
  return finish(rows, best.assignment.cluster, best.centres, best.inertia, best.iterations);
}

}  // namespace kalon
