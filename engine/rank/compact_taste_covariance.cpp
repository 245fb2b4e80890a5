#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/threads.h"
#include "learn/products.h"
#include "rank/symmetric_inverse.h"
#include "rank/taste_covariance.h"

namespace kalon {
namespace {

constexpr int64_t probes = 32;

// cov(i, j) = shared_i · shared_j, and of an item with itself own_i more.
class CompactTasteCovariance : public TasteCovariance {
 public:
  CompactTasteCovariance(const VoteGraph &graph, const MixedPrior &prior, const Taste &taste, uint64_t seed, Task &task)
      : dimension_(prior.design().dimension()) {
    MixedSystem system(prior, observed_precision(graph, taste.curvature));
    MixedSystem::Approximation near = system.approximation();
    own_ = std::move(near.own);
    shared_ = std::move(near.shared);
    read_variances();

    // What the exact covariance has on its diagonal beyond this, by vᵀ (exact − approximate) v of random signs.
    auto items = static_cast<int64_t>(own_.size());
    std::vector<double> signs(static_cast<size_t>(items * probes)), rough(signs.size());
    Random random(seed);
    for (double &sign : signs) sign = random.next() >> 63 ? 1 : -1;
    std::vector<double> exact = system.solve(signs, probes, 1e-3, task);
    system.precondition(signs.data(), probes, rough.data());
    for (int64_t i = 0; i < items; ++i) {
      double difference = 0;
      for (int64_t c = 0; c < probes; ++c) {
        auto place = static_cast<size_t>(i * probes + c);
        difference += signs[place] * (exact[place] - rough[place]) / static_cast<double>(probes);
      }
      auto place = static_cast<size_t>(i);
      double ratio = std::clamp(1 + difference / variances_[place], 0.5, 2.0), factor = std::sqrt(ratio);
      own_[place] *= ratio;
      for (int64_t j = 0; j < dimension_; ++j) row(i)[j] = static_cast<float>(factor * static_cast<double>(row(i)[j]));
      variances_[place] *= ratio;
    }
  }

  std::span<const double> variances() const override { return variances_; }

  double between(int32_t a, int32_t b) const override {
    if (a == b) return variances_[static_cast<size_t>(a)];
    double sum = 0;
    for (int64_t j = 0; j < dimension_; ++j) sum += static_cast<double>(row(a)[j]) * static_cast<double>(row(b)[j]);
    return sum;
  }

  std::vector<double> columns(std::span<const int32_t> items) const override {
    auto count = static_cast<int64_t>(items.size());
    std::vector<double> right(static_cast<size_t>(dimension_ * count)), result(own_.size() * items.size());
    for (int64_t c = 0; c < count; ++c)
      for (int64_t j = 0; j < dimension_; ++j)
        right[static_cast<size_t>(j * count + c)] = static_cast<double>(row(items[static_cast<size_t>(c)])[j]);
    kalon::multiply(view(), right.data(), count, result.data());
    for (size_t c = 0; c < items.size(); ++c) {
      auto item = static_cast<size_t>(items[c]);
      result[item * items.size() + c] += own_[item];
    }
    return result;
  }

