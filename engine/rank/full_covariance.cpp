// The full covariance of bayes.h.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/cpu.h"
#include "base/error.h"
#include "base/threads.h"
#include "rank/bayes.h"
#include "rank/local_solve.h"
#include "rank/symmetric_inverse.h"

namespace kalon {
namespace {

// What the mode is brought to after a vote, in standard deviations.
constexpr double settled = 1e-5;
constexpr int most_steps = 6;
// Besides the vote's own pair, so many are brought up to date by each vote: an update of the covariance costs its
// passage through memory, whatever its rank.
constexpr size_t refreshed = 3;

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

constexpr int64_t ranks_at_once = 4;

// to[j] -= the sum of factor[r] * rows[r][j].
KALON_MULTIVERSION void subtract_rows(const double *const *rows, const double *factor, int64_t count, double *to) {
  const double *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
  double fa = factor[0], fb = factor[1], fc = factor[2], fd = factor[3];
  for (int64_t j = 0; j < count; ++j) to[j] -= (fa * a[j] + fb * b[j]) + (fc * c[j] + fd * d[j]);
}

class FullCovariance : public BayesCovariance {
 public:
  void compute(BayesState &state, Task &task) override {
    task.throw_if_cancelled();
    auto items = at(state.graph.items);
    matrix_.assign(items * items, 0);
    add_to_matrix(state.graph, state.mode.curvature, matrix_);
    for (size_t i = 0; i < items; ++i) matrix_[i * items + i] += 1 / state.variance;
    if (!invert_symmetric(matrix_, state.graph.items))
      throw Error(Status::internal, "the precision of the utilities is not positive definite");
    read_variances(state);
  }

  void add(BayesState &state, const Comparison &vote) override {
    if (!add_vote(state.graph, vote, &state.mode.curvature.weights)) return;
    std::vector<double> gradient(at(state.graph.items));
    Curvature fresh;
    look(state, gradient, &fresh);
    spread_curves(state.graph, state.variance, fresh);
    look(state, gradient, &fresh);
    follow(state, fresh, vote.left, vote.right);
    settle(state, gradient);
    read_variances(state);
  }

  void add(BayesState &state, const Ordering &vote) override {
    if (!add_vote(state.graph, vote)) return;
    Task task;
    find_mode(state.graph, state.variance, 1e-3, state.mode, task);
    spread_curves(state.graph, state.variance, state.mode.curvature);
    find_mode(state.graph, state.variance, settled, state.mode, task);
    compute(state, task);
  }

  double difference_variance(const BayesState &state, int32_t a, int32_t b) const override {
    return std::max(0.0, entry(state, a, a) + entry(state, b, b) - 2 * entry(state, a, b));
  }

  std::vector<double> draws(const BayesState &state, int64_t count, uint64_t seed) const override {
    auto factor = matrix_;
    factor_covariance(factor, state.graph.items);
    return normal_draws(state.mode.utilities, factor, count, seed);
  }

 private:
  double entry(const BayesState &state, int32_t a, int32_t b) const {
    return matrix_[at(a) * at(state.graph.items) + at(b)];
  }
  const double *row(const BayesState &state, int32_t item) const {
    return matrix_.data() + at(item) * at(state.graph.items);
  }

  void read_variances(BayesState &state) const {
    state.variances.resize(at(state.graph.items));
    for (int32_t i = 0; i < state.graph.items; ++i) state.variances[at(i)] = std::max(0.0, entry(state, i, i));
  }

  static void look(const BayesState &state, std::span<double> gradient, Curvature *curvature) {
    slope(state.graph, state.mode.tie_rate, state.mode.utilities, gradient, curvature);
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] -= state.mode.utilities[i] / state.variance;
  }

