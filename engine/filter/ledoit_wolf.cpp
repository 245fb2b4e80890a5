#include "filter/ledoit_wolf.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/threads.h"
#include "filter/scatter.h"

namespace kalon {
namespace {

constexpr int64_t rows_per_part = 1024;

// The sum over rows of |x - mean|⁴.
double sum_of_fourth_powers(MatrixView rows, const std::vector<double> &mean, Task &task) {
  int64_t parts = (rows.rows + rows_per_part - 1) / rows_per_part;
  std::vector<double> sums(static_cast<size_t>(parts), 0.0);
  parallel_for(parts, [&](int64_t part) {
    task.throw_if_cancelled();
    for (int64_t r = part * rows_per_part; r < std::min(rows.rows, (part + 1) * rows_per_part); ++r) {
      double squares = 0;
      for (int64_t j = 0; j < rows.dimension; ++j) {
        double value = rows.row(r)[j] - mean[static_cast<size_t>(j)];
        squares += value * value;
      }
      sums[static_cast<size_t>(part)] += squares * squares;
    }
  });
  double sum = 0;
  for (double part : sums) sum += part;
  return sum;
}

}  // namespace

LedoitWolf fit_ledoit_wolf(MatrixView rows, Task &task) {
  if (rows.rows < 2)
    throw Error(Status::invalid_argument, "a covariance needs at least two vectors; there " +
                                              std::string(rows.rows == 1 ? "is one" : "are none"));
  LedoitWolf fit;
  fit.rows = rows.rows;
  fit.dimension = rows.dimension;
  auto n = static_cast<double>(rows.rows), p = static_cast<double>(rows.dimension);
  fit.location = column_means(rows, task);
  fit.covariance.resize(static_cast<size_t>(rows.dimension * rows.dimension));
  Scatter sum{.centre = fit.location.data(), .out = fit.covariance.data()};
  add_up(rows, {&sum, 1}, task);
  double trace = 0, squares = 0;
  for (double &value : fit.covariance) {
    value /= n;
    squares += value * value;
  }
  for (int64_t i = 0; i < rows.dimension; ++i) trace += fit.covariance[static_cast<size_t>(i * (rows.dimension + 1))];
  double size = 0;
  for (double value : fit.location) size += value * value;
  // Equal rows leave nothing but the rounding of their mean.
  if (!(trace > 1e-24 * size) || !(trace > 0))
    throw Error(Status::invalid_argument, "all " + std::to_string(rows.rows) +
                                              " vectors are equal, so that nothing tells what is usual among them");
  double mean_variance = trace / p;
  double spread = (squares - 2 * mean_variance * trace + p * mean_variance * mean_variance) / p;
  double error = (sum_of_fourth_powers(rows, fit.location, task) / n - squares) / (p * n);
  error = std::min(error, spread);
  // One dimension has nothing to shrink to, nor has a covariance that is a multiple of the identity already.
  fit.shrinkage = rows.dimension == 1 || error <= 0 ? 0 : error / spread;
  for (double &value : fit.covariance) value *= 1 - fit.shrinkage;
  for (int64_t i = 0; i < rows.dimension; ++i)
    fit.covariance[static_cast<size_t>(i * (rows.dimension + 1))] += fit.shrinkage * mean_variance;
  return fit;
}

Mahalanobis::Mahalanobis(const LedoitWolf &fit) : location_(fit.location) {
  auto factor = precision_factor(fit.covariance, fit.dimension);
  if (!factor) {
    auto covariance = fit.covariance;
    double mean = 0;
    for (int64_t i = 0; i < fit.dimension; ++i) mean += covariance[static_cast<size_t>(i * (fit.dimension + 1))];
    mean /= static_cast<double>(fit.dimension);
    for (double share = 1e-10; !factor && share < 1; share *= 10) {
      double ridge = mean * share;
      for (int64_t i = 0; i < fit.dimension; ++i)
        covariance[static_cast<size_t>(i * (fit.dimension + 1))] += ridge - ridge_;
      ridge_ = ridge;
      factor = precision_factor(covariance, fit.dimension);
    }
  }
  if (!factor) throw Error(Status::invalid_argument, "the covariance of the vectors has no inverse");
  factor_ = std::make_unique<PackedMatrix>(factor->upper, fit.dimension, fit.dimension, true);
}

std::vector<double> Mahalanobis::squared(MatrixView rows, Task &task) const {
  std::vector<double> distances(static_cast<size_t>(rows.rows));
  int64_t parts = (rows.rows + PackedRows::most - 1) / PackedRows::most;
  parallel_for(parts, [&](int64_t part) {
    task.throw_if_cancelled();
    int64_t first = part * PackedRows::most, count = std::min(PackedRows::most, rows.rows - first);
    PackedRows packed(rows.dimension);
    packed.pack(rows, first, count, location_.data());
    packed.squared_norms(*factor_, nullptr, &distances[static_cast<size_t>(first)], 1);
    task.advance(static_cast<uint64_t>(count));
  });
  return distances;
}

double squared_without_itself(double squared, int64_t rows, double shrinkage) {
  auto n = static_cast<double>(rows);
  // Without row x the sample covariance is n/(n-1) S - n/(n-1)² (x-m)(x-m)ᵀ, and x lies n/(n-1) as far from the mean.
  // The target's variance stays; what that makes of the whole is taken as one factor.
  double grown = (1 - shrinkage) * n / (n - 1) + shrinkage;
  double own = (1 - shrinkage) * n / ((n - 1) * (n - 1));
  double left = std::max(1 - own * squared / grown, std::numeric_limits<double>::epsilon());
  return n / (n - 1) * n / (n - 1) * squared / grown / left;
}

}  // namespace kalon
