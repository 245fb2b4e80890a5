#pragma once
// Systems of the posterior's precision, H + prior, by conjugate gradients with its diagonal as preconditioner. The
// prior bounds the condition, so that disconnected sets and long chains need no care.

#include <cstdint>
#include <span>

#include "base/task.h"
#include "rank/likelihood.h"

namespace kalon {

inline constexpr int64_t many_columns = 16;

// Borrows what it names.
struct Precision {
  const VoteGraph &graph;
  const Curvature &curvature;
  double prior = 1;  // added to the diagonal; > 0
  // Less mixed · mixedᵀ / spread: what a rate of ties that moves along takes away. Empty: nothing.
  std::span<const double> mixed = {};
  double spread = 1;
};

// Solves precision · x = right, from the x given, until the residual, measured in the diagonal's inverse, is
// `tolerance` of that of x = 0. [worker]
void solve(const Precision &precision, std::span<const double> right, std::span<double> x, double tolerance,
           const Task &task);

// Sixteen right-hand sides at once in single precision, rows of them by item; `mixed` is not taken into account. x
// begins at 0 and `right` is used up. [worker]
void solve_columns(const Precision &precision, std::span<float> right, std::span<float> x, double tolerance,
                   const Task &task);
// to = (H + prior) x for sixteen x.
void multiply_columns(const Precision &precision, std::span<const float> x, std::span<float> to);

}  // namespace kalon
