#pragma once
// The inverse of a positive definite matrix, and draws from a normal distribution that has it for covariance.

#include <cstdint>
#include <span>
#include <vector>

namespace kalon {

// Replaces a symmetric n x n matrix (row-major; only what is on and below the diagonal is read) by its inverse, both
// triangles. False, and the matrix is lost, when it is not positive definite. Blocked sweeps (Beaton 1964): n³ / 2
// multiplications on the budget's threads. [worker]
bool invert_symmetric(std::span<double> matrix, int64_t n);

// Replaces a positive semidefinite n x n covariance by U, upper triangular with covariance = Uᵀ U; directions without
// variance get none. [any]
void factor_covariance(std::span<double> covariance, int64_t n);

// count x mean.size() joint draws from the normal distribution of this mean; factor: what factor_covariance() made, or
// the deviations alone (as many as means) of independent values. The same for the same seed. [any]
std::vector<double> normal_draws(std::span<const double> mean, std::span<const double> factor, int64_t count,
                                 uint64_t seed);

}  // namespace kalon
