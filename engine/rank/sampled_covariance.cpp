// The sampled covariance of bayes.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "base/random.h"
#include "rank/bayes.h"
#include "rank/choice_slopes.h"
#include "rank/conjugate_gradients.h"
#include "rank/local_solve.h"
#include "rank/pair_kernels.h"
#include "rank/perturbation.h"

namespace kalon {
namespace {

constexpr double solved = 1e-3;  // of what samples are solved to
// Work is bounded: batches of samples cost as much as the votes they pass over.
constexpr int64_t most_batches = 4, slots_for_all = 5000000;
// An ordering of more items is not taken in locally.
constexpr size_t most_local = 12;
// In standard deviations of an item given all others: what is left of a residual; how far an item moves until the
// weights of its votes are computed anew.
constexpr double settled = 5e-5, moved_far = 0.01;
constexpr int64_t most_visits = 400000;  // of entries, by one vote; the next vote goes on

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

// Sixteen draws: of each item, and of the sum of its neighbours by their weights.
struct Batch {
  std::vector<float> drawn, near;
};

class SampledCovariance : public BayesCovariance {
 public:
  void compute(BayesState &state, Task &task) override {
    const auto &graph = state.graph;
    auto slots = graph.pairs.used + static_cast<int64_t>(graph.choices.item.size());
    batches_.resize(at(std::clamp(slots_for_all / (slots + 1), int64_t{1}, most_batches)));
    auto precision = precision_of(state);
    auto size = at(graph.items * many_columns);
    std::vector<float> right(size);
    for (size_t b = 0; b < batches_.size(); ++b) {
      auto &batch = batches_[b];
      batch.drawn.resize(size);
      batch.near.resize(size);
      perturb(precision, seed_of(state, b), right);
      solve_columns(precision, right, batch.drawn, solved, task);
      multiply_columns(precision, batch.drawn, batch.near);
      for_item_blocks(graph, [&](int32_t begin, int32_t end) {
        for (int32_t item = begin; item < end; ++item) {
          auto own = static_cast<float>(diagonal(state, item));
          for (auto i = at(item * many_columns); i < at((item + 1) * many_columns); ++i)
            batch.near[i] = own * batch.drawn[i] - batch.near[i];
        }
      });
    }
    state.variances.resize(at(graph.items));
    for (int32_t item = 0; item < graph.items; ++item) state.variances[at(item)] = variance_of(state, item);
    local_ = LocalSolver(graph.items);
    residual_.assign(at(graph.items), 0);
    waiting_.clear();
    is_waiting_.assign(at(graph.items), 0);
    votes_ = 0;
  }

  void add(BayesState &state, const Comparison &vote) override {
    auto before = pair_slope(state, vote.left, vote.right, false);
    if (!add_vote(state.graph, vote, &state.mode.curvature.weights)) return;
    std::array items{vote.left, vote.right};
    for (auto item : items) spread_curves_of(state.graph, state.variance, state.mode.curvature, item);
    // The new weight enters after the samples have followed: they do so by the precision as it was.
    auto after = pair_slope(state, vote.left, vote.right, false);
    double change = after.weight - coupling_of_pair(state, vote.left, vote.right), more = std::max(0.0, change);
    std::array weights{0.0, more, more, 0.0};
    entangle(state, items, weights);
    pair_slope(state, vote.left, vote.right, true);
    pair_slope(state, vote.right, vote.left, true);
    for (auto item : items) {
      state.mode.curvature.diagonal[at(item)] += change - more;
      state.mode.curvature.pair_diagonal[at(item)] += change;
    }
    push(state, vote.left, after.gradient - before.gradient);
    push(state, vote.right, before.gradient - after.gradient);
    finish(state, items);
  }

