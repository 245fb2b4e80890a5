#pragma once
// What a survey tells of its items, in a form that strategies can rely on, kept from call to call.

#include <cstdint>
#include <vector>

#include "rank/strategy.h"

namespace kalon {

// Means and variances in the estimator's logistic unit, all of them finite: an unknown mean is 0. Where the estimator
// has no variances (elo, bradley-terry), that of an item with n votes is taken as 1 / (1/4 + n/6): about what is left
// of a prior variance of 4 when each vote was a close one; the closest pairs with the fewest votes are then worth most.
class Beliefs {
 public:
  // Looks at a survey; the items of which anything changed since the last time, ascending: mean, variance, how often it
  // was asked, whether it is a candidate. Where only mean and variance did, by no more than `ignored` standard
  // deviations and that share of the variance, an item is not among them and keeps what it had. The survey is borrowed
  // until the next call.
  const std::vector<int32_t> &refresh(const Survey &survey, double ignored = 0);

  int32_t items() const { return static_cast<int32_t>(items_.size()); }
  double mean(int32_t item) const { return items_[static_cast<size_t>(item)].mean; }
  double variance(int32_t item) const { return items_[static_cast<size_t>(item)].variance; }
  bool candidate(int32_t item) const { return items_[static_cast<size_t>(item)].candidate; }
  double difference_variance(int32_t a, int32_t b) const;  // not negative

 private:
  struct Item {
    double mean = 0, variance = 0;
    int32_t asked = -1;
    bool candidate = false;
    bool operator==(const Item &) const = default;
  };
  std::vector<Item> items_;
  std::vector<int32_t> changed_;
  const Survey *survey_ = nullptr;
  bool has_variances_ = false;
  double per_unit_ = 1;  // 1 / unit
};

}  // namespace kalon
