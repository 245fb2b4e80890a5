#pragma once
// What a vote on two items is expected to tell.

namespace kalon {

// Mutual information, in nats, of the next vote on a pair and its difference of utilities d ~ N(mean, variance), when
// the first is preferred with probability 1 / (1 + exp(-d)): H(E p) - E H(p) with the entropy H of a coin, which is the
// BALD criterion of Houlsby, Huszar, Ghahramani and Lengyel 2011 (arXiv:1112.5745, equation 2). In [0, ln 2], even in
// the mean. Their closed form is for probit votes; here it is interpolated in a table that is computed by the
// trapezoidal rule when first used (2 ms): for standard deviations up to 20 and |mean| up to 8 sqrt(1 + variance / 4)
// the error is below 1e-5 and below .1 % of the value; beyond it is an extrapolation that keeps the order of pairs.
// [any]
double expected_information(double mean, double variance);

}  // namespace kalon
