#pragma once
// An estimator whose posterior is told to it: normal, with these means and the covariance that a factor gives. It takes
// votes in only to count them.

#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "rank/estimator.h"

namespace kalon::testing {

class NormalEstimator : public Estimator {
 public:
  // Without variances.
  explicit NormalEstimator(std::vector<double> means) : means_(std::move(means)) {}
  // The factor is lower triangular, row by row: items x items.
  NormalEstimator(std::vector<double> means, std::vector<double> factor)
      : means_(std::move(means)), factor_(std::move(factor)) {
    for (size_t i = 0; i < means_.size(); ++i) variances_.push_back(covariance(i, i));
  }
  // Independent utilities.
  static NormalEstimator independent(std::vector<double> means, double sd) {
    std::vector<double> factor(means.size() * means.size());
    for (size_t i = 0; i < means.size(); ++i) factor[i * means.size() + i] = sd;
    return {std::move(means), std::move(factor)};
  }

  std::string_view name() const override { return "normal"; }
  void fit(const VoteHistory &, Task &) override {}
  void add(const Comparison &) override {}
  void add(const Ordering &) override {}
  std::span<const double> means() const override { return means_; }
  std::span<const double> variances() const override { return variances_; }
  double difference_variance(int32_t a, int32_t b) const override {
    auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
    return covariance(i, i) + covariance(j, j) - 2 * covariance(i, j);
  }
  double preference_probability(int32_t a, int32_t b) const override {
    return 1 / (1 + std::exp(means_[static_cast<size_t>(b)] - means_[static_cast<size_t>(a)]));
  }
  std::vector<double> draws(int64_t count, uint64_t seed) const override {
    Random random(seed);
    size_t items = means_.size();
    std::vector<double> drawn, normal(items);
    for (int64_t draw = 0; draw < count; ++draw) {
      // Box and Muller.
      for (double &z : normal)
        z = std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(2 * std::numbers::pi * random.unit());
      for (size_t i = 0; i < items; ++i) {
        double value = means_[i];
        for (size_t j = 0; j <= i; ++j) value += factor_[i * items + j] * normal[j];
        drawn.push_back(value);
      }
    }
    return drawn;
  }
  std::span<const int32_t> touched() const override { return {}; }

 private:
  double covariance(size_t i, size_t j) const {
    double sum = 0;
    for (size_t k = 0; k < means_.size(); ++k) sum += factor_[i * means_.size() + k] * factor_[j * means_.size() + k];
    return sum;
  }
  std::vector<double> means_, factor_, variances_;
};

}  // namespace kalon::testing
