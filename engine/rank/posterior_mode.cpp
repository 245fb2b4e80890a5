#include "rank/posterior_mode.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "rank/conjugate_gradients.h"

namespace kalon {
namespace {

// Up to so many items a factorisation costs less than conjugate gradients.
constexpr int32_t most_factorised = 160;
constexpr int most_steps = 200;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

Precision precision_of(const VoteGraph &graph, double variance, const Mode &mode) {
  return {graph, mode.curvature, 1 / variance, mode.mixed, mode.spread};
}

void solve_either(const Precision &precision, std::span<const double> right, std::span<double> x, double tolerance,
                  const Task &task) {
  if (precision.graph.items > most_factorised) return solve(precision, right, x, tolerance, task);
  auto items = precision.graph.items;
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(items, items);
  add_to_matrix(precision.graph, precision.curvature, {matrix.data(), static_cast<size_t>(matrix.size())});
  matrix.diagonal().array() += precision.prior;
  if (!precision.mixed.empty()) {
    Eigen::Map<const Eigen::VectorXd> mixed(precision.mixed.data(), items);
    matrix.selfadjointView<Eigen::Lower>().rankUpdate(mixed, -1 / precision.spread);
  }
  Eigen::Map<const Eigen::VectorXd> from(right.data(), items);
  Eigen::Map<Eigen::VectorXd>(x.data(), items) = matrix.selfadjointView<Eigen::Lower>().llt().solve(from);
}

// Gradient and curvature of the posterior where the mode stands; returns the slope along log(tie_rate).
double look(const VoteGraph &graph, double variance, Mode &mode, std::span<double> gradient) {
  slope(graph, mode.tie_rate, mode.utilities, gradient, &mode.curvature);
  for (size_t i = 0; i < gradient.size(); ++i) gradient[i] -= mode.utilities[i] / variance;
  if (!(graph.ties > 0)) return 0;
  mode.mixed.resize(gradient.size());
  auto ties = tie_slope(graph, mode.tie_rate, mode.utilities, mode.mixed);
  mode.spread = ties.curvature;
  return ties.gradient;
}

}  // namespace

Mode start_of(const VoteGraph &graph) {
  Mode mode;
  mode.utilities.resize(static_cast<size_t>(graph.items));
  mode.tie_rate = most_likely_tie_rate(graph, mode.utilities);
  return mode;
}

void find_mode(const VoteGraph &graph, double variance, double tolerance, Mode &mode, Task &task) {
  auto items = static_cast<size_t>(graph.items);
  if (items == 0) return;
  std::vector<double> gradient(items), right(items), step(items), start;
  double tie_gradient = look(graph, variance, mode, gradient);
  double previous = INFINITY;
  for (int round = 0; round < most_steps; ++round) {
    task.throw_if_cancelled();
    double size = 0;
    for (size_t i = 0; i < items; ++i)
      size = std::max(size, gradient[i] * gradient[i] / (mode.curvature.diagonal[i] + 1 / variance));
    if (mode.spread > 0) size = std::max(size, tie_gradient * tie_gradient / mode.spread);
    size = std::sqrt(size);
    if (!(size > tolerance)) return;
    // Far away an exact step is not worth its cost; near the mode the error of the step is to be of second order.
    double exactness = std::clamp(size, 1e-4, 0.1);
    right = gradient;
    if (mode.spread > 0)
      for (size_t i = 0; i < items; ++i) right[i] += mode.mixed[i] * tie_gradient / mode.spread;
    std::fill(step.begin(), step.end(), 0);
    solve_either(precision_of(graph, variance, mode), right, step, exactness, task);
    double tie_step = mode.spread > 0 ? (tie_gradient + dot(mode.mixed, step)) / mode.spread : 0;
    double rise = dot(gradient, step) + tie_gradient * tie_step;
    // Rounding is all that is left.
    if (!(rise > 0) || (size < 1e-6 && size >= 0.5 * previous)) return;
    previous = size;
    start = mode.utilities;
    double tie_start = mode.tie_rate, part = 1;
    for (int attempt = 0;; ++attempt) {
      for (size_t i = 0; i < items; ++i) mode.utilities[i] = start[i] + part * step[i];
      mode.tie_rate = tie_start > 0 ? std::clamp(tie_start * std::exp(part * tie_step), 1e-12, 1e12) : 0;
      tie_gradient = look(graph, variance, mode, gradient);
      double slope_there = dot(gradient, step) + tie_gradient * tie_step;
      // The posterior is concave: as long as it does not fall much more steeply than it rose, it was not overshot far.
      if (slope_there >= -0.5 * rise || attempt == 40) break;
      part *= std::clamp(rise / (rise - slope_there), 0.1, 0.9);
    }
  }
}

double mode_by_log_variance(const VoteGraph &graph, double variance, const Mode &mode, std::span<double> moves,
                            const Task &task) {
  std::vector<double> right(mode.utilities);
  for (auto &value : right) value /= variance;
  std::fill(moves.begin(), moves.end(), 0);
  solve_either(precision_of(graph, variance, mode), right, moves, 0.01, task);
  return mode.spread > 0 ? dot(mode.mixed, moves) / mode.spread : 0;
}

}  // namespace kalon
