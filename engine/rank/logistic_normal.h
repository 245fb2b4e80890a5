#pragma once

namespace kalon {

// The mean of 1 / (1 + e^-d) over d ~ N(mean, variance), to 1e-6. [any]
double logistic_normal(double mean, double variance);

}  // namespace kalon
