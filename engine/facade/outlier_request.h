#pragma once
// What the methods that look for outliers share: their parameters, and the rows and summary they answer with.

#include <functional>
#include <optional>
#include <string>

#include "facade/json_object.h"
#include "facade/methods.h"
#include "filter/fitted_filter.h"

namespace kalon {

struct OutlierRequest {
  OutlierOptions options;
  std::string of_the_fit;  // the first parameter that was given and shapes a fit; empty: none
  std::optional<double> quantile, threshold;
  uint64_t limit = 0;     // rows; 0: all
  std::string histogram;  // path of a PNG; empty: none
  bool overwrite = false;
};

// From method, neighbours, components, covariance, pca, restarts, iterations, regularisation, as_is, seed, quantile,
// threshold, limit, histogram and overwrite. invalid_argument for what contradicts itself, and when the histogram's
// file exists and may not be replaced or is named as another kind of picture.
OutlierRequest outlier_request_from(const Parameters &parameters);

// invalid_argument, before any work, when a file to be written exists and may not be replaced, and not_found when there
// is no folder for it. An empty path is none.
void refuse_unwritable(const std::string &path, bool overwrite);

// A filter that was fitted before shapes its own scores: invalid_argument when the request does so too.
void refuse_fitting_again(const OutlierRequest &request, bool reference);

// The filter's threshold: what the request asks for, else what the filter has of its own (one used again), else .99 of
// the reference's scores.
void set_threshold(OutlierFilter &filter, const OutlierRequest &request, bool used_again);

struct OutlierAnswer {
  OutlierFilter filter;
  OutlierScores scores;
  std::vector<MixtureChoice::Row> table;
  MixtureFit mixture;
  std::vector<std::string> notes;
  bool of_themselves = false;  // what was scored is the reference
};

// Fits to `reference` (of_themselves: it is what is scored), sets the threshold, and scores `rows`. [worker]
OutlierAnswer fitted_answer(MatrixView reference, MatrixView rows, bool of_themselves, const OutlierRequest &request,
                            Task &task);

// Writes the rows, strangest first: first those of the table (type "table"), then up to request.limit scored ones.
// identify(row, object) adds what tells a row of the matrix. Draws the histogram when one is asked for. Gives the
// summary. [worker]
JsonObject write_outliers(const MethodCall &call, const OutlierRequest &request, const OutlierAnswer &answer,
                          const std::string &items, const std::function<void(size_t, JsonObject &)> &identify);

}  // namespace kalon
