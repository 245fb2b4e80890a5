#include "rank/vector_prior.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

#include "base/cpu.h"
#include "base/random.h"
#include "base/threads.h"
#include "rank/moment_matching.h"
#include "rank/prior_variance.h"

namespace kalon {
namespace {

constexpr int64_t block = 16;

// The row of one item, for 16 columns at a time: out = diagonal * own - sum of weights * others.
KALON_MULTIVERSION void curved_row(const int32_t *other, const float *weights, int64_t count, double diagonal,
                                   const double *in, const double *own, double *__restrict out) {
  using Lanes = double __attribute__((vector_size(64), may_alias, aligned(8)));
  auto *pair = reinterpret_cast<const Lanes *>(own);
  Lanes first = diagonal * pair[0], second = diagonal * pair[1];
  for (int64_t k = 0; k < count; ++k) {
    auto *row = reinterpret_cast<const Lanes *>(in + static_cast<int64_t>(other[k]) * block);
    auto weight = static_cast<double>(weights[k]);
    first -= weight * row[0];
    second -= weight * row[1];
  }
  auto *result = reinterpret_cast<Lanes *>(out);
  result[0] = first;
  result[1] = second;
}

void multiply_sixteen(const VoteGraph &graph, const Curvature &curvature, const double *in, double *out) {
  constexpr int64_t part_items = 2048;
  parallel_for((graph.items + part_items - 1) / part_items, [&](int64_t part) {
    for (int64_t i = part * part_items; i < std::min<int64_t>(graph.items, (part + 1) * part_items); ++i) {
      const auto &row = graph.pairs.rows[static_cast<size_t>(i)];
      curved_row(graph.pairs.other.data() + row.begin, curvature.weights.data() + row.begin, row.size,
                 curvature.pair_diagonal[static_cast<size_t>(i)], in, in + i * block, out + i * block);
    }
  });
}

void multiply_columns(const VoteGraph &graph, const Curvature &curvature, const double *in, int64_t columns,
                      double *out) {
  auto items = static_cast<size_t>(graph.items);
  if (columns == 1) return multiply(graph, curvature, {in, items}, {out, items});
  if (columns > block && columns % block == 0 && graph.choices.sequences.empty()) {
    std::vector<double> from(items * block), to(from.size());
    for (int64_t first = 0; first < columns; first += block) {
      for (size_t i = 0; i < items; ++i)
        std::copy_n(in + static_cast<int64_t>(i) * columns + first, block, from.data() + i * block);
      multiply_sixteen(graph, curvature, from.data(), to.data());
      for (size_t i = 0; i < items; ++i)
        std::copy_n(to.data() + i * block, block, out + static_cast<int64_t>(i) * columns + first);
    }
    return;
  }
  if (columns == block && graph.choices.sequences.empty()) return multiply_sixteen(graph, curvature, in, out);
  std::vector<double> from(items), to(items);
  for (int64_t c = 0; c < columns; ++c) {
    for (size_t i = 0; i < items; ++i) from[i] = in[static_cast<int64_t>(i) * columns + c];
    multiply(graph, curvature, from, to);
    for (size_t i = 0; i < items; ++i) out[static_cast<int64_t>(i) * columns + c] = to[i];
  }
}

double largest(const std::vector<double> &values) {
  double most = 0;
  for (double value : values) most = std::max(most, std::abs(value));
  return most;
}

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

constexpr double spread_of_logarithm = 1, spread_of_power = 0.5;  // of the whole variance and the power, beforehand
constexpr double farthest_logit = 7;                              // a share of .0009 or .9991
constexpr double farthest_power = 2;

// The variances as the search sees them: the logit of the share, the logarithm of the whole, and the power.
using Place = Eigen::Vector3d;
MixedVariances variances_at(const Place &place) {
  return {logistic(place[0]) * std::exp(place[1]), logistic(-place[0]) * std::exp(place[1]), place[2]};
}

// The logarithm of evidence and prior around a place: how it rises, and about how it bends.
struct Bend {
  Eigen::Vector3d gradient;
  Eigen::Matrix3d curvature;
};
Bend bend_at(const EvidenceSlope &slope, const Place &place) {
  Eigen::Vector3d gradient(slope.gradient.data());
  Eigen::Matrix3d curvature;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) curvature(i, j) = slope.information[static_cast<size_t>(i)][static_cast<size_t>(j)];
  // Where the evidence falls with a variance, it bends down as well by its logarithm.
  for (int i = 0; i < 2; ++i) curvature(i, i) += std::max(0.0, -gradient[i]);
  double share = logistic(place[0]);
  Eigen::Matrix3d turn;  // of the logarithms of both variances and the power, by place
  turn << 1 - share, 1, 0, -share, 1, 0, 0, 0, 1;
  Bend bend{turn.transpose() * gradient, turn.transpose() * curvature * turn};
  // The share is uniform, the others are normal.
  Eigen::Vector3d precision{0, std::pow(spread_of_logarithm, -2), std::pow(spread_of_power, -2)};
  bend.gradient[0] += 1 - 2 * share;
  bend.gradient -= precision.cwiseProduct(place - Place{0, std::log(usual_variance), 0});
  bend.curvature(0, 0) += 2 * share * (1 - share);
  bend.curvature.diagonal() += precision;
  return bend;
}

// What evidence_slope() leaves out: the curvature of the votes changes as the mode moves with the variances, and with
// it the determinant of the posterior. By differences of the curvature along the way of the mode.
void add_moving_curvature(const VoteGraph &graph, const Taste &taste, const MixedSystem &system, uint64_t seed,
                          EvidenceSlope &slope_to, Task &task) {
  constexpr int64_t probes = 16;
  constexpr double move = 0.02;  // of the item that moves most
  const MixedPrior &prior = system.prior();
  size_t items = taste.utilities.size();
  std::vector<double> alpha(items), gradient(items);
  prior.multiply(taste.utilities.data(), 1, alpha.data());
  std::vector<double> signs(items * probes);
  Random random(seed);
  for (double &sign : signs) sign = random.next() >> 63 ? 1 : -1;
  std::vector<double> solved = system.solve(signs, probes, 1e-3, task);
  auto trace_along = [&](const std::vector<double> &part) {
    std::vector<double> pushed(items);
    prior.multiply(part.data(), 1, pushed.data());
    std::vector<double> way = system.solve(pushed, 1, 1e-3, task);
    double most = largest(way), trace = 0;
    if (!(most > 0)) return 0.0;
    for (double side : {-1.0, 1.0}) {
      std::vector<double> at = taste.utilities, curved(signs.size());
      for (size_t i = 0; i < items; ++i) at[i] += side * move / most * way[i];
      Curvature curvature;
      slope(graph, taste.tie_rate, at, gradient, &curvature);
      multiply_columns(graph, curvature, solved.data(), probes, curved.data());
      for (size_t i = 0; i < curved.size(); ++i) trace += side * curved[i] * signs[i];
    }
    return trace / probes * most / (2 * move);
  };
  std::array<std::vector<double>, 3> derivatives = prior.derivatives(alpha);
  for (size_t k = 0; k < 3; ++k) slope_to.gradient[k] -= trace_along(derivatives[k]) / 2;
}

}  // namespace

