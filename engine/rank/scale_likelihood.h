#pragma once
// What votes say of the scales of those who gave them, while utilities are known as draws from their posterior.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/task.h"
#include "rank/estimator.h"

namespace kalon {

// One annotator's votes that tell an order, by their numbers.
struct OwnVotes {
  std::vector<uint32_t> comparisons, orderings;
  size_t count() const { return comparisons.size() + orderings.size(); }
  bool compared = false;  // on items that others voted on, too
};

// Of a valid history. [any]
std::vector<OwnVotes> votes_by_annotator(const VoteHistory &history);

// The posterior of the utilities as equally likely points: draws and their mirror images at the mean.
class PosteriorPoints {
 public:
  PosteriorPoints(const Estimator &estimator, int64_t draws, uint64_t seed);

  size_t count() const { return 2 * draws_; }
  size_t draws() const { return draws_; }
  double mean(int32_t item) const { return means_[static_cast<size_t>(item)]; }
  // Deviations from the mean, by draw.
  const float *deviations(int32_t item) const { return values_.data() + static_cast<size_t>(item) * draws_; }

 private:
  size_t draws_;
  std::vector<double> means_;
  std::vector<float> values_;  // items x draws
};

// The derivatives of a vote's log-likelihood by the scale, and the probability of a tie.
struct ScaleDerivatives {
  double slope = 0, information = 0, tie = 0;
};

// Davidson's model for the difference d: left, right and tie are as exp(s d / 2) to exp(-s d / 2) to `ties`.
ScaleDerivatives comparison_derivatives(double d, double scale, double ties, double verdict);  // [any]

// ScaleSums over an annotator's votes.
struct ScaleSums {
  double information = 0, expected_ties = 0, ties = 0;
  std::vector<double> slopes;  // by point

  void add(const ScaleSums &other);
  double slope() const;
  // What the votes do not tell because the utilities are not known (Louis 1982).
  double missing() const;
};

struct ScaleParameters {
  double scale = 1, ties = 0;  // ties: Davidson's rate
  double deviation = 1;        // how well the scale is known
};

// The sums of every annotator, the same whatever the number of threads. [worker]
std::vector<ScaleSums> sums_of(const VoteHistory &history, const std::vector<OwnVotes> &votes,
                               const PosteriorPoints &points, const std::vector<ScaleParameters> &parameters,
                               Task &task);

}  // namespace kalon
