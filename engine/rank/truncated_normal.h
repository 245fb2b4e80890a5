#pragma once
// The normal distribution and what becomes of it when it is cut off: the v and w of TrueSkill (Herbrich, Minka and
// Graepel 2006, "TrueSkill: a Bayesian skill rating system", table 1), exact far into the tails too.

#include <array>
#include <utility>

namespace kalon {

double normal_density(double x);         // [any]
double normal_cumulative(double x);      // [any]
double log_normal_cumulative(double x);  // finite for all finite x [any]

// A normal x of mean m and deviation s that is known to lie in a range has then the mean m + s v and the variance
// s² (1 − w).
struct Truncation {
  double v, w;
  double rest;  // 1 − w without its rounding
};
// Above a bound: t = (m − bound) / s. [any]
Truncation truncated_above(double t);
// Less than `bound` away from 0: t = m / s, e = bound / s >= 0; of e = 0, that it is 0. [any]
Truncation truncated_within(double t, double e);
// log P(|x| < bound) with t and e as above; of e = 0, the density instead. [any]
double log_probability_within(double t, double e);

// Gauss and Legendre's 16 points: calls use(point, weight) for the integral over [low, high]. [any]
inline constexpr std::array<std::pair<double, double>, 8> legendre_points{
    {{0.095012509837637454, 0.18945061045506859},
     {0.28160355077925892, 0.18260341504492361},
     {0.45801677765722737, 0.16915651939500262},
     {0.61787624440264377, 0.14959598881657676},
     {0.755404408355003, 0.12462897125553403},
     {0.86563120238783176, 0.095158511682492591},
     {0.9445750230732326, 0.062253523938647706},
     {0.98940093499164994, 0.027152459411754037}}};
template <class Use>
void integrate(double low, double high, const Use &use) {
  double middle = 0.5 * (low + high), half = 0.5 * (high - low);
  for (auto [point, weight] : legendre_points) {
    use(middle - half * point, half * weight);
    use(middle + half * point, half * weight);
  }
}

}  // namespace kalon