  void add(BayesState &state, const Ordering &vote) override {
    if (!add_vote(state.graph, vote)) return;
    if (vote.items.size() > most_local) {
      Task task;
      find_mode(state.graph, state.variance, 1e-7, state.mode, task);
      return compute(state, task);
    }
    const auto &choices = state.graph.choices;
    const auto &sequence = choices.sequences.back();
    auto &curvature = state.mode.curvature;
    auto size = at(sequence.size);
    // As yet without any weight, for the samples follow by the precision as it was.
    for (auto *values : {&curvature.likes, &curvature.per_set, &curvature.shares}) values->resize(choices.item.size());
    Curvature fresh = {{},
                       {},
                       {},
                       std::vector<double>(choices.item.size()),
                       std::vector<double>(choices.item.size()),
                       std::vector<double>(choices.item.size())};
    auto places = [&](std::vector<double> &values) { return std::span(values).subspan(at(sequence.begin), size); };
    choice_shares(choices, sequence, state.mode.utilities, places(fresh.likes), places(fresh.per_set),
                  places(fresh.shares));
    double scale = static_cast<double>(sequence.scale), weight = static_cast<double>(sequence.weight);
    std::vector<double> weights(size * size);
    for (size_t i = 0; i < size; ++i)
      for (size_t j = 0; j < size; ++j)
        if (i != j)
          weights[i * size + j] =
              weight * scale * scale *
              choice_coupling(choices, sequence, fresh, static_cast<int32_t>(i), static_cast<int32_t>(j));
    auto items = std::span(choices.item).subspan(at(sequence.begin), size);
    entangle(state, items, weights);
    std::copy_n(places(fresh.likes).begin(), size, places(curvature.likes).begin());
    std::copy_n(places(fresh.per_set).begin(), size, places(curvature.per_set).begin());
    std::copy_n(places(fresh.shares).begin(), size, places(curvature.shares).begin());
    for (size_t i = 0; i < size; ++i)
      push(state, items[i], weight * scale * ((places(fresh.per_set)[i] > 0 ? 1.0 : 0.0) - places(fresh.shares)[i]));
    finish(state, items);
  }

  double difference_variance(const BayesState &state, int32_t a, int32_t b) const override {
    // Of the two rows of the precision, what is beside their coupling; never less than the prior, whatever the
    // rounding.
    double w = coupling(state.graph, state.mode.curvature, a, b), least = 1 / state.variance;
    double rest_a = std::max(diagonal(state, a) - w, least), rest_b = std::max(diagonal(state, b) - w, least);
    double determinant = w * (rest_a + rest_b) + rest_a * rest_b;
    auto of_a = static_cast<float>(rest_b / determinant), of_b = static_cast<float>(rest_a / determinant);
    auto shared = static_cast<float>(w);
    double sum = 0;
    for (const auto &batch : batches_) {
      const float *near_a = batch.near.data() + a * many_columns, *near_b = batch.near.data() + b * many_columns;
      const float *drawn_a = batch.drawn.data() + a * many_columns, *drawn_b = batch.drawn.data() + b * many_columns;
      float part = 0;
      for (int64_t c = 0; c < many_columns; ++c) {
        float value = of_a * (near_a[c] - shared * drawn_b[c]) - of_b * (near_b[c] - shared * drawn_a[c]);
        part += value * value;
      }
      sum += static_cast<double>(part);
    }
    return (rest_a + rest_b) / determinant + sum / static_cast<double>(batches_.size() * at(many_columns));
  }

  std::vector<double> draws(const BayesState &state, int64_t count, uint64_t seed) const override {
    Task task;
    auto items = state.graph.items;
    std::vector<double> result(at(count * items));
    std::vector<float> right(at(items * many_columns)), drawn(right.size());
    for (int64_t first = 0; first < count; first += many_columns) {
      perturb(precision_of(state), Random(seed + at(first)).next(), right);
      solve_columns(precision_of(state), right, drawn, 1e-4, task);
      for (int64_t c = 0; c < std::min(many_columns, count - first); ++c)
        for (int32_t item = 0; item < items; ++item)
          result[at((first + c) * items + item)] =
              state.mode.utilities[at(item)] + static_cast<double>(drawn[at(item * many_columns + c)]);
    }
    return result;
  }

 private:
  static Precision precision_of(const BayesState &state) {
    return {state.graph, state.mode.curvature, 1 / state.variance, {}, 1};
  }
  static uint64_t seed_of(const BayesState &state, size_t number) {
    return Random(state.seed + number * Random::step).next();
  }
  static double diagonal(const BayesState &state, int32_t item) {
    return state.mode.curvature.diagonal[at(item)] + 1 / state.variance;
  }

  double variance_of(const BayesState &state, int32_t item) const {
    double own = diagonal(state, item), sum = 0;
    for (const auto &batch : batches_) {
      const float *near = batch.near.data() + item * many_columns;
      for (int64_t c = 0; c < many_columns; ++c) sum += static_cast<double>(near[c] * near[c]);
    }
    return 1 / own + sum / (own * own * static_cast<double>(batches_.size() * at(many_columns)));
  }

  static double coupling_of_pair(const BayesState &state, int32_t a, int32_t b) {
    auto slots = slots_of_pair(state.graph.pairs, a, b);
    double sum = 0;
    for (auto slot = slots.begin; slot < slots.end; ++slot)
      sum += static_cast<double>(state.mode.curvature.weights[at(slot)]);
    return sum;
  }

