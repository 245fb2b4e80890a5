#pragma once
// Where a score stands among others.

#include <span>
#include <vector>

namespace kalon {

// Scores of a reference, ascending.
class ScoreScale {
 public:
  ScoreScale() = default;
  explicit ScoreScale(std::vector<double> scores);  // in any order; finite
  bool empty() const { return scores_.empty(); }
  const std::vector<double> &scores() const { return scores_; }

  // The share of the reference that lies below a score, equal ones counted by half: 0..1. Ties share one place. [any]
  double position(double score) const;
  // The score below which a share of the reference lies, between neighbours in proportion, as numpy.quantile: share in
  // 0..1, not empty. [any]
  double quantile(double share) const;

 private:
  std::vector<double> scores_;
};

}  // namespace kalon
