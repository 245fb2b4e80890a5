#pragma once
// Gaussian mixtures: their parameters, and what they say of rows.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "filter/triangular.h"
#include "index/neighbours.h"

namespace kalon {

enum class CovarianceKind : int8_t { full = 0, tied = 1, diagonal = 2, spherical = 3 };
std::string_view covariance_kind_name(CovarianceKind kind);  // "full"
CovarianceKind covariance_kind_from(std::string_view name);  // invalid_argument for a name that is none

struct Mixture {
  CovarianceKind kind = CovarianceKind::full;
  int64_t components = 0, dimension = 0;
  std::vector<double> weights;  // components; they add up to 1
  std::vector<double> means;    // components x dimension
  // full: components x dimension x dimension; tied: dimension x dimension; diagonal: components x dimension; spherical:
  // components. Variances, not deviations.
  std::vector<double> covariances;
};

// How many values of covariances a mixture has.
int64_t covariance_values(CovarianceKind kind, int64_t components, int64_t dimension);

// Free parameters: full k d(d+1)/2 + kd + k-1, tied d(d+1)/2 + kd + k-1, diagonal 2kd + k-1, spherical k + kd + k-1.
int64_t parameter_count(CovarianceKind kind, int64_t components, int64_t dimension);

// From the sum of log-likelihoods over n rows: AIC = -2 LL + 2p, BIC = -2 LL + p ln n.
double akaike(double log_likelihood, int64_t parameters);
double bayesian(double log_likelihood, int64_t parameters, int64_t rows);

// A mixture made ready to be evaluated.
class MixtureDensity {
 public:
  // invalid_argument, naming the component, when a covariance is not positive definite.
  explicit MixtureDensity(const Mixture &mixture);
  ~MixtureDensity();

  // For each row ln sum over k of w_k N(x | mean_k, covariance_k), natural, with -(d/2) ln 2 pi; and, unless
  // `responsibilities` is empty, the share of each component in it (rows x components). Gives the mean over the rows.
  // The same for any number of threads. [worker]
  double log_likelihoods(MatrixView rows, std::span<double> log_likelihoods, std::span<double> responsibilities,
                         Task &task) const;

 private:
  class Scratch;
  void squared_distances(MatrixView rows, int64_t first, int64_t count, Scratch &scratch) const;

  CovarianceKind kind_;
  int64_t components_, dimension_;
  std::vector<double> shift_;               // what rows are packed less of, so that far data keeps its digits
  std::vector<double> offsets_;             // full and tied: (mean - shift)ᵀ U; components x dimension
  std::vector<PackedMatrix> upper_;         // full: one for each component; tied: one
  std::vector<double> means_, precisions_;  // diagonal and spherical: components x dimension
  std::vector<double> constants_;           // ln w + ln det U - (d/2) ln 2 pi
};

}  // namespace kalon