  // Brings the covariance to the fresh weights of the pair and of those others that have moved most since they entered.
  void follow(BayesState &state, const Curvature &fresh, int32_t left, int32_t right) {
    struct Moved {
      double size, change;
      int32_t a, b;
    };
    std::vector<Moved> moved;
    auto &known = state.mode.curvature;
    const auto &pairs = state.graph.pairs;
    double own = 0;
    for (int32_t a = 0; a < state.graph.items; ++a) {
      const auto &entries = pairs.rows[at(a)];
      for (auto slot = entries.begin; slot < entries.begin + entries.size; ++slot) {
        auto b = pairs.other[at(slot)];
        if (b <= a) continue;
        double change = static_cast<double>(fresh.weights[at(slot)]) - static_cast<double>(known.weights[at(slot)]);
        double size = std::abs(change) * (state.variances[at(a)] + state.variances[at(b)]);
        if ((a == left && b == right) || (a == right && b == left))
          own += change;
        else if (size > 1e-6 && (moved.size() < refreshed || size > moved.back().size)) {
          if (moved.size() == refreshed) moved.pop_back();
          Moved one{size, change, a, b};
          moved.insert(std::upper_bound(moved.begin(), moved.end(), one,
                                        [](const Moved &x, const Moved &y) { return x.size > y.size; }),
                       one);
        }
      }
    }
    moved.push_back({0, own, left, right});
    for (const auto &one : moved) {
      for (auto [a, b] : {std::pair(one.a, one.b), std::pair(one.b, one.a)}) {
        auto slots = slots_of_pair(pairs, a, b);
        for (auto slot = slots.begin; slot < slots.end; ++slot) known.weights[at(slot)] = fresh.weights[at(slot)];
      }
    }
    std::erase_if(moved, [](const Moved &one) { return one.change == 0; });
    subtract(
        state, moved.size(), [&](size_t i) { return std::pair(moved[i].a, moved[i].b); },
        [&](size_t i) { return moved[i].change; });
  }

  // covariance -= U (W⁻¹ + Dᵀ covariance D)⁻¹ Uᵀ, U = covariance D, D the differences of the pairs, W their changes.
  template <class PairOf, class ChangeOf>
  void subtract(BayesState &state, size_t rank, const PairOf &pair_of, const ChangeOf &change_of) {
    auto items = at(state.graph.items), padded = (rank + 3) / 4 * 4;
    if (rank == 0) return;
    std::vector<double> directions(padded * items), inner(rank * rank);
    for (size_t r = 0; r < rank; ++r) {
      auto [a, b] = pair_of(r);
      const double *row_a = row(state, a), *row_b = row(state, b);
      for (size_t j = 0; j < items; ++j) directions[r * items + j] = row_a[j] - row_b[j];
    }
    for (size_t r = 0; r < rank; ++r) {
      inner[r * rank + r] = 1 / change_of(r);
      for (size_t q = 0; q < rank; ++q) {
        auto [a, b] = pair_of(q);
        inner[r * rank + q] += directions[r * items + at(a)] - directions[r * items + at(b)];
      }
    }
    inner = inverse_of(std::move(inner), rank);
    constexpr size_t block = 64;
    parallel_for(static_cast<int64_t>(items < 200 ? 1 : (items + block - 1) / block), [&](int64_t part) {
      auto first = items < 200 ? 0 : at(part) * block, last = items < 200 ? items : std::min(items, first + block);
      for (size_t i = first; i < last; ++i)
        for (size_t from = 0; from < padded; from += at(ranks_at_once)) {
          double factors[ranks_at_once] = {};
          const double *rows[ranks_at_once];
          for (size_t r = 0; r < at(ranks_at_once); ++r) {
            rows[r] = directions.data() + (from + r) * items;
            if (from + r >= rank) continue;
            for (size_t q = 0; q < rank; ++q) factors[r] += inner[(from + r) * rank + q] * directions[q * items + i];
          }
          subtract_rows(rows, factors, static_cast<int64_t>(items), matrix_.data() + i * items);
        }
    });
  }

  // Newton steps with the covariance as it is, until none is worth taking; few items have a gradient.
  void settle(BayesState &state, std::span<double> gradient) {
    auto items = at(state.graph.items);
    std::vector<double> previous;
    for (int round = 0; round < most_steps; ++round) {
      double size = 0;
      for (size_t i = 0; i < items; ++i) size = std::max(size, gradient[i] * gradient[i] * state.variances[i]);
      if (!(size > settled * settled)) return;
      // Each row of the covariance costs its passage through memory; few matter.
      double threshold = std::max(0.02 * settled, 0.02 * std::sqrt(size));
      const double *rows[ranks_at_once];
      double factors[ranks_at_once];
      size_t taken = 0;
      auto step = [&] {
        if (taken == 0) return;
        for (; taken < at(ranks_at_once); ++taken) {
          rows[taken] = rows[0];
          factors[taken] = 0;
        }
        subtract_rows(rows, factors, static_cast<int64_t>(items), state.mode.utilities.data());
        taken = 0;
      };
      for (size_t i = 0; i < items; ++i) {
        if (gradient[i] * gradient[i] * state.variances[i] < threshold * threshold) continue;
        rows[taken] = row(state, static_cast<int32_t>(i));
        factors[taken++] = -gradient[i];
        if (taken == at(ranks_at_once)) step();
      }
      step();
      look(state, gradient, nullptr);
    }
  }

  std::vector<double> matrix_;
};

}  // namespace

std::unique_ptr<BayesCovariance> make_full_covariance() {
  return std::make_unique<FullCovariance>();
}

}  // namespace kalon