  struct PairSlope {
    double gradient = 0, weight = 0;
  };
  // Of all votes on a pair, seen from a; the weights are kept on request.
  static PairSlope pair_slope(BayesState &state, int32_t a, int32_t b, bool keep) {
    const auto &pairs = state.graph.pairs;
    auto slots = slots_of_pair(pairs, a, b);
    double difference = state.mode.utilities[at(a)] - state.mode.utilities[at(b)];
    PairSlope sum;
    for (auto slot = slots.begin; slot < slots.end; ++slot) {
      double gradient;
      float weight;
      entry_slopes({&difference, pairs.net.data() + slot, pairs.count.data() + slot, pairs.scale.data() + slot,
                    pairs.blur.data() + slot, 1, state.mode.tie_rate},
                   &gradient, &weight);
      sum.gradient += gradient;
      sum.weight += static_cast<double>(weight);
      if (keep) state.mode.curvature.weights[at(slot)] = weight;
    }
    return sum;
  }

  // Lets the samples follow as pairs of the items get more weight (a matrix), and adds it to the diagonal. With U the
  // items' columns of the covariance, B the Laplacian of the weights and x a draw of covariance B:
  //   z - U (1 + B U)⁻¹ (B z - x) has the new covariance when z had the old.
  void entangle(BayesState &state, std::span<const int32_t> items, std::span<const double> weights) {
    auto size = items.size();
    auto columns = local_.columns(state.graph, state.mode.curvature, 1 / state.variance, items);
    std::vector<double> laplacian(size * size), inner(size * size);
    for (size_t i = 0; i < size; ++i)
      for (size_t j = 0; j < size; ++j)
        if (i != j) {
          laplacian[i * size + j] = -weights[i * size + j];
          laplacian[i * size + i] += weights[i * size + j];
        }
    for (size_t i = 0; i < size; ++i)
      for (size_t j = 0; j < size; ++j) {
        inner[i * size + j] = i == j ? 1 : 0;
        for (size_t k = 0; k < size; ++k) inner[i * size + j] += laplacian[i * size + k] * columns.of(items[k])[j];
      }
    inner = inverse_of(std::move(inner), size);
    Random random(seed_of(state, batches_.size() + ++votes_));
    std::vector<double> pulled(size), steps(size);
    std::vector<float> changes(columns.items.size() * at(many_columns));
    for (auto &batch : batches_) {
      for (int64_t c = 0; c < many_columns; ++c) {
        auto drawn = [&](int32_t item) { return static_cast<double>(batch.drawn[at(item * many_columns + c)]); };
        std::fill(pulled.begin(), pulled.end(), 0);
        for (size_t i = 0; i < size; ++i)
          for (size_t j = 0; j < i; ++j) {
            double weight = weights[i * size + j];
            double pull = weight * (drawn(items[i]) - drawn(items[j])) - std::sqrt(weight) * normal(random);
            pulled[i] += pull;
            pulled[j] -= pull;
          }
        for (size_t i = 0; i < size; ++i) {
          steps[i] = 0;
          for (size_t j = 0; j < size; ++j) steps[i] += inner[i * size + j] * pulled[j];
        }
        for (size_t i = 0; i < columns.items.size(); ++i) {
          double sum = 0;
          for (size_t j = 0; j < size; ++j) sum += columns.values[i * size + j] * steps[j];
          changes[i * at(many_columns) + at(c)] = static_cast<float>(-sum);
        }
      }
      for (size_t i = 0; i < columns.items.size(); ++i) {
        auto item = columns.items[i];
        const float *change = changes.data() + i * at(many_columns);
        add_row(change, 1, batch.drawn, item);
        for_couplings(state.graph, state.mode.curvature, item,
                      [&](int32_t other, double weight) { add_row(change, weight, batch.near, other); });
      }
      for (size_t i = 0; i < size; ++i)
        for (size_t j = 0; j < size; ++j)
          if (i != j)
            add_row(batch.drawn.data() + items[j] * many_columns, weights[i * size + j], batch.near, items[i]);
    }
    for (size_t i = 0; i < size; ++i) state.mode.curvature.diagonal[at(items[i])] += laplacian[i * size + i];
    state.touched.assign(columns.items.begin(), columns.items.end());
  }

  static void add_row(const float *row, double factor, std::vector<float> &to, int32_t item) {
    auto by = static_cast<float>(factor);
    float *out = to.data() + item * many_columns;
    for (int64_t c = 0; c < many_columns; ++c) out[c] += by * row[c];
  }

