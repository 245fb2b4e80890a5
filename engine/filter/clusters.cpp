// k-means, from which mixtures start.

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/cpu.h"
#include "base/random.h"
#include "base/threads.h"
#include "filter/mixture_fit.h"
#include "filter/scatter.h"
#include "filter/triangular.h"

namespace kalon {
namespace {

constexpr int most_iterations = 300;
constexpr double movement = 1e-4;  // of the mean variance
constexpr int64_t rows_per_part = 512;

KALON_MULTIVERSION double squared_distance(const float *row, const double *centre, int64_t dimension) {
  constexpr int64_t lanes = 16;
  double sums[lanes] = {}, sum = 0;
  int64_t j = 0;
  for (; j + lanes <= dimension; j += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      double difference = row[j + lane] - centre[j + lane];
      sums[lane] += difference * difference;
    }
  for (; j < dimension; ++j) sum += (row[j] - centre[j]) * (row[j] - centre[j]);
  for (double lane : sums) sum += lane;
  return sum;
}

class Clustering {
 public:
  Clustering(MatrixView rows, int64_t clusters, uint64_t seed, Task &task)
      : rows_(rows), clusters_(clusters), random_(seed), task_(task) {}

  std::vector<int32_t> run() {
    choose_centres();
    double limit = movement * measure_spread();
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
      bool changed = assign();
      if (!changed) break;
      if (move_centres() <= limit) {
        assign();
        break;
      }
    }
    return std::move(cluster_);
  }

 private:
  void add_centre(int64_t row) { centres_.insert(centres_.end(), rows_.row(row), rows_.row(row) + rows_.dimension); }

  template <class Body>
  void for_rows(Body body) {
    parallel_for((rows_.rows + rows_per_part - 1) / rows_per_part, [&](int64_t part) {
      task_.throw_if_cancelled();
      for (int64_t r = part * rows_per_part; r < std::min(rows_.rows, (part + 1) * rows_per_part); ++r) body(r);
    });
  }

  // D. Arthur, S. Vassilvitskii, "k-means++" (2007); of several candidates for a centre the one that brings the rows
  // nearest is taken.
  void choose_centres() {
    std::vector<double> nearest(static_cast<size_t>(rows_.rows), HUGE_VAL), candidate(nearest.size()), best;
    add_centre(static_cast<int64_t>(random_.below(static_cast<uint64_t>(rows_.rows))));
    auto distances = [&](const double *from, std::vector<double> &out) {
      for_rows([&](int64_t r) {
        out[static_cast<size_t>(r)] =
            std::min(nearest[static_cast<size_t>(r)], squared_distance(rows_.row(r), from, rows_.dimension));
      });
      double sum = 0;
      for (double value : out) sum += value;
      return sum;
    };
    best = nearest;
    double sum = distances(centres_.data(), best);
    nearest = best;
    int candidates = 2 + static_cast<int>(std::log(static_cast<double>(clusters_)));
    for (int64_t c = 1; c < clusters_; ++c) {
      double least = HUGE_VAL;
      int64_t taken = -1;
      for (int i = 0; i < candidates; ++i) {
        int64_t row = random_row(nearest, sum);
        std::vector<double> from(rows_.row(row), rows_.row(row) + rows_.dimension);
        double left = distances(from.data(), candidate);
        if (left >= least) continue;
        least = left;
        taken = row;
        best.swap(candidate);
      }
      add_centre(taken);
      nearest = best;
      sum = least;
    }
  }

  // A row, with the chance of its squared distance from the centres; any row when all of them are centres.
  int64_t random_row(const std::vector<double> &weights, double sum) {
    if (!(sum > 0)) return static_cast<int64_t>(random_.below(weights.size()));
    double left = random_.unit() * sum;
    for (size_t r = 0; r < weights.size(); ++r) {
      left -= weights[r];
      if (left < 0) return static_cast<int64_t>(r);
    }
    return static_cast<int64_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
  }

  // The mean variance of a value; leaves the mean and the rows' squared distances from it.
  double measure_spread() {
    mean_ = column_means(rows_, task_);
    squares_.resize(static_cast<size_t>(rows_.rows));
    for_rows([&](int64_t r) {
      squares_[static_cast<size_t>(r)] = squared_distance(rows_.row(r), mean_.data(), rows_.dimension);
    });
    double sum = 0;
    for (double value : squares_) sum += value;
    return sum / static_cast<double>(rows_.rows * rows_.dimension);
  }

