#include "rank/prior_variance.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "rank/conjugate_gradients.h"
#include "rank/evidence_correction.h"
#include "rank/moment_matching.h"
#include "rank/pair_kernels.h"
#include "rank/symmetric_inverse.h"

namespace kalon {
namespace {

constexpr int32_t most_exact = 400;
const double usual = std::log(usual_variance), lowest = std::log(1e-4), highest = std::log(1e4);
// Of the logarithm: far below what any figure shows.
constexpr double exact_step = 2e-4, matched_step = 1e-3, sampled_step = 4e-3;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double log_evidence(const VoteGraph &graph, double log_variance, bool few, Mode &mode, Task &task) {
  double variance = std::exp(log_variance);
  find_mode(graph, variance, 1e-6, mode, task);
  auto items = graph.items;
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(items, items);
  add_to_matrix(graph, mode.curvature, {matrix.data(), static_cast<size_t>(matrix.size())});
  matrix *= variance;
  matrix.diagonal().array() += 1;
  Eigen::MatrixXd inverse;
  if (few) inverse = matrix;
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(matrix);
  double half_determinant = matrix.diagonal().array().log().sum();
  if (few) invert_symmetric({inverse.data(), static_cast<size_t>(inverse.size())}, items);
  double missed = 0;
  if (few)
    missed = evidence_correction(graph, mode.tie_rate, mode.utilities, [&](int32_t a, int32_t b, int64_t) {
      return variance * (inverse(a, a) + inverse(b, b) - 2 * inverse(a, b));
    });
  return log_likelihood(graph, mode.tie_rate, mode.utilities) - dot(mode.utilities, mode.utilities) / (2 * variance) -
         half_determinant + missed - (log_variance - usual) * (log_variance - usual) / 2;
}

// The top of the parabola through three points.
double top_of(const double *at, const double *value) {
  double left = (value[1] - value[0]) / (at[1] - at[0]), right = (value[2] - value[1]) / (at[2] - at[1]);
  double bend = (right - left) / (at[2] - at[0]);
  if (!(bend < 0)) return at[1];
  return 0.5 * (at[0] + at[1]) - 0.5 * left / bend;
}

double exact_maximum(const VoteGraph &graph, bool few, Mode &mode, Task &task) {
  auto evidence = [&](double at) { return log_evidence(graph, at, few, mode, task); };
  double at[3] = {usual - 0.5, usual, usual + 0.5}, value[3];
  for (int i = 0; i < 3; ++i) value[i] = evidence(at[i]);
  // Uphill until the middle is the best.
  while (value[2] > value[1] && at[2] < highest) {
    std::rotate(at, at + 1, at + 3);
    std::rotate(value, value + 1, value + 3);
    at[2] = at[1] + 1.6 * (at[1] - at[0]);
    value[2] = evidence(at[2]);
  }
  while (value[0] > value[1] && at[0] > lowest) {
    std::rotate(at, at + 2, at + 3);
    std::rotate(value, value + 2, value + 3);
    at[0] = at[1] - 1.6 * (at[2] - at[1]);
    value[0] = evidence(at[0]);
  }
  double previous = INFINITY;
  for (int round = 0; round < 40; ++round) {
    double next = top_of(at, value);
    double step = std::abs(next - at[1]);
    if (step < exact_step && previous < 20 * exact_step) return next;
    // A parabola that does not narrow the bracket is helped by a step into its wider half.
    bool wide_left = at[1] - at[0] > at[2] - at[1];
    if (step < exact_step || step > 0.7 * previous)
      next = step < exact_step ? at[1] + (wide_left ? -1 : 1) * 5 * exact_step
                               : at[1] + 0.38 * (wide_left ? at[0] - at[1] : at[2] - at[1]);
    previous = std::max(step, exact_step);
    double found = evidence(next);
    bool left = next < at[1];
    if (found > value[1]) {
      (left ? at[2] : at[0]) = at[1];
      (left ? value[2] : value[0]) = value[1];
      at[1] = next;
      value[1] = found;
    } else {
      (left ? at[0] : at[2]) = next;
      (left ? value[0] : value[2]) = found;
    }
    if (at[2] - at[0] < exact_step) break;
  }
  return at[1];
}

// Seeded signs, `columns` by item.
template <class Value>
std::vector<Value> signs(int32_t items, int64_t columns, uint64_t seed) {
  Random random(seed);
  std::vector<Value> result(static_cast<size_t>(items * columns));
  for (size_t i = 0; i < result.size(); i += static_cast<size_t>(columns)) {
    auto bits = random.next();
    for (size_t c = 0; c < static_cast<size_t>(columns); ++c) result[i + c] = (bits >> (20 + c)) & 1 ? 1 : -1;
  }
  return result;
}

template <class Value>
double mean_product(const std::vector<Value> &a, const std::vector<Value> &b, int64_t columns) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i] * b[i]);
  return sum / static_cast<double>(columns);
}

// Estimates traces with the covariance by probes of signs (Hutchinson 1990), whose error is of the covariance's entries
// off the diagonal alone. It falls with items x probes, so that many items need but one.
class Traces {
 public:
  Traces(int32_t items, uint64_t seed) {
    if (items > many_items)
      probe_ = signs<double>(items, 1, seed);
    else
      probes_ = signs<float>(items, many_columns, seed);
  }

  // tr(covariance); what it solves serves the products below.
  double trace(const Precision &precision, const Task &task) {
    if (!probe_.empty()) {
      solved_.assign(probe_.size(), 0);
      solve(precision, probe_, solved_, exactness, task);
      return mean_product(probe_, solved_, 1);
    }
    auto right = probes_;
    solved_columns_.resize(probes_.size());
    solve_columns(precision, right, solved_columns_, exactness, task);
    return mean_product(probes_, solved_columns_, many_columns);
  }