  // The items' own parts are taken as independent of the shared ones afterwards too.
  void learn(std::span<const int32_t> items, std::span<const double> curvature) override {
    auto count = static_cast<int64_t>(items.size());
    Eigen::Map<const Eigen::MatrixXd> seen(curvature.data(), count, count);
    Eigen::VectorXd own(count);
    Eigen::MatrixXd shared(count, dimension_);
    for (int64_t a = 0; a < count; ++a) {
      own[a] = own_[static_cast<size_t>(items[static_cast<size_t>(a)])];
      for (int64_t j = 0; j < dimension_; ++j)
        shared(a, j) = static_cast<double>(row(items[static_cast<size_t>(a)])[j]);
    }
    Eigen::MatrixXd of_shared =
        (Eigen::MatrixXd::Identity(count, count) + seen * own.asDiagonal()).partialPivLu().solve(seen);
    of_shared = (of_shared + of_shared.transpose()).eval() / 2;
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> parts(of_shared);
    for (int64_t k = 0; k < count && dimension_ > 0; ++k) {
      if (!(parts.eigenvalues()[k] > 1e-12)) continue;
      Eigen::VectorXd direction = std::sqrt(parts.eigenvalues()[k]) * shared.transpose() * parts.eigenvectors().col(k);
      narrow(direction);
      for (int64_t a = 0; a < count; ++a)
        for (int64_t j = 0; j < dimension_; ++j)
          shared(a, j) = static_cast<double>(row(items[static_cast<size_t>(a)])[j]);
    }
    for (int64_t a = 0; a < count; ++a) {
      auto item = static_cast<size_t>(items[static_cast<size_t>(a)]);
      double kept = 1 / (1 + own_[item] * seen(a, a));
      own_[item] *= kept;
      for (int64_t j = 0; j < dimension_; ++j) row(items[static_cast<size_t>(a)])[j] *= static_cast<float>(kept);
      variances_[item] = own_[item];
      for (int64_t j = 0; j < dimension_; ++j) {
        auto value = static_cast<double>(row(items[static_cast<size_t>(a)])[j]);
        variances_[item] += value * value;
      }
    }
  }

  std::vector<double> draws(std::span<const double> means, int64_t count, uint64_t seed) const override {
    std::vector<double> deviations(own_.size()), nothing(static_cast<size_t>(dimension_)),
        ones(static_cast<size_t>(dimension_), 1);
    for (size_t i = 0; i < own_.size(); ++i) deviations[i] = std::sqrt(own_[i]);
    std::vector<double> result = normal_draws(means, deviations, count, seed);
    std::vector<double> along = normal_draws(nothing, ones, count, ~seed), added(own_.size());
    for (int64_t draw = 0; draw < count && dimension_ > 0; ++draw) {
      kalon::multiply(view(), along.data() + draw * dimension_, 1, added.data());
      for (size_t i = 0; i < added.size(); ++i) result[static_cast<size_t>(draw) * added.size() + i] += added[i];
    }
    return result;
  }

  bool multiply(std::span<const double>, std::span<double>) const override { return false; }

 private:
  MatrixView view() const { return {shared_.data(), static_cast<int64_t>(own_.size()), dimension_}; }
  float *row(int64_t item) { return shared_.data() + item * dimension_; }
  const float *row(int64_t item) const { return shared_.data() + item * dimension_; }

  // shared · (I + g gᵀ)^(-1/2)
  void narrow(const Eigen::VectorXd &g) {
    double squared = g.squaredNorm();
    if (!(squared > 0)) return;
    double factor = (1 - 1 / std::sqrt(1 + squared)) / squared;
    std::vector<double> along(own_.size());
    kalon::multiply(view(), g.data(), 1, along.data());
    constexpr int64_t part_items = 2048;
    auto items = static_cast<int64_t>(own_.size());
    parallel_for((items + part_items - 1) / part_items, [&](int64_t part) {
      for (int64_t i = part * part_items; i < std::min(items, (part + 1) * part_items); ++i) {
        double less = factor * along[static_cast<size_t>(i)];
        for (int64_t j = 0; j < dimension_; ++j) row(i)[j] -= static_cast<float>(less * g[j]);
        variances_[static_cast<size_t>(i)] -=
            along[static_cast<size_t>(i)] * along[static_cast<size_t>(i)] / (1 + squared);
      }
    });
  }

  void read_variances() {
    variances_ = own_;
    for (size_t i = 0; i < own_.size(); ++i)
      for (int64_t j = 0; j < dimension_; ++j) {
        auto value = static_cast<double>(row(static_cast<int64_t>(i))[j]);
        variances_[i] += value * value;
      }
  }

  int64_t dimension_;
  std::vector<double> own_, variances_;
  std::vector<float> shared_;  // items x dimension
};

}  // namespace

std::unique_ptr<TasteCovariance> compact_taste_covariance(const VoteGraph &graph, const MixedPrior &prior,
                                                          const Taste &taste, uint64_t seed, Task &task) {
  return std::make_unique<CompactTasteCovariance>(graph, prior, taste, seed, task);
}

}  // namespace kalon
