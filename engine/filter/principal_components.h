#pragma once
// Rows seen along the directions in which they vary most.

#include <vector>

#include "base/task.h"
#include "index/neighbours.h"

namespace kalon {

struct PrincipalComponents {
  int64_t dimension = 0, kept = 0;
  std::vector<double> mean;        // dimension
  std::vector<double> directions;  // dimension x kept: orthonormal columns by falling variance; signs are arbitrary
  double share = 0;                // of the variance that the kept directions hold, 0..1
  double rest = 0;                 // mean variance of the other directions; 0 when all are kept
};

// kept: at least 1, at most the dimension and rows - 1 (invalid_argument). Time O(dimension³) beside the covariance.
// [worker]
PrincipalComponents fit_principal_components(MatrixView rows, int64_t kept, Task &task);

struct Projection {
  std::vector<float> values;    // rows x kept
  std::vector<double> squares;  // of each row: squared length of what lies in the other directions
};
// The same for any number of threads. [worker]
Projection project(MatrixView rows, const PrincipalComponents &components, Task &task);

}  // namespace kalon
