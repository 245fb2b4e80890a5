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

// A row's squared distance from a Gaussian that was estimated without it, and what that adds to ln det of its
// covariance.
struct LeftOutDistance {
  double square = 0, log_determinant = 0;
};
// For a round Gaussian in `directions` directions, from the row's squared distance from the whole; share: what the row
// weighs in the estimate, by what all others weigh together: 1 / (n-1) when n weigh the same. [any]
LeftOutDistance round_distance_left_out(double square, double share, double directions);

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

  // The same of rows some of which the mixture was fitted to: own[r] is not 0 for those. left_out: of such a row the
  // log-likelihood by the mixture that one maximisation without it gives, the responsibilities held fixed; of others
  // the plain one. With n = fit_rows (at least 2), n_k = n w_k, the row's own responsibility r, n' = n_k - r,
  // d = x - mean and q = dᵀ S⁻¹ d, by the formulas of Sherman and Morrison (1950), regularisation as of the whole:
  //   weight n' / (n-1), x - mean' = (n_k/n') d, S' = (n_k/n') (S - (r/n') d dᵀ), so that
  //   q' = (n_k/n') q / s and ln det S' = dimension ln(n_k/n') + ln det S + ln s, where s = 1 - (r/n') q.
  // diagonal: so in each direction; spherical: over their mean. tied: S' = n/(n-1) (S - (r n_k/(n' n)) d dᵀ) for all
  // components, of the sum over components the term alone in which r is largest: exact where one component has the row.
  // A component with n' < 1 rested on the row, and counts no more; when that leaves none, the row keeps the plain
  // value. The same for any number of threads. [worker]
  void left_out_log_likelihoods(MatrixView rows, std::span<const uint8_t> own, int64_t fit_rows,
                                std::span<double> log_likelihoods, std::span<double> left_out, Task &task) const;

 private:
  class Scratch;
  void squared_distances(MatrixView rows, int64_t first, int64_t count, Scratch &scratch) const;
  template <class Use>
  double evaluate(MatrixView rows, std::span<double> log_likelihoods, Task &task, Use use) const;
  // Into scratch.terms, ln of what each component adds to the likelihood of a row left out of so many; -inf: nothing.
  void tied_terms(int64_t place, double rows, Scratch &scratch) const;
  void own_terms(const float *row, int64_t place, double rows, Scratch &scratch) const;

  CovarianceKind kind_;
  int64_t components_, dimension_;
  std::vector<double> weights_;
  std::vector<double> shift_;               // what rows are packed less of, so that far data keeps its digits
  std::vector<double> offsets_;             // full and tied: (mean - shift)ᵀ U; components x dimension
  std::vector<PackedMatrix> upper_;         // full: one for each component; tied: one
  std::vector<double> means_, precisions_;  // diagonal and spherical: components x dimension
  std::vector<double> constants_;           // ln w + ln det U - (d/2) ln 2 pi
};

}  // namespace kalon
