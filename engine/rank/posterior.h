#pragma once
// What is known of the utilities of items, of one criterion or of several taken together: the form in which standings
// read it.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rank/estimator.h"

namespace kalon {

// Borrows what it was made of, which may not change while it is used.
struct Posterior {
  std::span<const double> means;      // by item
  std::span<const double> variances;  // by item; empty: there are none, and nothing below may be called
  std::function<double(int32_t, int32_t)> difference_variance;
  std::function<std::vector<double>(int64_t count, uint64_t seed)> draws;  // joint, count x items, row by row
  double unit = 1;  // Estimator::unit(); of several criteria it means nothing
  int32_t items() const { return static_cast<int32_t>(means.size()); }
};

Posterior posterior_of(const Estimator &estimator);  // [any]

// P(utility(a) > utility(b)); needs variances. [any]
double probability_better(const Posterior &posterior, int32_t a, int32_t b);

// The value below which a standard normal one is found with this probability, in (0, 1). [any]
double normal_quantile(double probability);

struct WeightedCriterion {
  const Estimator *estimator = nullptr;  // all over the same items
  double weight = 1;                     // 0 or greater, finite
};

// Several criteria as one. Scales of estimators differ and mean nothing to one another, so every criterion is first
// centred and divided by the spread of its utilities over the items: the square root of the variance of its means plus
// the mean of its variances, which is what the utilities themselves are expected to vary by. The combined utility is
// the mean of these by weight; its variance follows by taking the posteriors of the criteria as independent of one
// another. There are variances only where all criteria of a weight above 0 have them.
class CombinedPosterior {
 public:
  // `ranked` by item: 1 counts for centre and spread; empty: all. The estimators are borrowed. Throws invalid_argument
  // for no criterion of a weight above 0, weights below 0, and criteria over different numbers of items.
  CombinedPosterior(std::span<const WeightedCriterion> criteria, std::span<const uint8_t> ranked);
  Posterior posterior() const;  // borrows this

 private:
  struct Part {
    const Estimator *estimator;
    double factor;  // weight / (sum of weights x spread)
    double centre;
  };
  double difference_variance(int32_t a, int32_t b) const;
  std::vector<double> draws(int64_t count, uint64_t seed) const;

  std::vector<Part> parts_;
  std::vector<double> means_, variances_;
};

}  // namespace kalon
