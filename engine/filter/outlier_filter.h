#pragma once
// How strange vectors are, measured against a set of usual ones.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "filter/ledoit_wolf.h"
#include "filter/mixture_fit.h"
#include "filter/principal_components.h"
#include "filter/score_scale.h"

namespace kalon {

enum class OutlierMethod : int8_t { combined = 0, mahalanobis = 1, knn = 2, gmm = 3 };
std::string_view outlier_method_name(OutlierMethod method);  // "combined"
OutlierMethod outlier_method_from(std::string_view name);    // invalid_argument for a name that is none

struct OutlierOptions {
  OutlierMethod method = OutlierMethod::combined;
  bool unit_length = true;  // what the caller did to the rows; neighbours are always compared by their directions
  int64_t neighbours = 10;
  bool keep = false;  // the filter must outlive the rows: it keeps at most 20,000 of them, in 16 bits a value
  // gmm: the numbers of components to choose from by BIC; 0: one number, a hundredth of the rows, 1 to 16.
  int64_t fewest_components = 0, most_components = 0;
  // gmm: principal components taken first; 0: none; -1: as many as the rows bear: an eighth of the rows of a component,
  // 1 to 64.
  int64_t principal_components = -1;
  MixtureOptions mixture;  // without its number of components
  uint64_t seed = 1;
};

// Of the values of kept unit vectors: 16 bits each.
inline constexpr float kept_step = 1.0f / 32767;

// A fit on a reference, complete enough to score other vectors at another time.
struct OutlierFilter {
  OutlierMethod method = OutlierMethod::combined;
  bool unit_length = true;
  int64_t rows = 0, dimension = 0;  // of the reference
  std::vector<Hash128> members;     // hashes of its rows as they were given
  // combined, mahalanobis
  std::optional<LedoitWolf> ellipsoid;
  // combined, knn: unit vectors, of rows base_rows of the reference; borrowed unless kept
  int64_t neighbours = 0;
  std::vector<int32_t> base_rows;
  std::vector<float> base_values;  // kept: base_rows.size() x dimension, whole multiples of kept_step
  MatrixView borrowed;
  // gmm; the variance of the directions left out includes the regularisation
  std::optional<PrincipalComponents> components;
  std::optional<Mixture> mixture;
  // What the reference's own rows scored, each against the others.
  ScoreScale mahalanobis, knn, score;
  double threshold = 0;            // scores above it are outliers; set by the caller
  std::optional<double> quantile;  // of the reference's scores that the threshold is; none: it was given

  MatrixView base() const {
    return base_values.empty() ? borrowed
                               : MatrixView{base_values.data(), static_cast<int64_t>(base_rows.size()), dimension};
  }
};

struct OutlierScores {
  // combined: the mean of the row's positions among the reference's distances, 0..1; mahalanobis, knn: the distance;
  // gmm: -ln likelihood. Of a row that the reference holds, the distances and likelihoods here are by the others.
  std::vector<double> score;
  std::vector<double> mahalanobis;  // from the whole fit; empty where the method has none
  std::vector<double> left_out;     // the same, but of a row that the reference holds from a fit to the others
  std::vector<double> knn;          // mean cosine distance to the nearest rows of the reference, itself left out
  // gmm: ln likelihood by the whole fit, in which the directions that principal components leave out are one round
  // Gaussian about the mean, as in probabilistic PCA (Tipping and Bishop 1999): what is strange in them alone is seen.
  // Empty for other methods.
  std::vector<double> log_likelihood;
};

struct OutlierFit {
  OutlierFilter filter;
  OutlierScores own;                      // of the reference's rows
  std::vector<MixtureChoice::Row> table;  // gmm
  MixtureFit mixture;                     // gmm
  std::vector<std::string> notes;         // for people: what of the fit is to be taken with care
};

// invalid_argument for fewer rows than neighbours + 1 or components, for rows that are all equal or not finite, and, by
// its number from 0, for a row of zeros where directions are compared; limit_exceeded where covariances would take more
// than a gigabyte. Unless options.keep, the rows must outlive the filter. Memory beside the rows: O(dimension² + rows),
// and a copy of the rows when they are not of unit length but neighbours are asked for. [worker]
OutlierFit fit_outlier_filter(MatrixView rows, const OutlierOptions &options, Task &task);

// invalid_argument when the dimension differs from the filter's. Rows as in the fit: of unit length where it was. A row
// that is equal to one of the reference is taken for that one. [worker]
OutlierScores score_rows(const OutlierFilter &filter, MatrixView rows, Task &task);

// Scales each row to length 1. Gives the number of the first row that is all zeros, and leaves such rows; -1 when there
// is none. [worker]
int64_t make_unit_length(float *values, int64_t rows, int64_t dimension);

}  // namespace kalon