  static double normal(Random &random) {
    double sum = 0;
    // Irwin and Hall: near enough to normal where only second moments count.
    for (int i = 0; i < 12; ++i) sum += random.unit();
    return sum - 6;
  }

  void push(const BayesState &state, int32_t item, double change) {
    residual_[at(item)] += change;
    if (is_waiting_[at(item)] || std::abs(residual_[at(item)]) <= settled * std::sqrt(diagonal(state, item))) return;
    is_waiting_[at(item)] = 1;
    waiting_.push_back(item);
  }

  // Moves one item after the other to where its own residual is 0, which leaves a part of it to its neighbours.
  void relax(BayesState &state, std::vector<std::pair<int32_t, double>> &moved, int64_t &visits) {
    while (!waiting_.empty() && visits < most_visits) {
      auto item = waiting_.front();
      waiting_.pop_front();
      is_waiting_[at(item)] = 0;
      double own = diagonal(state, item), step = residual_[at(item)] / own;
      residual_[at(item)] = 0;
      state.mode.utilities[at(item)] += step;
      moved.emplace_back(item, step * std::sqrt(own));
      for_couplings(state.graph, state.mode.curvature, item, [&](int32_t other, double weight) {
        push(state, other, weight * step);
        ++visits;
      });
    }
  }

  void finish(BayesState &state, std::span<const int32_t> voted) {
    std::vector<std::pair<int32_t, double>> moved;
    std::vector<int32_t> far, around;
    int64_t visits = 0;
    for (int round = 0; round < 4; ++round) {
      moved.clear();
      relax(state, moved, visits);
      std::sort(moved.begin(), moved.end());
      far.clear();
      for (size_t i = 0; i < moved.size();) {
        auto item = moved[i].first;
        double sum = 0;
        for (; i < moved.size() && moved[i].first == item; ++i) sum += moved[i].second;
        state.touched.push_back(item);
        if (std::abs(sum) > moved_far) far.push_back(item);
      }
      // The curves of those voted on are sharper now, whether they moved or not.
      if (round == 0) far.insert(far.end(), voted.begin(), voted.end());
      sort_once(far);
      if (far.empty()) break;
      around = far;
      for (auto item : far) {
        spread_curves_of(state.graph, state.variance, state.mode.curvature, item);
        renew_weights(state, item);
        for_couplings(state.graph, state.mode.curvature, item, [&](int32_t other, double) { around.push_back(other); });
      }
      visits += static_cast<int64_t>(around.size());
      sort_once(around);
      // What was linear so far is computed anew.
      std::vector<float> weights;
      for (auto item : around) {
        weights.resize(at(state.graph.pairs.rows[at(item)].size));
        double gradient = item_slope(state.graph, state.mode.tie_rate, state.mode.utilities, item, weights).gradient;
        push(state, item, gradient - state.mode.utilities[at(item)] / state.variance - residual_[at(item)]);
      }
    }
    sort_once(state.touched);
    for (auto item : state.touched) state.variances[at(item)] = variance_of(state, item);
  }

  static void sort_once(std::vector<int32_t> &items) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
  }

  void renew_weights(BayesState &state, int32_t item) {
    const auto &pairs = state.graph.pairs;
    const auto &row = pairs.rows[at(item)];
    auto &curvature = state.mode.curvature;
    std::vector<float> weights(at(row.size));
    item_slope(state.graph, state.mode.tie_rate, state.mode.utilities, item, weights);
    for (int32_t k = 0; k < row.size; ++k) {
      auto slot = at(row.begin + k);
      auto other = pairs.other[slot];
      double change = static_cast<double>(weights[at(k)]) - static_cast<double>(curvature.weights[slot]);
      curvature.weights[slot] = weights[at(k)];
      auto there = slots_of_pair(pairs, other, item);
      while (pairs.scale[at(there.begin)] != pairs.scale[slot]) ++there.begin;
      curvature.weights[at(there.begin)] = weights[at(k)];
      for (auto [a, b] : {std::pair(item, other), std::pair(other, item)}) {
        curvature.diagonal[at(a)] += change;
        curvature.pair_diagonal[at(a)] += change;
        for (auto &batch : batches_) add_row(batch.drawn.data() + b * many_columns, change, batch.near, a);
      }
    }
  }

  std::vector<Batch> batches_;
  LocalSolver local_;
  std::vector<double> residual_;  // of the mode; what no vote has worked off yet
  std::deque<int32_t> waiting_;
  std::vector<uint8_t> is_waiting_;
  size_t votes_ = 0;
};

}  // namespace

std::unique_ptr<BayesCovariance> make_sampled_covariance() {
  return std::make_unique<SampledCovariance>();
}

}  // namespace kalon
