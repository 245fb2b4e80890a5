#pragma once
// A small estimator of the tests' own: logistic likelihood with a normal prior of fixed variance, its mode by Newton's
// method on dense matrices, covariance by Cholesky's; ties are half a vote for each. For a few hundred items.

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "rank/estimator.h"

namespace kalon::testing {

class LaplaceReference : public Estimator {
 public:
  explicit LaplaceReference(double prior_variance = 4, int64_t refit_every = 1)
      : prior_variance_(prior_variance), refit_every_(refit_every) {}
  std::string_view name() const override { return "laplace-reference"; }

  void fit(const VoteHistory &history, Task &) override {
    history_ = history;
    refit();
  }
  void add(const Comparison &vote) override {
    history_.comparisons.push_back(vote);
    if (!tells_order(vote.verdict)) return;
    if (++since_fit_ >= refit_every_) return refit();
    // One step of Newton's from the mean, which is what a rank-one update of the covariance gives.
    const auto a = static_cast<size_t>(vote.left), b = static_cast<size_t>(vote.right), n = mean_.size();
    const double p = 1 / (1 + std::exp(mean_[b] - mean_[a])), y = .5 + .5 * static_cast<double>(vote.verdict);
    const double weight = p * (1 - p), variance = difference_variance(vote.left, vote.right);
    std::vector<double> column(n);
    for (size_t i = 0; i < n; ++i) column[i] = covariance_[a * n + i] - covariance_[b * n + i];
    const double shrink = weight / (1 + weight * variance), shift = (y - p) / (1 + weight * variance);
    for (size_t i = 0; i < n; ++i) {
      mean_[i] += shift * column[i];
      for (size_t j = 0; j < n; ++j) covariance_[i * n + j] -= shrink * column[i] * column[j];
      variance_[i] = covariance_[i * n + i];
    }
  }
  void add(const Ordering &) override {}

  std::span<const double> means() const override { return mean_; }
  std::span<const double> variances() const override { return variance_; }
  double difference_variance(int32_t a, int32_t b) const override {
    const auto x = static_cast<size_t>(a), y = static_cast<size_t>(b), n = mean_.size();
    return covariance_[x * n + x] + covariance_[y * n + y] - 2 * covariance_[x * n + y];
  }
  double preference_probability(int32_t a, int32_t b) const override {
    return 1 / (1 + std::exp(mean_[static_cast<size_t>(b)] - mean_[static_cast<size_t>(a)]));
  }
  std::vector<double> draws(int64_t, uint64_t) const override { return {}; }
  std::span<const int32_t> touched() const override { return {}; }

 private:
  void refit() {
    const auto n = static_cast<size_t>(history_.items);
    since_fit_ = 0;
    mean_.resize(n, 0);
    for (int step = 0; step < 50; ++step) {
      std::vector<double> gradient(n);
      covariance_.assign(n * n, 0);
      for (size_t i = 0; i < n; ++i) {
        gradient[i] = -mean_[i] / prior_variance_;
        covariance_[i * n + i] = 1 / prior_variance_;
      }
      for (const auto &vote : history_.comparisons) {
        if (!tells_order(vote.verdict)) continue;
        const auto a = static_cast<size_t>(vote.left), b = static_cast<size_t>(vote.right);
        const double p = 1 / (1 + std::exp(mean_[b] - mean_[a])), y = .5 + .5 * static_cast<double>(vote.verdict);
        gradient[a] += y - p;
        gradient[b] -= y - p;
        const double weight = p * (1 - p);
        covariance_[a * n + a] += weight;
        covariance_[b * n + b] += weight;
        covariance_[a * n + b] -= weight;
        covariance_[b * n + a] -= weight;
      }
      invert(covariance_, n);
      double largest = 0;
      for (size_t i = 0; i < n; ++i) {
        double change = 0;
        for (size_t j = 0; j < n; ++j) change += covariance_[i * n + j] * gradient[j];
        mean_[i] += change;
        largest = std::max(largest, std::abs(change));
      }
      if (largest < 1e-6) break;
    }
    variance_.resize(n);
    for (size_t i = 0; i < n; ++i) variance_[i] = covariance_[i * n + i];
  }
  // Of a symmetric positive definite matrix: L by rows, its inverse, then their product.
  static void invert(std::vector<double> &m, size_t n) {
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j <= i; ++j) {
        double sum = m[i * n + j];
        for (size_t k = 0; k < j; ++k) sum -= m[i * n + k] * m[j * n + k];
        m[i * n + j] = i == j ? std::sqrt(sum) : sum / m[j * n + j];
      }
    std::vector<double> inverse(n * n);  // of L, transposed
    for (size_t j = 0; j < n; ++j) {
      inverse[j * n + j] = 1 / m[j * n + j];
      for (size_t i = j + 1; i < n; ++i) {
        double sum = 0;
        for (size_t k = j; k < i; ++k) sum -= m[i * n + k] * inverse[j * n + k];
        inverse[j * n + i] = sum / m[i * n + i];
      }
    }
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (size_t k = i; k < n; ++k) sum += inverse[i * n + k] * inverse[j * n + k];
        m[i * n + j] = m[j * n + i] = sum;
      }
  }

  double prior_variance_;
  int64_t refit_every_, since_fit_ = 0;
  VoteHistory history_;
  std::vector<double> mean_, variance_, covariance_;
};

}  // namespace kalon::testing
