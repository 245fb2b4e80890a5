#include "rank/truncated_normal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kalon {
namespace {

constexpr double root_half = 1 / std::numbers::sqrt2;
constexpr double log_root_two_pi = 0.91893853320467274178;
// Beyond, t² leaves no digit of 1.
constexpr double farthest = 1e7;

// From here on tails come from Mills' ratio.
constexpr double far = 5;

// density(y) / P(x > y) − y for y >= far: the continued fraction of Mills' ratio.
double excess_far(double y) {
  double value = y;
  for (int k = y < 20 ? 40 : 14; k >= 2; --k) value = y + k / value;
  return 1 / value;
}

// log P(x > y)
double log_tail(double y) {
  if (y < far) return std::log(0.5 * std::erfc(y * root_half));
  return -0.5 * y * y - log_root_two_pi - std::log(y + excess_far(y));
}

// x >= 0 of a density proportional to exp(−low x − x² / 2) below `width`; what truncated_within() needs of it.
struct Sliver {
  double log_mass, mean, variance;
};
Sliver sliver(double low, double width) {
  // Scaled to [0, 1], so that the thinnest keep their digits.
  double linear = low * width, square = 0.5 * width * width;
  double mass = 0, first = 0, second = 0;
  int panels = 1 + static_cast<int>((linear + square) / 20);
  for (int panel = 0; panel < panels; ++panel)
    integrate(static_cast<double>(panel) / panels, (panel + 1.0) / panels, [&](double x, double weight) {
      double part = weight * std::exp(-x * (linear + square * x));
      mass += part, first += part * x, second += part * x * x;
    });
  first /= mass, second /= mass;
  return {std::log(mass * width), width * first, width * width * (second - first * first)};
}

// The range [low, low + width] is cut where the tail ends for doubles.
bool reaches_infinity(double low, double width) {
  return low * width + 0.5 * width * width > 40;
}

}  // namespace

double normal_density(double x) {
  return std::exp(-0.5 * x * x - log_root_two_pi);
}

double normal_cumulative(double x) {
  return 0.5 * std::erfc(-x * root_half);
}

double log_normal_cumulative(double x) {
  if (x > 1) return std::log1p(-0.5 * std::erfc(x * root_half));
  return log_tail(-x);
}

Truncation truncated_above(double t) {
  double y = std::min(-t, farthest);
  if (y < far) {
    double v = normal_density(y) / (0.5 * std::erfc(y * root_half)), w = v * (v - y);
    return {v, w, 1 - w};
  }
  double excess = excess_far(y), v = y + excess, w = v * excess;
  if (y < 200) return {v, w, 1 - w};
  double r = 1 / (y * y), rest = r * (1 - r * (6 - 50 * r));
  return {v, 1 - rest, rest};
}

Truncation truncated_within(double t, double e) {
  double sign = t < 0 ? -1 : 1;
  t = std::min(std::abs(t), farthest);
  if (e <= 0) return {-sign * t, 1, 0};
  double low = t - e, width = 2 * e;
  if (low >= 0) {
    if (reaches_infinity(low, width)) {
      // As if it were known to lie below the nearer end alone.
      auto one_sided = truncated_above(-low);
      return {-sign * one_sided.v, one_sided.w, one_sided.rest};
    }
    auto part = sliver(low, width);
    return {-sign * (low + part.mean), 1 - part.variance, part.variance};
  }
  if (width < 1) {
    // Both parts from zero outwards.
    auto right = sliver(0, t + e), left = sliver(0, -low);
    double share = 1 / (1 + std::exp(left.log_mass - right.log_mass));
    double mean = share * right.mean - (1 - share) * left.mean;
    double apart = right.mean + left.mean;
    double rest = share * right.variance + (1 - share) * left.variance + share * (1 - share) * apart * apart;
    return {-sign * mean, 1 - rest, rest};
  }
  double high = t + e, below = normal_density(low), above = normal_density(high);
  double mass = 0.5 * (std::erf(high * root_half) - std::erf(low * root_half));
  double mean = (below - above) / mass, w = mean * mean + (high * above - low * below) / mass;
  return {-sign * mean, w, 1 - w};
}

double log_probability_within(double t, double e) {
  t = std::abs(t);
  if (e <= 0) return -0.5 * t * t - log_root_two_pi;
  double low = t - e, width = 2 * e;
  if (low >= 0) {
    if (reaches_infinity(low, width)) return log_tail(low);
    return -0.5 * low * low - log_root_two_pi + sliver(low, width).log_mass;
  }
  double outside = 0.5 * (std::erfc((t + e) * root_half) + std::erfc(-low * root_half));
  if (outside < 0.5) return std::log1p(-outside);
  return std::log(0.5 * (std::erf((t + e) * root_half) - std::erf(low * root_half)));
}

}  // namespace kalon