  // Each row to its nearest centre, the first of equal ones. Whether any row moved.
  bool assign() {
    std::vector<int32_t> before = cluster_;
    cluster_.resize(static_cast<size_t>(rows_.rows));
    distance_.resize(cluster_.size());
    // |x - c|² = |x|² - 2 x·c + |c|², about the mean of the rows, where the differences keep their digits.
    auto d = static_cast<size_t>(rows_.dimension), k = static_cast<size_t>(clusters_);
    std::vector<double> turned(d * k), lengths(k, 0.0);
    for (size_t c = 0; c < k; ++c)
      for (size_t j = 0; j < d; ++j) {
        double value = centres_[c * d + j] - mean_[j];
        turned[j * k + c] = value;
        lengths[c] += value * value;
      }
    PackedMatrix matrix(turned, rows_.dimension, clusters_, false);
    parallel_for((rows_.rows + PackedRows::most - 1) / PackedRows::most, [&](int64_t part) {
      task_.throw_if_cancelled();
      int64_t first = part * PackedRows::most, count = std::min(PackedRows::most, rows_.rows - first);
      PackedRows packed(rows_.dimension);
      packed.pack(rows_, first, count, mean_.data());
      std::vector<double> products(static_cast<size_t>(count) * k);
      packed.multiply(matrix, products.data());
      for (int64_t r = 0; r < count; ++r) {
        const double *row = &products[static_cast<size_t>(r) * k];
        double least = HUGE_VAL;
        for (size_t c = 0; c < k; ++c) {
          double distance = lengths[c] - 2 * row[c];
          if (distance >= least) continue;
          least = distance;
          cluster_[static_cast<size_t>(first + r)] = static_cast<int32_t>(c);
        }
        distance_[static_cast<size_t>(first + r)] = least + squares_[static_cast<size_t>(first + r)];
      }
    });
    fill_empty_clusters();
    return cluster_ != before;
  }

  // An empty cluster takes the row that lies farthest from its centre, of those that do not stand alone.
  void fill_empty_clusters() {
    std::vector<int64_t> sizes(static_cast<size_t>(clusters_), 0);
    for (int32_t c : cluster_) ++sizes[static_cast<size_t>(c)];
    for (int64_t c = 0; c < clusters_; ++c) {
      if (sizes[static_cast<size_t>(c)] > 0) continue;
      int64_t farthest = -1;
      for (int64_t r = 0; r < rows_.rows; ++r)
        if (sizes[static_cast<size_t>(cluster_[static_cast<size_t>(r)])] > 1 &&
            (farthest < 0 || distance_[static_cast<size_t>(r)] > distance_[static_cast<size_t>(farthest)]))
          farthest = r;
      if (farthest < 0) return;
      --sizes[static_cast<size_t>(cluster_[static_cast<size_t>(farthest)])];
      cluster_[static_cast<size_t>(farthest)] = static_cast<int32_t>(c);
      distance_[static_cast<size_t>(farthest)] = 0;
      sizes[static_cast<size_t>(c)] = 1;
    }
  }

  // Each centre to the mean of its rows; the sum of their squared movements.
  double move_centres() {
    auto add = [&](int64_t r, double *all) {
      double *sum = all + cluster_[static_cast<size_t>(r)] * rows_.dimension;
      for (int64_t j = 0; j < rows_.dimension; ++j) sum[j] += rows_.row(r)[j];
    };
    auto sums = sums_over(rows_.rows, clusters_ * rows_.dimension, add, task_);
    std::vector<int64_t> sizes(static_cast<size_t>(clusters_), 0);
    for (int32_t c : cluster_) ++sizes[static_cast<size_t>(c)];
    double moved = 0;
    for (size_t i = 0; i < sums.size(); ++i) {
      auto size = sizes[i / static_cast<size_t>(rows_.dimension)];
      if (size == 0) continue;
      double value = sums[i] / static_cast<double>(size);
      moved += (value - centres_[i]) * (value - centres_[i]);
      centres_[i] = value;
    }
    return moved;
  }

  MatrixView rows_;
  int64_t clusters_;
  Random random_;
  Task &task_;
  std::vector<double> centres_;   // clusters x dimension
  std::vector<int32_t> cluster_;  // of each row
  std::vector<double> distance_;  // of each row, squared
  std::vector<double> mean_;      // of the rows
  std::vector<double> squares_;   // of each row, its squared distance from the mean
};

}  // namespace

std::vector<int32_t> cluster_rows(MatrixView rows, int64_t clusters, uint64_t seed, Task &task) {
  return Clustering(rows, clusters, seed, task).run();
}

}  // namespace kalon
