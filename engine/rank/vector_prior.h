#pragma once
// How much of a taste the items' vectors explain, found from votes: utilities are a linear function of features of the
// vectors plus something of each item's own (learn/mixed_model.h), and both variances are those that make the votes
// most probable.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/task.h"
#include "learn/mixed_model.h"
#include "rank/likelihood.h"

namespace kalon {

// A Gaussian likelihood of the utilities that has this curvature. Borrows both.
ObservedPrecision observed_precision(const VoteGraph &graph, const Curvature &curvature);

// K⁻¹ as a matrix, items x items. [worker]
void write_prior_precision(const MixedPrior &prior, std::span<double> matrix, Task &task);

struct Taste {
  MixedVariances variances;
  double tie_rate = 0;
  double share_low = 0, share_high = 1;  // where the share that the features explain lies with probability .9
  std::vector<double> utilities;         // their mode, jointly with the weights, by item
  Curvature curvature;                   // of the votes there
};

struct TasteOptions {
  std::optional<double> whole_variance;  // held fixed, else fitted: explained and own together
  uint64_t seed = 1;
};

// The mode of utilities and rate of ties at fixed variances, by Newton's method with conjugate gradients from where
// taste.utilities are (empty: 0). Steps end when none is greater than `tolerance`. [worker]
void find_mode(const VoteGraph &graph, const MixedDesign &design, Taste &taste, double tolerance, Task &task);

// Fits the variances as well: by their evidence, with a uniform prior on the share that the features explain and that
// of `bayes` on the whole variance, by a quasi-Newton search that begins with the expected information. The evidence of
// few votes on pairs of up to 400 items is expectation propagation's (moment_matching.h), else Laplace's. [worker]
Taste fit_taste(const VoteGraph &graph, const MixedDesign &design, const TasteOptions &options, Task &task);

}  // namespace kalon
