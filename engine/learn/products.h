#pragma once
// Products of a tall matrix of floats with thin or diagonal ones, summed in double: nearly all of the time that models
// on vectors take. The same for any number of threads.

#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

// out (rows x columns) = matrix (rows x dimension) · right (dimension x columns). [any]
void multiply(MatrixView matrix, const double *right, int64_t columns, double *out);
// out (dimension x columns) = matrixᵀ · right (rows x columns). [any]
void multiply_transposed(MatrixView matrix, const double *right, int64_t columns, double *out);
// Sum over rows r of weights[r] x_r x_rᵀ, dimension x dimension; no weights: 1 each. [any]
std::vector<double> weighted_gram(MatrixView matrix, std::span<const double> weights);

}  // namespace kalon
