#pragma once
// One entry of pairs as a curve over its difference of utilities, and means over a normal distribution of it.

#include <array>
#include <cmath>

namespace kalon {

// Gauss and Hermite's rule of seventeen points for the standard normal distribution, its upper half.
struct NormalNode {
  double at, weight;
};
inline constexpr std::array<NormalNode, 9> normal_rule = {{{0, 0.29953837012660545},
                                                           {0.75184260070389619, 0.22670630846897691},
                                                           {1.5098833077967408, 0.097406371162721106},
                                                           {2.2810194402529889, 0.023086657025710968},
                                                           {3.0737971753281936, 0.0028589460622846191},
                                                           {3.90006571719801, 0.00016849143155133839},
                                                           {4.778531589629984, 4.0126794479798437e-06},
                                                           {5.7444600786594062, 2.8080161179305654e-08},
                                                           {6.889122439895333, 2.5843149193748912e-11}}};

// The votes of an entry (likelihood.h); x is the difference times the factor.
struct PairCurve {
  double net, count, tie_rate;

  // The log likelihood, without the ties' log(tie_rate).
  double value(double x) const {
    double h = std::exp(-0.5 * std::fabs(x));
    return 0.5 * net * x - count * (0.5 * std::fabs(x) + std::log(1 + h * h + tie_rate * h));
  }
  // Its derivative, and minus the second.
  struct Slope {
    double slope, weight;
  };
  Slope slope(double x) const {
    double h = std::exp(-0.5 * std::fabs(x)), t = h * h, whole = 1 / (1 + t + tie_rate * h);
    return {0.5 * (net - count * std::copysign((1 - t) * whole, x)),
            0.25 * count * (4 * t + tie_rate * h * (1 + t)) * whole * whole};
  }
};

}  // namespace kalon
