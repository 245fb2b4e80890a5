#pragma once
// What votes over one pair say of the difference of two utilities, in TrueSkill's model: each vote compares two
// performances, which are the utilities plus normal noise; a difference of performances within the margin is a tie.

#include <cmath>
#include <cstdint>
#include <span>

namespace kalon {

struct Normal {
  double mean, variance;
};
// A factor exp(shift d − precision d² / 2).
struct Site {
  double precision = 0, shift = 0;
};

// Weights of the votes for either item of a pair, and of ties.
struct ProbitVotes {
  double first = 0, second = 0, ties = 0;
  double total() const { return first + second + ties; }
};

struct ProbitModel {
  double noise_variance;  // of the difference of two performances: 2 beta²
  double margin;          // of a tie, in units of performance
  // From TrueSkill's constants: the margin makes ties of equal items as frequent as said. [any]
  static ProbitModel of(double beta, double draw_probability);
  double logistic_unit() const { return .6160176926724505 * std::sqrt(noise_variance); }  // for Estimator::unit()
};

// Mean and variance of a normal difference (first − second) times the likelihood of the votes, each to the power of its
// weight: in closed form for one vote of weight 1 (Herbrich, Minka and Graepel 2006), else by quadrature to some 1e-10.
// [any]
Normal with_votes(Normal difference, const ProbitVotes &votes, const ProbitModel &model);
// The site that takes `before` to `after`; never of a negative precision. [any]
Site site_between(Normal before, Normal after);

}  // namespace kalon
