#pragma once
// The covariance of few rows in many dimensions, and distances by it.

#include <memory>
#include <span>
#include <vector>

#include "base/task.h"
#include "filter/triangular.h"
#include "index/neighbours.h"

namespace kalon {

// O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices" (2004), as scikit-learn
// computes it: (1 - shrinkage) S + shrinkage (trace S / dimension) I, with S about the mean and divided by the number
// of rows.
struct LedoitWolf {
  int64_t rows = 0, dimension = 0;
  std::vector<double> location;    // dimension
  std::vector<double> covariance;  // dimension x dimension, symmetric
  double shrinkage = 0;            // 0..1
};

// invalid_argument for fewer than two rows, and when all rows are equal. Memory O(dimension²) beside the rows. [worker]
LedoitWolf fit_ledoit_wolf(MatrixView rows, Task &task);

// Distances from a fit. A covariance without an inverse (a fit on two rows, or a value that never varies and no
// shrinkage) gets the least ridge on its diagonal that gives it one.
class Mahalanobis {
 public:
  explicit Mahalanobis(const LedoitWolf &fit);
  double ridge() const { return ridge_; }  // added to each value of the diagonal; 0 when none was needed
  // Squared distances, one for each row; the same for any number of threads. [worker]
  std::vector<double> squared(MatrixView rows, Task &task) const;

 private:
  std::vector<double> location_;
  std::unique_ptr<PackedMatrix> factor_;
  double ridge_ = 0;
};

// What the squared distance of one of the fit's own rows would be from a fit to the others, of its squared distance
// from the whole fit, by the formula of Sherman and Morrison (1950): within a few per cent of such a fit, and unbiased.
// Not negative, rising with `squared`. [any]
double squared_without_itself(double squared, int64_t rows, double shrinkage);

}  // namespace kalon
