#pragma once
// Gaussian mixtures fitted by expectation and maximisation (Dempster, Laird, Rubin 1977), step for step as
// scikit-learn's GaussianMixture does it, so that equal starts give equal figures.

#include <cstdint>
#include <span>
#include <vector>

#include "filter/mixture.h"

namespace kalon {

struct MixtureOptions {
  CovarianceKind kind = CovarianceKind::full;
  int64_t components = 1;
  int restarts = 3;              // starts from different seeds; the likeliest end wins
  int iterations = 100;          // at most, for each start
  double tolerance = 1e-3;       // ends when the mean log-likelihood changed by less
  double regularisation = 1e-6;  // added to every variance
  uint64_t seed = 1;
};

struct MixtureFit {
  Mixture mixture;
  double log_likelihood = 0;  // mean over the rows, of the final mixture
  int iterations = 0;
  bool converged = false;
};

// The best of several starts: k-means++ and k-means, whose clusters are the first responsibilities. invalid_argument
// for fewer rows than components, no component, values that are not finite, and covariances that stay singular.
// [worker]
MixtureFit fit_mixture(MatrixView rows, const MixtureOptions &options, Task &task);

// Iterations from a given mixture on; options.components, kind, restarts and seed do not matter. [worker]
MixtureFit fit_mixture_from(MatrixView rows, Mixture start, const MixtureOptions &options, Task &task);

// One maximisation: the mixture that shares of the components in the rows (rows x components) make likeliest. [worker]
Mixture mixture_from(MatrixView rows, std::span<const double> responsibilities, int64_t components, CovarianceKind kind,
                     double regularisation, Task &task);

// Fits with each number of components.
struct MixtureChoice {
  struct Row {
    int64_t components = 0, parameters = 0;
    double log_likelihood = 0;  // sum over the rows
    double aic = 0, bic = 0;
    int iterations = 0;
    bool converged = false;
  };
  std::vector<Row> table;
  MixtureFit best;  // by BIC; of equal ones the smallest
};
MixtureChoice choose_mixture(MatrixView rows, int64_t fewest, int64_t most, const MixtureOptions &options, Task &task);

// Clusters of k-means from a k-means++ start: for each row its cluster, 0..clusters-1, none of them empty unless fewer
// rows differ. Lloyd's iterations, at most 300, until centres move by less than 1e-4 of the mean variance. [worker]
std::vector<int32_t> cluster_rows(MatrixView rows, int64_t clusters, uint64_t seed, Task &task);

}  // namespace kalon