  // tr(covariance H).
  double trace_with(const VoteGraph &graph, const Curvature &curvature) const {
    if (!probe_.empty()) {
      std::vector<double> image(probe_.size());
      multiply(graph, curvature, solved_, image);
      return mean_product(probe_, image, 1);
    }
    std::vector<float> image(probes_.size());
    multiply_columns({graph, curvature, 0, {}, 1}, solved_columns_, image);
    return mean_product(probes_, image, many_columns);
  }

 private:
  static constexpr int32_t many_items = 50000;
  // A quadratic form is in error by the square of it.
  static constexpr double exactness = 0.01;

  std::vector<double> probe_, solved_;
  std::vector<float> probes_, solved_columns_;
};

struct Slope {
  double slope = 0;
  double better = 0;  // where MacKay's fixed point has the logarithm of the variance; not finite: nowhere
};

// From the square of the utilities, of how many numbers the votes tell, and twice what else the evidence falls by.
Slope slope_of(double log_variance, double variance, double square, double known, double falls) {
  double rest = falls + 2 * (log_variance - usual);
  return {0.5 * (square / variance - known - rest), std::log(square / (known + rest))};
}

// The derivative of the log evidence by log v. The curvature moves with the mode; what that does to the determinant is
// tr(covariance · dH), with dH from two evaluations of H.
Slope evidence_slope(const VoteGraph &graph, double log_variance, bool few, double mode_tolerance, Traces &traces,
                     Mode &mode, Task &task) {
  double variance = std::exp(log_variance);
  find_mode(graph, variance, mode_tolerance, mode, task);
  auto items = static_cast<size_t>(graph.items);
  double trace = traces.trace({graph, mode.curvature, 1 / variance, {}, 1}, task);

  std::vector<double> moves(items), there(items), unused(items);
  double tie_move = mode_by_log_variance(graph, variance, mode, moves, task);
  double change = 0, missed = 0;
  constexpr double part = 0.02;
  Curvature curvature;
  for (double sign : {1.0, -1.0}) {
    for (size_t i = 0; i < items; ++i) there[i] = mode.utilities[i] + sign * part * moves[i];
    double tie_rate = mode.tie_rate * std::exp(sign * part * tie_move);
    slope(graph, tie_rate, there, unused, &curvature);
    double there_variance = variance * std::exp(sign * part);
    if (few)
      missed +=
          sign / (2 * part) * evidence_correction(graph, tie_rate, there, [&](int32_t a, int32_t b, int64_t slot) {
            return local_difference_variance(curvature, there_variance, a, b, slot);
          });
    change += sign * traces.trace_with(graph, curvature) / (2 * part);
  }
  double square = dot(mode.utilities, mode.utilities), known = static_cast<double>(items) - trace / variance;
  return slope_of(log_variance, variance, square, known, change - 2 * missed);
}

// Where the slope that look(log_variance, round) gives is 0, by secants within what its signs have not ruled out.
template <class Look>
double slope_ends(double step, const Look &look) {
  double low = lowest, high = highest, at = usual, last_at = NAN, last_slope = NAN;
  for (int round = 0; round < 30; ++round) {
    Slope found = look(at, round);
    (found.slope > 0 ? low : high) = at;
    double next = found.better;
    if (round > 0) next = at - found.slope * (at - last_at) / (found.slope - last_slope);
    if (!std::isfinite(next)) next = found.slope > 0 ? at + 1 : at - 1;
    next = std::clamp(next, at - 1.5, at + 1.5);
    if (!(next >= low && next <= high)) next = 0.5 * (std::max(low, at - 1.5) + std::min(high, at + 1.5));
    last_at = at;
    last_slope = found.slope;
    at = next;
    if (std::abs(at - last_at) < step || high - low < step) break;
  }
  return at;
}

double sampled_maximum(const VoteGraph &graph, bool few, uint64_t seed, Mode &mode, Task &task) {
  Traces traces(graph.items, seed);
  return slope_ends(sampled_step, [&](double at, int round) {
    // Far from the maximum the mode need not be exact.
    double mode_tolerance = round == 0 ? 0.03 : round == 1 ? 5e-3 : 1e-3;
    return evidence_slope(graph, at, few, mode_tolerance, traces, mode, task);
  });
}

double matched_maximum(const VoteGraph &graph, Mode &mode, Task &task) {
  MomentMatching matching(graph);
  auto items = static_cast<size_t>(graph.items);
  std::vector<double> precision(items * items);
  return slope_ends(matched_step, [&](double at, int) -> Slope {
    double variance = std::exp(at), trace = 0;
    for (size_t i = 0; i < items; ++i) precision[i * items + i] = 1 / variance;
    if (graph.ties > 0) find_mode(graph, variance, 1e-6, mode, task);  // for the rate of ties
    matching.match(precision, mode.tie_rate, task);
    for (size_t i = 0; i < items; ++i) trace += matching.covariance()[i * items + i];
    double square = dot(matching.means(), matching.means()), known = static_cast<double>(items) - trace / variance;
    return slope_of(at, variance, square, known, 0);
  });
}

}  // namespace

double fit_prior_variance(const VoteGraph &graph, uint64_t seed, Mode &mode, Task &task) {
  if (graph.pairs.used == 0 && graph.choices.sequences.empty()) return usual_variance;
  bool few = has_few_votes(graph);
  if (few && can_match(graph)) return std::exp(matched_maximum(graph, mode, task));
  return std::exp(graph.items <= most_exact ? exact_maximum(graph, few, mode, task)
                                            : sampled_maximum(graph, few, seed, mode, task));
}

}  // namespace kalon
