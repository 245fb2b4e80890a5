#pragma once
// Expectation propagation on votes on pairs (Minka 2001): the normal posterior in which each pair's votes are a
// parabola such that mean and variance of its difference are those with its true curve. Of few votes its evidence is
// far nearer to the truth than Laplace's (Kuss and Rasmussen 2005), which falls as the variances of the prior grow,
// although a vote on two items that nothing else is known of has probability 1/2 at all of them.
//
// The slope of that evidence by a parameter of the prior is the one with the parabolas held (Seeger 2005): what learns
// variances from a Gaussian likelihood can take these for it.

#include <cstdint>
#include <span>
#include <vector>

#include "base/task.h"
#include "rank/likelihood.h"

namespace kalon {

// Whether there are on average fewer than 24 votes on pairs for each item: more leave Laplace's evidence little to
// miss. [any]
bool has_few_votes(const VoteGraph &graph);
// Whether moments can be matched at a bearable cost: up to 400 items (a matrix of items x items is inverted some ten
// times for each prior), and no orderings. [any]
bool can_match(const VoteGraph &graph);

class MomentMatching {
 public:
  // Borrows the graph, which has no orderings.
  explicit MomentMatching(const VoteGraph &graph);

  // Matches under a prior of mean 0, from where the last call ended. prior_precision: items x items, symmetric.
  // [worker]
  void match(std::span<const double> prior_precision, double tie_rate, Task &task);

  std::span<const double> means() const { return means_; }            // of utilities, by item
  std::span<const double> covariance() const { return covariance_; }  // items x items
  // Of the parabolas, in the votes' place.
  Curvature curvature() const;

 private:
  struct Entry {
    int32_t a, b;
    int64_t slot, mirrored;  // in the row of a, and of b
    double net, count, factor;
    double precision = 0, pull = 0;  // of the parabola pull x - precision x² / 2, x = factor (u_a - u_b)
  };

  const VoteGraph &graph_;
  std::vector<Entry> entries_;
  bool started_ = false;
  std::vector<double> means_, covariance_;
};

}  // namespace kalon
