#include "rank/logistic_normal.h"

#include <cmath>
#include <numbers>

namespace kalon {
namespace {

double logistic(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

}  // namespace

// The trapezoidal rule, which converges exponentially for analytic integrands that vanish on both sides: over the
// normal variable while the logistic curve is smooth on its scale, else over a logistic variable.
double logistic_normal(double mean, double variance) {
  double deviation = std::sqrt(variance);
  if (!(deviation > 0)) return logistic(mean);
  double sum = 0, weights = 0;
  if (deviation < 3) {
    for (int i = -15; i <= 15; ++i) {
      double t = 0.4 * i, weight = std::exp(-0.5 * t * t);
      weights += weight;
      sum += weight * logistic(mean + deviation * t);
    }
    return sum / weights;
  }
  for (int i = -20; i <= 20; ++i) {
    double t = i, share = logistic(t), weight = share * (1 - share);
    weights += weight;
    sum += weight * 0.5 * std::erfc(-(mean + t) / (deviation * std::numbers::sqrt2));
  }
  return sum / weights;
}

}  // namespace kalon
