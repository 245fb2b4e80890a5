#pragma once
// `bayes`: Laplace's approximation to the posterior of all votes. Utilities are normal beforehand, with a variance that
// is fitted (prior_variance.h); the mode of likelihood.h is their mean, the inverse of the precision there their
// covariance. The rate of ties is fitted along with the mode.

#include <cstdint>
#include <memory>

#include "rank/estimator.h"
#include "rank/posterior_mode.h"

namespace kalon {

// Laplace's approximation about the mode is too sure, and too near 0: at ten votes an item its 90 % intervals hold the
// truth 86 times out of 100. The normal distribution that is nearest to the posterior (Opper and Archambeau 2009) has
// slopes that are means over the distribution itself. Over a difference of variance s² the logistic curve's mean is
// again nearly logistic, sigma(x / sqrt(1 + pi s² / 8)) (Spiegelhalter and Lauritzen 1990): so each pair's curve is
// spread by a factor, from what s² is when all other items are known, and the mode is found anew. Orderings stay as
// they are. [worker]
void spread_curves(VoteGraph &graph, double variance, const Curvature &curvature);
// Of the pairs of one item alone.
void spread_curves_of(VoteGraph &graph, double variance, const Curvature &curvature, int32_t item);

// What both representations of the covariance share.
struct BayesState {
  VoteGraph graph;
  Mode mode;
  double variance = 3;            // of the prior
  std::vector<double> variances;  // by item, of the posterior
  std::vector<int32_t> touched;
  uint64_t seed = 1;
};

// The covariance of the posterior. It is kept up to date with votes by add(), which moves the mode too. After a hundred
// votes on 300 items the means were within .002 (full) and .03 (sampled) standard deviations of a fit of everything.
class BayesCovariance {
 public:
  virtual ~BayesCovariance() = default;
  virtual void compute(BayesState &state, Task &task) = 0;
  // The vote tells an order.
  virtual void add(BayesState &state, const Comparison &vote) = 0;
  virtual void add(BayesState &state, const Ordering &vote) = 0;
  virtual double difference_variance(const BayesState &state, int32_t a, int32_t b) const = 0;
  virtual std::vector<double> draws(const BayesState &state, int64_t count, uint64_t seed) const = 0;
};

// All of it: 8 bytes for each pair of items. A vote is taken in by an update of low rank.
std::unique_ptr<BayesCovariance> make_full_covariance();

// Samples, in memory linear in items and votes. Let A be the precision and z a draw from N(0, A⁻¹). What an item's
// utility has of variance is 1 / A[i, i] when all others are known, and the variance of what the others say of it
// otherwise; the first is exact, only the second is estimated, from 16 to 64 draws (Papandreou and Yuille 2011; Sidén
// et al. 2018), drawn towards what the weights alone predict by as much as the draws do not contradict them.
// Differences likewise, from what is known when all but the two are. So the relative standard error of a variance is at
// most sqrt(2 / draws) x the share of the second part, which is about 1 / (votes on the item): measured .5 % at 40
// votes on each of 100,000 items, 2 % at 10 votes.
std::unique_ptr<BayesCovariance> make_sampled_covariance();

// Above `full_up_to` items the covariance is sampled.
std::unique_ptr<Estimator> make_bayes(const EstimatorOptions &options, int32_t full_up_to);
inline constexpr int32_t usual_full_covariance = 2000;

}  // namespace kalon
