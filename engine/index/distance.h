#pragma once
// Distances between single vectors.

#include <cstdint>

namespace kalon {

// The squared Euclidean distance, differences and sum in double: exact to about 1e-15, also between near-duplicates far
// from the origin. [any]
double squared_distance(const float *a, const float *b, int64_t dimension);

// The distance as results carry it: rounded to float, no larger than the largest float. [any]
float rounded_distance(double squared);

// The Euclidean distance in float arithmetic (relative error about 1e-6 at 1,000 dimensions), for searches that ask for
// millions of them. [any]
float fast_distance(const float *a, const float *b, int64_t dimension);

}  // namespace kalon