void write_prior_precision(const MixedPrior &prior, std::span<double> matrix, Task &task) {
  constexpr size_t some = 128;  // columns at a time
  auto items = static_cast<size_t>(prior.design().size());
  std::vector<double> unit, out;
  for (size_t first = 0; first < items; first += some) {
    task.throw_if_cancelled();
    size_t count = std::min(some, items - first);
    unit.assign(items * count, 0);
    out.resize(unit.size());
    for (size_t c = 0; c < count; ++c) unit[(first + c) * count + c] = 1;
    prior.multiply(unit.data(), static_cast<int64_t>(count), out.data());
    for (size_t i = 0; i < items; ++i) std::copy_n(out.data() + i * count, count, matrix.data() + i * items + first);
  }
}

ObservedPrecision observed_precision(const VoteGraph &graph, const Curvature &curvature) {
  return {curvature.diagonal, [&graph, &curvature](const double *in, int64_t columns, double *out) {
            multiply_columns(graph, curvature, in, columns, out);
          }};
}

void find_mode(const VoteGraph &graph, const MixedDesign &design, Taste &taste, double tolerance, Task &task) {
  auto items = static_cast<size_t>(graph.items);
  taste.utilities.resize(items);
  MixedPrior prior(design, taste.variances);
  std::vector<double> gradient(items), held(items);
  auto look = [&](const std::vector<double> &utilities, Curvature *curvature) {
    slope(graph, taste.tie_rate, utilities, gradient, curvature);
    prior.multiply(utilities.data(), 1, held.data());
    for (size_t i = 0; i < items; ++i) gradient[i] -= held[i];
  };
  auto along = [&](const std::vector<double> &direction) {
    double sum = 0;
    for (size_t i = 0; i < items; ++i) sum += gradient[i] * direction[i];
    return sum;
  };
  double step = 1;
  for (int round = 0; round < 100; ++round) {
    task.throw_if_cancelled();
    double rate = most_likely_tie_rate(graph, taste.utilities);
    bool settled = std::abs(rate - taste.tie_rate) <= tolerance * (1 + rate);
    taste.tie_rate = rate;
    look(taste.utilities, &taste.curvature);
    MixedSystem system(prior, observed_precision(graph, taste.curvature));
    std::vector<double> direction = system.solve(gradient, 1, std::clamp(step * step, 1e-7, 1e-2), task);
    step = largest(direction);
    if (step <= tolerance && settled) return;
    // Curves that are spread (bayes.h) have slopes without a value of their own: a step is too long where the slope
    // along it has turned to more than half of what it was. Near the mode it never is.
    double uphill = along(direction), factor = 1;
    std::vector<double> next(items);
    for (;; factor /= 2) {
      for (size_t i = 0; i < items; ++i) next[i] = taste.utilities[i] + factor * direction[i];
      if (step <= 0.1 || factor < 1e-6) break;
      look(next, nullptr);
      if (along(direction) >= -uphill / 2) break;
    }
    taste.utilities.swap(next);
  }
}

