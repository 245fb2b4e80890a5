#pragma once
// Vectors made ready for linear models: unit length, centred, turned to the directions in which they vary most, and
// scaled so that their squared length is 1 on average.

#include <cstdint>
#include <vector>

#include "base/task.h"
#include "index/neighbours.h"

namespace kalon {

struct FeatureOptions {
  int64_t most = 256;    // features kept at most
  double whitening = 0;  // each direction is divided by its standard deviation to this power: 0 none, 1 all are equal
};

// How features come from a vector x: (x / |x|) · directions − shift.
struct FeatureMap {
  int64_t dimension = 0, kept = 0;
  std::vector<double> directions;  // dimension x kept
  std::vector<double> shift;       // kept
  double explained = 0;            // share of the variance of the unit vectors that lies in what is kept, 0..1
};

struct Features {
  FeatureMap map;
  int64_t rows = 0;
  std::vector<float> values;     // rows x kept; zeros for a row without a vector
  std::vector<uint8_t> present;  // by row: 0 for a row of zeros, which has no vector
  MatrixView view() const { return {values.data(), rows, map.kept}; }
};

// Principal components (of a fixed sample of 8,192 rows where there are more): at most `most`, and only those that the
// rows vary in, which may be none. More than 512 dimensions: by subspace iteration (Halko, Martinsson and Tropp 2011,
// algorithm 4.4), in which the last few may be a little turned. Rows of zeros count for nothing. Throws
// invalid_argument, with the number of the row, for values that are not finite. Memory beside the result: O(dimension²)
// and the sample. [worker]
Features make_features(MatrixView vectors, const FeatureOptions &options, Task &task);

// Features of other rows: rows x kept; zeros for rows of zeros. [worker]
std::vector<float> apply(const FeatureMap &map, MatrixView vectors, Task &task);

}  // namespace kalon
