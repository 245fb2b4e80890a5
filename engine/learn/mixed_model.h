#pragma once
// The linear mixed model: an unknown u_i = w · x_i + e_i for each item, with weights w_j ~ N(0, weight R_j) on its
// features and something of its own, e_i ~ N(0, own). R favours some features; an item without features has both
// variances for its own. What is observed is given as the precision A (symmetric, positive semidefinite, size x size)
// of a Gaussian likelihood of u, which may be the curvature of any other likelihood at its mode.
//
// Blocks of vectors are stored row by row, size x columns. Nothing here is of size x size: K = weight X R Xᵀ + own I is
// used through Woodbury's identity, (A + K⁻¹)⁻¹ through conjugate gradients.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/task.h"
#include "learn/features.h"

namespace kalon {

struct MixedVariances {
  double weight = 1, own = 1;  // positive
  // The part of the whole variance that the features explain.
  double share() const { return weight / (weight + own); }
  // R_j is proportional to the variance of feature j to this power, so that all explain `weight` together. 0: each
  // direction in the space of the vectors is as likely to matter; -1: each principal component explains as much as any
  // other; 1: items are liked for their likeness to some of the others.
  double power = 0;
};

struct ObservedPrecision {
  std::span<const double> diagonal;                                              // of A
  std::function<void(const double *in, int64_t columns, double *out)> multiply;  // out = A in; by several threads
};

// What stays the same for all variances. Borrows the features.
struct MixedDesign {
  explicit MixedDesign(const Features &features);
  MatrixView matrix;
  std::span<const uint8_t> present;
  std::vector<double> gram;      // kept x kept: Xᵀ X
  std::vector<double> spectrum;  // by feature: its mean square over the items that have them
  int64_t absent = 0;            // items without features
  int64_t size() const { return matrix.rows; }
  int64_t dimension() const { return matrix.dimension; }
};

// Borrows the design. Const functions may be called by several threads.
class MixedPrior {
 public:
  MixedPrior(const MixedDesign &design, MixedVariances variances);
  ~MixedPrior();
  MixedPrior(MixedPrior &&) noexcept;
  MixedPrior &operator=(MixedPrior &&) noexcept;

  const MixedDesign &design() const { return *design_; }
  MixedVariances variances() const { return variances_; }
  const std::vector<double> &own_precision() const { return own_precision_; }  // by item
  const std::vector<double> &relative() const { return relative_; }            // R, by feature
  std::vector<double> prior_variances() const;                                 // of u, by item
  // out = K⁻¹ in. [worker]
  void multiply(const double *in, int64_t columns, double *out) const;
  // The derivatives of K by the logarithms of both variances and by the power, each times a vector. [worker]
  std::array<std::vector<double>, 3> derivatives(std::span<const double> in) const;
  // Of the logarithm of R by the power, by feature.
  const std::vector<double> &steepness() const { return steepness_; }
  // The expected weights (dimension x columns) at these u. [worker]
  std::vector<double> weights(const double *u, int64_t columns) const;

 private:
  struct Factor;
  const MixedDesign *design_;
  MixedVariances variances_;
  std::vector<double> own_precision_, relative_, steepness_;
  std::unique_ptr<Factor> factor_;  // of Xᵀ T X + (weight R)⁻¹
};

// A + K⁻¹. Borrows both.
class MixedSystem {
 public:
  MixedSystem(const MixedPrior &prior, ObservedPrecision observed);
  ~MixedSystem();
  const MixedPrior &prior() const { return prior_; }
  const ObservedPrecision &observed() const { return observed_; }
  // x with (A + K⁻¹) x = b, until the residual in the norm of the preconditioner, which takes A for its diagonal, has
  // fallen by `tolerance`. [worker]
  std::vector<double> solve(std::span<const double> b, int64_t columns, double tolerance, Task &task) const;

  // z = (diagonal of A + K⁻¹)⁻¹ r. [worker]
  void precondition(const double *r, int64_t columns, double *z) const;
  // The same inverse as a matrix: that of `own` on its diagonal, and shared · sharedᵀ (size x dimension). [worker]
  struct Approximation {
    std::vector<double> own;
    std::vector<float> shared;
  };
  Approximation approximation() const;

 private:
  struct Factor;
  template <int width>
  void solve_block(const double *b, double tolerance, double *x, Task &task) const;
  const MixedPrior &prior_;
  ObservedPrecision observed_;
  std::vector<double> inverse_diagonal_;  // 1 / (diagonal of A + T)
  std::unique_ptr<Factor> factor_;        // of (weight R)⁻¹ + Xᵀ diag(a t / (a + t)) X
};

// How the logarithm of the evidence, the probability of what was observed with all unknowns integrated out, changes
// with log(weight), log(own) and the power, while A stays as it is; and the information (expected negative second
// derivatives) in them, of which what concerns the power, and items without features, is bounded from above.
struct EvidenceSlope {
  std::array<double, 3> gradient{};
  std::array<std::array<double, 3>, 3> information{};
};
// u: the mode. Traces are estimated with 16 random probes of each kind that `seed` decides (Hutchinson 1990), of
// features in the directions of the design, where little lies off the diagonal; they are exact for up to 64 items or
// features. [worker]
EvidenceSlope evidence_slope(const MixedSystem &system, std::span<const double> u, uint64_t seed, Task &task);

}  // namespace kalon
