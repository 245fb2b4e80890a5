#include "rank/proportion.h"

#include <algorithm>
#include <cmath>

namespace kalon {
namespace {

// ln(n!), by Stirling's series where it is exact to the last digits; std::lgamma writes to a global.
double log_factorial(double n) {
  double sum = 0;
  for (; n < 20; ++n) sum -= std::log(n + 1);
  double inverse = 1 / n, square = inverse * inverse;
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return sum + (n + 0.5) * std::log(n) - n + half_log_two_pi +
         inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
}

}  // namespace

Share share_of(uint64_t count, uint64_t of) {
  Share result{count, of, 0, {0, 1}};
  if (of == 0) return result;
  auto n = static_cast<double>(of);
  double p = result.share = static_cast<double>(count) / n;
  constexpr double square = normal_95 * normal_95;
  double middle = (p + square / (2 * n)) / (1 + square / n);
  double half = normal_95 / (1 + square / n) * std::sqrt(p * (1 - p) / n + square / (4 * n * n));
  // The ends are met exactly where all or none said yes.
  result.interval = {count == 0 ? 0 : std::max(0.0, middle - half), count == of ? 1 : std::min(1.0, middle + half)};
  return result;
}

double fair_coin_probability(uint64_t count, uint64_t of) {
  auto k = static_cast<double>(std::min(count, of - count)), n = static_cast<double>(of);
  if (2 * k >= n - 1) return 1;
  double term = std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) - n * std::log(2.0)), sum = 0;
  for (; k >= 0 && term > sum * 1e-17; --k) {
    sum += term;
    term *= k / (n - k + 1);
  }
  return std::min(1.0, 2 * sum);
}

}  // namespace kalon
