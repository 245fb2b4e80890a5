#include "rank/pair_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/cpu.h"

namespace kalon {
namespace {

// e^-a for a in [0, 350], to an ulp or two, in a form that compilers turn into wide instructions: a is split into a
// whole number of ln 2 and a rest, for which twelve terms of the series suffice.
inline double exp_negative(double a) {
  constexpr double to_whole = 0x1.8p52, log2_e = 1.4426950408889634074;
  constexpr double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
  double shifted = a * -log2_e + to_whole;
  double whole = shifted - to_whole;
  double f = (-a - whole * ln2_high) - whole * ln2_low;
  double p = 1.0 / 479001600;
  p = p * f + 1.0 / 39916800;
  p = p * f + 1.0 / 3628800;
  p = p * f + 1.0 / 362880;
  p = p * f + 1.0 / 40320;
  p = p * f + 1.0 / 5040;
  p = p * f + 1.0 / 720;
  p = p * f + 1.0 / 120;
  p = p * f + 1.0 / 24;
  p = p * f + 1.0 / 6;
  p = p * f + 0.5;
  p = p * f + 1.0;
  p = p * f + 1.0;
  return p * std::bit_cast<double>((std::bit_cast<uint64_t>(shifted) + 1023) << 52);
}

// e^{-|x|/2} with x bounded so that nothing vanishes.
inline double half_power(double x) {
  return exp_negative(std::min(0.5 * std::fabs(x), 340.0));
}

// Of a >= 1, in the same form: the exponent, and for the rest m the series of log m = 2 atanh((m - 1) / (m + 1)).
inline double logarithm(double a) {
  constexpr double ln2 = 0.69314718055994530942;
  constexpr uint64_t root_half = 0x3fe6a09e667f3bcd;
  auto bits = std::bit_cast<uint64_t>(a);
  auto power = (bits - root_half) >> 52;
  double m = std::bit_cast<double>(bits - (power << 52));
  double s = (m - 1) / (m + 1), t = s * s;
  double p = 1.0 / 21;
  p = p * t + 1.0 / 19;
  p = p * t + 1.0 / 17;
  p = p * t + 1.0 / 15;
  p = p * t + 1.0 / 13;
  p = p * t + 1.0 / 11;
  p = p * t + 1.0 / 9;
  p = p * t + 1.0 / 7;
  p = p * t + 1.0 / 5;
  p = p * t + 1.0 / 3;
  // A whole number below 2^52 as a double, without an instruction that older processors lack.
  double whole = std::bit_cast<double>(power | 0x4330000000000000) - 0x1p52;
  return whole * ln2 + 2 * s + 2 * s * t * p;
}

}  // namespace

KALON_MULTIVERSION void entry_slopes(const EntryRun &run, double *__restrict gradient, float *__restrict weight) {
  const double *__restrict difference = run.difference;
  const float *__restrict net = run.net;
  const float *__restrict votes = run.votes;
  const float *__restrict scales = run.scale;
  const float *__restrict blurs = run.blur;
  const double tie_rate = run.tie_rate;
  for (int64_t k = 0; k < run.count; ++k) {
    double scale = static_cast<double>(scales[k]), count = static_cast<double>(votes[k]);
    double blur = static_cast<double>(blurs[k]);
    double x = scale * blur * difference[k];
    double h = half_power(x), t = h * h;
    double whole = 1 / (1 + t + tie_rate * h);
    double expected = std::copysign((1 - t) * whole, x);
    gradient[k] = 0.5 * scale * (static_cast<double>(net[k]) - count * expected);
    weight[k] =
        static_cast<float>(0.25 * scale * scale * blur * count * (4 * t + tie_rate * h * (1 + t)) * whole * whole);
  }
}

KALON_MULTIVERSION void entry_values(const EntryRun &run, double *__restrict value) {
  const double *__restrict difference = run.difference;
  const float *__restrict net = run.net;
  const float *__restrict votes = run.votes;
  const float *__restrict scales = run.scale;
  const double tie_rate = run.tie_rate;
  for (int64_t k = 0; k < run.count; ++k) {
    double x = static_cast<double>(scales[k]) * difference[k];
    double h = half_power(x);
    double whole = 0.5 * std::fabs(x) + logarithm(1 + h * h + tie_rate * h);
    value[k] = 0.5 * static_cast<double>(net[k]) * x - static_cast<double>(votes[k]) * whole;
  }
}

KALON_MULTIVERSION void entry_ties(const EntryRun &run, double *__restrict mixed, double *__restrict expected,
                                   double *__restrict spread) {
  const double *__restrict difference = run.difference;
  const float *__restrict votes = run.votes;
  const float *__restrict scales = run.scale;
  const float *__restrict blurs = run.blur;
  const double tie_rate = run.tie_rate;
  for (int64_t k = 0; k < run.count; ++k) {
    double scale = static_cast<double>(scales[k]), count = static_cast<double>(votes[k]);
    double blur = static_cast<double>(blurs[k]);
    double x = scale * blur * difference[k];
    double h = half_power(x), t = h * h;
    double whole = 1 / (1 + t + tie_rate * h);
    double tie = tie_rate * h * whole;
    mixed[k] = 0.5 * scale * count * std::copysign((1 - t) * whole, x) * tie;
    expected[k] = count * tie;
    spread[k] = count * tie * (1 - tie);
  }
}

KALON_MULTIVERSION void entry_blurs(const int32_t *__restrict other, const float *__restrict weight,
                                    const float *__restrict scale, int64_t count, const double *__restrict diagonal,
                                    double own, double least, float *__restrict blur) {
  constexpr float by = static_cast<float>(std::numbers::pi / 8);
  for (int64_t k = 0; k < count; ++k) {
    // Of the inverse of a matrix of two: what either has beside what they share, which is at least the prior.
    double shared = static_cast<double>(weight[k]), there = diagonal[other[k]] + least - shared,
           here = own + least - shared;
    here = here > least ? here : least;
    there = there > least ? there : least;
    auto apart = static_cast<float>((here + there) / (shared * (here + there) + here * there));
    blur[k] = 1 / std::sqrt(1 + by * scale[k] * scale[k] * apart);
  }
}

KALON_MULTIVERSION void add_weighted_rows(const int32_t *other, const float *weight, int64_t count, const float *rows,
                                          float *__restrict to) {
  constexpr int64_t columns = 16;
  float sum[columns] = {};
  for (int64_t k = 0; k < count; ++k) {
    const float *row = rows + static_cast<int64_t>(other[k]) * columns;
    for (int64_t c = 0; c < columns; ++c) sum[c] += weight[k] * row[c];
  }
  for (int64_t c = 0; c < columns; ++c) to[c] += sum[c];
}

}  // namespace kalon
