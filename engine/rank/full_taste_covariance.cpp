#include <Eigen/LU>
#include <algorithm>

#include "base/cpu.h"
#include "base/threads.h"
#include "rank/symmetric_inverse.h"
#include "rank/taste_covariance.h"

namespace kalon {
namespace {

constexpr size_t part_rows = 64;

KALON_MULTIVERSION void subtract_row(double factor, const double *from, double *to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] -= factor * from[i];
}

KALON_MULTIVERSION double product(const double *a, const double *b, int64_t count) {
  using Lanes = double __attribute__((vector_size(64), may_alias, aligned(8)));
  Lanes sums[2] = {};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    sums[0] += *reinterpret_cast<const Lanes *>(a + i) * *reinterpret_cast<const Lanes *>(b + i);
    sums[1] += *reinterpret_cast<const Lanes *>(a + i + 8) * *reinterpret_cast<const Lanes *>(b + i + 8);
  }
  double sum = 0;
  for (; i < count; ++i) sum += a[i] * b[i];
  for (int lane = 0; lane < 8; ++lane) sum += sums[0][lane] + sums[1][lane];
  return sum;
}

class FullTasteCovariance : public TasteCovariance {
 public:
  FullTasteCovariance(const VoteGraph &graph, const MixedPrior &prior, const Taste &taste, Task &task)
      : items_(taste.utilities.size()), matrix_(items_ * items_) {
    write_prior_precision(prior, matrix_, task);
    add_to_matrix(graph, taste.curvature, matrix_);
    task.throw_if_cancelled();
    if (!invert_symmetric(matrix_, graph.items))
      throw Error(Status::internal, "the precision of the utilities is not positive definite");
    read_variances();
  }

  std::span<const double> variances() const override { return variances_; }
  double between(int32_t a, int32_t b) const override {
    return matrix_[static_cast<size_t>(a) * items_ + static_cast<size_t>(b)];
  }

  std::vector<double> columns(std::span<const int32_t> items) const override {
    std::vector<double> result(items_ * items.size());
    for (size_t c = 0; c < items.size(); ++c)
      for (size_t i = 0; i < items_; ++i)
        result[i * items.size() + c] = matrix_[static_cast<size_t>(items[c]) * items_ + i];
    return result;
  }

  // covariance -= B (I + H B_S)⁻¹ H Bᵀ, B its columns of S, B_S their rows of S.
  void learn(std::span<const int32_t> items, std::span<const double> curvature) override {
    auto count = static_cast<int64_t>(items.size());
    Eigen::MatrixXd inner(count, count);
    for (int64_t a = 0; a < count; ++a)
      for (int64_t b = 0; b < count; ++b)
        inner(a, b) = between(items[static_cast<size_t>(a)], items[static_cast<size_t>(b)]);
    Eigen::Map<const Eigen::MatrixXd> seen(curvature.data(), count, count);
    Eigen::MatrixXd taken = (Eigen::MatrixXd::Identity(count, count) + seen * inner).partialPivLu().solve(seen);
    std::vector<std::vector<double>> rows;
    for (int32_t item : items) {
      auto first = matrix_.begin() + static_cast<int64_t>(item) * static_cast<int64_t>(items_);
      rows.emplace_back(first, first + static_cast<int64_t>(items_));
    }
    parallel_for(static_cast<int64_t>((items_ + part_rows - 1) / part_rows), [&](int64_t part) {
      size_t first = static_cast<size_t>(part) * part_rows;
      for (size_t i = first; i < std::min(items_, first + part_rows); ++i)
        for (int64_t b = 0; b < count; ++b) {
          double factor = 0;
          for (int64_t a = 0; a < count; ++a) factor += rows[static_cast<size_t>(a)][i] * taken(a, b);
          subtract_row(factor, rows[static_cast<size_t>(b)].data(), matrix_.data() + i * items_,
                       static_cast<int64_t>(items_));
        }
    });
    read_variances();
  }

  std::vector<double> draws(std::span<const double> means, int64_t count, uint64_t seed) const override {
    auto factor = matrix_;
    factor_covariance(factor, static_cast<int64_t>(items_));
    return normal_draws(means, factor, count, seed);
  }

  bool multiply(std::span<const double> vector, std::span<double> to) const override {
    parallel_for(static_cast<int64_t>((items_ + part_rows - 1) / part_rows), [&](int64_t part) {
      size_t first = static_cast<size_t>(part) * part_rows;
      for (size_t i = first; i < std::min(items_, first + part_rows); ++i)
        to[i] = product(vector.data(), matrix_.data() + i * items_, static_cast<int64_t>(items_));
    });
    return true;
  }

 private:
  void read_variances() {
    variances_.resize(items_);
    for (size_t i = 0; i < items_; ++i) variances_[i] = std::max(0.0, matrix_[i * items_ + i]);
  }
  size_t items_;
  std::vector<double> matrix_, variances_;
};

}  // namespace

std::unique_ptr<TasteCovariance> full_taste_covariance(const VoteGraph &graph, const MixedPrior &prior,
                                                       const Taste &taste, Task &task) {
  return std::make_unique<FullTasteCovariance>(graph, prior, taste, task);
}

}  // namespace kalon
