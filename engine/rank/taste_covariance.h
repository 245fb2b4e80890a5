#pragma once
// The covariance of the posterior that vector_prior.h finds.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/task.h"
#include "rank/vector_prior.h"

namespace kalon {

// Const functions may be called by several threads.
class TasteCovariance {
 public:
  virtual ~TasteCovariance() = default;
  virtual std::span<const double> variances() const = 0;  // by item
  virtual double between(int32_t a, int32_t b) const = 0;
  // Its columns of these items, items x columns row by row.
  virtual std::vector<double> columns(std::span<const int32_t> items) const = 0;
  // Takes in what was learnt of these items: a likelihood of this curvature (symmetric, positive semidefinite).
  virtual void learn(std::span<const int32_t> items, std::span<const double> curvature) = 0;
  virtual std::vector<double> draws(std::span<const double> means, int64_t count, uint64_t seed) const = 0;
  // covariance · vector of nearly a zero gradient; false: it is not exact, and nothing is done. [worker]
  virtual bool multiply(std::span<const double> vector, std::span<double> to) const = 0;
};

// All of it, exact: 8 bytes for each pair of items. [worker]
std::unique_ptr<TasteCovariance> full_taste_covariance(const VoteGraph &graph, const MixedPrior &prior,
                                                       const Taste &taste, Task &task);

// A part of each item's own, and a part of the rank of the features: what the posterior would be if the votes'
// curvature were its diagonal, with variances corrected by 32 seeded probes of the exact posterior (Bekas, Kokiopoulou
// and Saad 2007). Memory as that of the features. [worker]
std::unique_ptr<TasteCovariance> compact_taste_covariance(const VoteGraph &graph, const MixedPrior &prior,
                                                          const Taste &taste, uint64_t seed, Task &task);

}  // namespace kalon