Taste fit_taste(const VoteGraph &graph, const MixedDesign &design, const TasteOptions &options, Task &task) {
  Taste taste;
  Place place{design.dimension() > 0 ? 0 : -farthest_logit, std::log(options.whole_variance.value_or(usual_variance)),
              0};
  Eigen::Vector3d free{design.dimension() > 0 ? 1.0 : 0.0, options.whole_variance ? 0.0 : 1.0,
                       design.dimension() > 1 ? 1.0 : 0.0};
  Eigen::Vector3d farthest{1.5, 1, 0.5}, step = Eigen::Vector3d::Zero(), before = step;
  Eigen::Matrix3d curvature;
  std::optional<MomentMatching> matching;
  std::vector<double> precision;
  if (has_few_votes(graph) && can_match(graph)) {
    matching.emplace(graph);
    precision.resize(static_cast<size_t>(graph.items) * static_cast<size_t>(graph.items));
  }
  for (int round = 0; round < 30; ++round) {
    taste.variances = variances_at(place);
    MixedPrior prior(design, taste.variances);
    if (!matching || graph.ties > 0) find_mode(graph, design, taste, 1e-3, task);  // for the rate of ties, if matched
    if (matching) {
      write_prior_precision(prior, precision, task);
      matching->match(precision, taste.tie_rate, task);
      taste.utilities.assign(matching->means().begin(), matching->means().end());
      taste.curvature = matching->curvature();
    }
    MixedSystem system(prior, observed_precision(graph, taste.curvature));
    EvidenceSlope slope = evidence_slope(system, taste.utilities, options.seed, task);
    if (!matching) add_moving_curvature(graph, taste, system, options.seed, slope, task);
    Bend bend = bend_at(slope, place);
    // What is held fixed has no slope and is independent of the rest.
    bend.gradient = bend.gradient.cwiseProduct(free);
    bend.curvature = free.asDiagonal() * bend.curvature * free.asDiagonal();
    bend.curvature.diagonal() += Eigen::Vector3d::Ones() - free;
    double deviation = std::sqrt(bend.curvature.inverse()(0, 0));
    taste.share_low = logistic(place[0] - 1.645 * deviation);
    taste.share_high = logistic(place[0] + 1.645 * deviation);
    if (round == 0) {
      curvature = bend.curvature;
    } else {
      // Broyden, Fletcher, Goldfarb and Shanno 1970.
      Eigen::Vector3d change = before - bend.gradient, pushed = curvature * step;
      if (change.dot(step) > 0.05 * step.dot(pushed))
        curvature += change * change.transpose() / change.dot(step) - pushed * pushed.transpose() / step.dot(pushed);
      else
        curvature = bend.curvature;
    }
    before = bend.gradient;
    step = curvature.ldlt().solve(bend.gradient);
    step = step.cwiseMax(-farthest).cwiseMin(farthest);
    Place next = place + step;
    next[0] = std::clamp(next[0], -farthest_logit, farthest_logit);
    next[2] = std::clamp(next[2], -farthest_power, farthest_power);
    step = next - place;
    place = next;
    if (step.cwiseAbs().maxCoeff() < 0.02 + 0.05 * deviation) break;
  }
  taste.variances = variances_at(place);
  find_mode(graph, design, taste, 1e-7, task);
  return taste;
}

}  // namespace kalon
