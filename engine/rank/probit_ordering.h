#pragma once
// What an ordering of several items says of their utilities in TrueSkill's model: each item performs once, its utility
// plus normal noise, and every item of one rank outperforms every item of the next by more than the margin. Of a full
// order these are TrueSkill's comparisons of neighbours, of a best of k those of the best with each other item.

#include <cstdint>
#include <span>
#include <vector>

#include "rank/probit_pair.h"

namespace kalon {

struct Ordering;
class Task;

struct Outperformed {
  int32_t better, worse;  // slots of the ordering
};
// All pairs of neighbouring ranks. [any]
std::vector<Outperformed> outperformed(const Ordering &ordering);
// Throws invalid_argument for an ordering whose ties make too many pairs (10^9 steps a sweep): `number` is told. [any]
void require_feasible(const Ordering &ordering, uint64_t number);

// Updates independent utilities by an ordering of weight 1 whose pairs form a tree, as full orders and the best of k
// do: messages over the factor graph until they stand still (Herbrich, Minka and Graepel 2006). False, and nothing
// happens, when they do not form a tree. Throws cancelled. [any]
bool update_by_messages(const Ordering &ordering, const ProbitModel &model, std::span<Normal> utilities,
                        const Task &task);

// exp(shiftᵀ u − uᵀ precision u / 2) over the utilities of an ordering's slots.
struct JointSite {
  std::vector<double> precision, shift;  // slots x slots; slots
};

// The factor of an ordering within a joint normal distribution, by expectation propagation over its performances. Keeps
// what it found as the start of the next time.
class OrderingFactor {
 public:
  OrderingFactor(const Ordering &ordering, const ProbitModel &model);
  // Once, in the cavity of these means and covariances (slots x slots). Throws cancelled. [any]
  JointSite match(std::span<const double> mean, std::span<const double> covariance, const Task &task);
  int64_t slots() const { return slots_; }

 private:
  double sweep(std::vector<double> &mean, std::vector<double> &covariance, const Task &task);
  JointSite on_utilities() const;

  ProbitModel model_;
  int64_t slots_;
  std::vector<Outperformed> pairs_;
  std::vector<Site> sites_;
};

// The joint site of an ordering to the power of its weight, where `mean` and `covariance` are without it. Above 1, the
// ordering is that many equal factors; below, its site counts in part. Throws cancelled. [any]
JointSite weighted_site(OrderingFactor &factor, double weight, std::span<const double> mean,
                        std::span<const double> covariance, const Task &task);

}  // namespace kalon
