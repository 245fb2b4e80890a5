// TrueSkill's model without dynamics over all votes at once: the joint normal that expectation propagation ends with
// (Minka 2001), to most_items items. All votes on a pair are one factor; sites of pairs have rank one. In each sweep
// the sites are matched side by side and the joint covariance is inverted anew.
#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "base/cpu.h"
#include "base/error.h"
#include "base/threads.h"
#include "rank/estimators.h"
#include "rank/probit_ordering.h"
#include "rank/symmetric_inverse.h"
#include "rank/trueskill.h"
#include "rank/truncated_normal.h"

namespace kalon {
namespace {

constexpr int32_t most_items = 2000;
constexpr int most_sweeps = 400;
// Of the greatest change of a site in a sweep, relative to what is known of its difference.
constexpr double standstill = 1e-8;
// Where rounding keeps sites moving by less than this, they have arrived too.
constexpr double jitter = 1e-4;
// More votes on a pair, or a greater weight of an ordering, say no more: rounding would take the prior from them.
constexpr double most_votes_on_a_pair = 1e6, most_of_an_ordering = 1e4;
// add() goes on until no site would change by more.
constexpr double standstill_of_one = 1e-3;

uint64_t pair_key(int32_t a, int32_t b) {
  return static_cast<uint64_t>(a) << 32 | static_cast<uint32_t>(b);
}

struct PairFactor {
  int32_t first, second;  // first < second
  ProbitVotes votes;
  Site site;
};

struct OrderingTerm {
  std::vector<int32_t> items;
  double weight;
  OrderingFactor factor;
  JointSite site;
};

KALON_MULTIVERSION void add_scaled(double factor, const double *from, double *to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

class TrueSkillBatch : public Estimator {
 public:
  explicit TrueSkillBatch(const EstimatorOptions &options)
      : prior_{options.mu, options.sigma * options.sigma},
        model_(ProbitModel::of(options.beta, options.draw_probability)) {
    require_trueskill_constants(options);
    if (options.beta < 1e-6 * options.sigma || options.beta > 1e6 * options.sigma)
      throw Error(Status::invalid_argument, "beta must be between a millionth of sigma and a million times sigma");
  }
  std::string_view name() const override { return estimator_name(EstimatorKind::trueskill_batch); }

  void fit(const VoteHistory &history, Task &task) override {
    require_valid(history);
    if (history.items > most_items)
      throw Error(Status::invalid_argument, "works with up to " + std::to_string(most_items) + " items, here are " +
                                                std::to_string(history.items) + "; use the estimator bayes");
    for (size_t i = 0; i < history.orderings.size(); ++i) require_feasible(history.orderings[i], i);
    items_ = history.items;
    pairs_.clear();
    orderings_.clear();
    pair_of_.clear();
    pairs_with_.assign(static_cast<size_t>(items_), {});
    for (const auto &vote : history.comparisons)
      if (tells_order(vote.verdict)) take(vote);
    // In the order of their items, so that the order of the votes leaves no trace.
    std::sort(pairs_.begin(), pairs_.end(), [](const PairFactor &a, const PairFactor &b) {
      return pair_key(a.first, a.second) < pair_key(b.first, b.second);
    });
    for (size_t i = 0; i < pairs_.size(); ++i) index(i);
    for (const auto &vote : history.orderings) take(vote);
    converge(task);
  }

  void add(const Comparison &vote) override {
    if (!tells_order(vote.verdict)) return;
    auto before = pairs_.size(), place = take(vote);
    if (pairs_.size() > before) index(place);
    settle_around(place);
  }
  void add(const Ordering &vote) override {
    require_feasible(vote, 0);
    take(vote);
    Task task;
    converge(task);
  }

  std::span<const double> means() const override { return means_; }
  std::span<const double> variances() const override { return variances_; }
  double difference_variance(int32_t a, int32_t b) const override { return a == b ? 0 : difference(a, b).variance; }
  double preference_probability(int32_t a, int32_t b) const override {
    double apart = means_[static_cast<size_t>(a)] - means_[static_cast<size_t>(b)];
    return normal_cumulative(apart / std::sqrt(model_.noise_variance + difference_variance(a, b)));
  }
  double unit() const override { return model_.logistic_unit(); }
  std::vector<double> draws(int64_t count, uint64_t seed) const override {
    auto factor = covariance_;
    factor_covariance(factor, items_);
    return normal_draws(means_, factor, count, seed);
  }
  std::span<const int32_t> touched() const override { return {}; }

 private:
  double *row(int32_t item) { return covariance_.data() + static_cast<int64_t>(item) * items_; }
  const double *row(int32_t item) const { return covariance_.data() + static_cast<int64_t>(item) * items_; }

  Normal difference(int32_t a, int32_t b) const {
    double variance = row(a)[a] + row(b)[b] - 2 * row(a)[b];
    // Of a pair known to the last digit rounding leaves nothing.
    double least = 1e-15 * (row(a)[a] + row(b)[b]);
    return {means_[static_cast<size_t>(a)] - means_[static_cast<size_t>(b)], std::max(variance, least)};
  }

  // Returns the place of the pair's factor.
  size_t take(const Comparison &vote) {
    auto votes = probit_votes(vote);
    auto first = vote.left, second = vote.right;
    if (first > second) {
      std::swap(first, second);
      std::swap(votes.first, votes.second);
    }
    auto [found, fresh] = pair_of_.try_emplace(pair_key(first, second), pairs_.size());
    if (fresh) pairs_.push_back({first, second, {}, {}});
    auto &sum = pairs_[found->second].votes;
    sum.first += votes.first, sum.second += votes.second, sum.ties += votes.ties;
    return found->second;
  }
  void take(const Ordering &vote) {
    auto slots = vote.items.size();
    JointSite nothing{std::vector<double>(slots * slots), std::vector<double>(slots)};
    double weight = std::min(static_cast<double>(vote.weight), most_of_an_ordering);
    orderings_.push_back({vote.items, weight, OrderingFactor(vote, model_), nothing});
  }
  void index(size_t place) {
    const auto &pair = pairs_[place];
    pair_of_[pair_key(pair.first, pair.second)] = place;
    pairs_with_[static_cast<size_t>(pair.first)].push_back(static_cast<int32_t>(place));
    pairs_with_[static_cast<size_t>(pair.second)].push_back(static_cast<int32_t>(place));
  }

  // The site that a pair's votes get among all others.
  Site matched(const PairFactor &pair) const {
    auto all = difference(pair.first, pair.second);
    // Others' sites only narrow the prior: what rounding takes below its precision is none.
    double precision = std::max(1 / all.variance - pair.site.precision, 0.5 / prior_.variance);
    Normal cavity{(all.mean / all.variance - pair.site.shift) / precision, 1 / precision};
    auto votes = pair.votes;
    if (double total = votes.total(); total > most_votes_on_a_pair)
      for (auto *weight : {&votes.first, &votes.second, &votes.ties}) *weight *= most_votes_on_a_pair / total;
    return site_between(cavity, with_votes(cavity, votes, model_));
  }
  // How much a new site would change what is known of its difference, in deviations and in logarithms of variance.
  double change(const PairFactor &pair, const Site &site) const {
    auto all = difference(pair.first, pair.second);
    double precision = site.precision - pair.site.precision, shift = site.shift - pair.site.shift;
    return std::max(std::abs(precision) * all.variance,
                    std::abs(shift - precision * all.mean) * std::sqrt(all.variance));
  }

  void converge(Task &task) {
    task.phase("sweeps");
    invert();
    double part = 1, last = INFINITY, least = INFINITY;
    int least_at = 0;
    for (int i = 0; i < most_sweeps; ++i) {
      task.throw_if_cancelled();
      double moved = match_all(part, task);
      invert();
      task.advance();
      if (moved < least) least = moved, least_at = i;
      if (moved < standstill || (moved < jitter && i - least_at > 20)) return;
      // Sites that are matched side by side may swing together.
      if (moved > 0.9 * last && i > 2) part = std::max(0.7 * part, 0.05);
      last = moved;
    }
  }

  double match_all(double part, Task &task) {
    constexpr int64_t chunk = 256;
    auto count = static_cast<int64_t>(pairs_.size());
    std::vector<double> moved(static_cast<size_t>((count + chunk - 1) / chunk));
    parallel_for(static_cast<int64_t>(moved.size()), [&](int64_t c) {
      task.throw_if_cancelled();
      for (auto i = c * chunk; i < std::min(count, (c + 1) * chunk); ++i) {
        auto &pair = pairs_[static_cast<size_t>(i)];
        auto site = matched(pair);
        moved[static_cast<size_t>(c)] = std::max(moved[static_cast<size_t>(c)], change(pair, site));
        pair.site.precision += part * (site.precision - pair.site.precision);
        pair.site.shift += part * (site.shift - pair.site.shift);
      }
    });
    std::vector<double> moved_orderings(orderings_.size());
    parallel_for(static_cast<int64_t>(orderings_.size()), [&](int64_t i) {
      task.throw_if_cancelled();
      moved_orderings[static_cast<size_t>(i)] = match(orderings_[static_cast<size_t>(i)], part, task);
    });
    double most = 0;
    for (double value : moved) most = std::max(most, value);
    for (double value : moved_orderings) most = std::max(most, value);
    return most;
  }

  double match(OrderingTerm &term, double part, const Task &task) const {
    auto n = term.items.size();
    std::vector<double> cavity(n * n), shift(n), mean(n);
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) cavity[i * n + j] = row(term.items[i])[term.items[j]];
    auto all = cavity;
    if (!invert_symmetric(cavity, static_cast<int64_t>(n))) throw Error(Status::internal, "a covariance is singular");
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) shift[i] += cavity[i * n + j] * means_[static_cast<size_t>(term.items[j])];
      shift[i] -= term.site.shift[i];
    }
    for (size_t i = 0; i < n * n; ++i) cavity[i] -= term.site.precision[i];
    if (!invert_symmetric(cavity, static_cast<int64_t>(n))) throw Error(Status::internal, "a cavity is singular");
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) mean[i] += cavity[i * n + j] * shift[j];
    auto site = weighted_site(term.factor, term.weight, mean, cavity, task);
    double moved = 0;
    for (size_t i = 0; i < n; ++i) {
      double variance = all[i * n + i], moved_shift = site.shift[i] - term.site.shift[i];
      for (size_t j = 0; j < n; ++j) {
        double precision = site.precision[i * n + j] - term.site.precision[i * n + j];
        moved_shift -= precision * means_[static_cast<size_t>(term.items[j])];
        moved = std::max(moved, std::abs(precision) * variance);
        term.site.precision[i * n + j] += part * precision;
      }
      moved = std::max(moved, std::abs(moved_shift) * std::sqrt(variance));
      term.site.shift[i] += part * (site.shift[i] - term.site.shift[i]);
    }
    return moved;
  }

  // Covariance and means from the prior and all sites.
  void invert() {
    auto n = static_cast<size_t>(items_);
    covariance_.assign(n * n, 0);
    // Means are sought from the prior's, which keeps their digits when it is far from 0.
    std::vector<double> shift(n);
    for (size_t i = 0; i < n; ++i) covariance_[i * n + i] = 1 / prior_.variance;
    for (const auto &pair : pairs_) {
      auto a = static_cast<size_t>(pair.first), b = static_cast<size_t>(pair.second);
      covariance_[a * n + a] += pair.site.precision, covariance_[b * n + b] += pair.site.precision;
      covariance_[b * n + a] -= pair.site.precision;  // below the diagonal
      shift[a] += pair.site.shift, shift[b] -= pair.site.shift;
    }
    for (const auto &term : orderings_)
      for (size_t i = 0; i < term.items.size(); ++i) {
        auto a = static_cast<size_t>(term.items[i]);
        shift[a] += term.site.shift[i];
        for (size_t j = 0; j < term.items.size(); ++j)
          if (auto b = static_cast<size_t>(term.items[j]); b <= a)
            covariance_[a * n + b] += term.site.precision[i * term.items.size() + j];
      }
    if (!invert_symmetric(covariance_, items_))
      throw Error(Status::internal, "the votes leave no covariance that can be told from 0");
    means_.assign(n, prior_.mean);
    for (size_t i = 0; i < n; ++i) add_scaled(shift[i], covariance_.data() + i * n, means_.data(), items_);
    rank_one_updates_ = 0;
    read_variances();
  }
  void read_variances() {
    variances_.resize(static_cast<size_t>(items_));
    for (int32_t i = 0; i < items_; ++i) variances_[static_cast<size_t>(i)] = row(i)[i];
  }

  // Gives one pair a new site: the covariance changes by a matrix of rank one.
  void replace(PairFactor &pair, const Site &site) {
    auto n = static_cast<size_t>(items_);
    double precision = site.precision - pair.site.precision, shift = site.shift - pair.site.shift;
    auto all = difference(pair.first, pair.second);
    std::vector<double> u(row(pair.first), row(pair.first) + n);
    add_scaled(-1, row(pair.second), u.data(), items_);
    double wider = 1 + precision * all.variance;
    add_scaled((shift - precision * all.mean) / wider, u.data(), means_.data(), items_);
    double factor = -precision / wider;
    constexpr int64_t rows = 128;
    parallel_for((items_ + rows - 1) / rows, [&](int64_t block) {
      auto end = std::min<int64_t>(items_, (block + 1) * rows);
      for (auto i = block * rows; i < end; ++i)
        add_scaled(factor * u[static_cast<size_t>(i)], u.data(), row(static_cast<int32_t>(i)), items_);
    });
    pair.site = site;
    ++rank_one_updates_;
  }

  // Matches the site of a pair, then those of the pairs that share an item with it, then whichever is due, one after
  // another.
  void settle_around(size_t place) {
    auto refresh = [&](size_t number) {
      auto site = matched(pairs_[number]);
      if (change(pairs_[number], site) > standstill_of_one) replace(pairs_[number], site);
    };
    refresh(place);
    for (auto item : {pairs_[place].first, pairs_[place].second})
      for (auto other : pairs_with_[static_cast<size_t>(item)]) refresh(static_cast<size_t>(other));
    constexpr int most_rounds = 10;
    std::vector<uint8_t> due(pairs_.size());
    for (int round = 0; round < most_rounds; ++round) {
      constexpr int64_t chunk = 256;
      auto count = static_cast<int64_t>(pairs_.size());
      parallel_for((count + chunk - 1) / chunk, [&](int64_t c) {
        for (auto i = c * chunk; i < std::min(count, (c + 1) * chunk); ++i) {
          const auto &pair = pairs_[static_cast<size_t>(i)];
          due[static_cast<size_t>(i)] = change(pair, matched(pair)) > standstill_of_one;
        }
      });
      if (std::find(due.begin(), due.end(), 1) == due.end()) break;
      for (size_t i = 0; i < due.size(); ++i)
        if (due[i]) refresh(i);
    }
    // Rounding adds up.
    constexpr int most_updates = 5000;
    if (rank_one_updates_ > most_updates)
      invert();
    else
      read_variances();
  }

  Normal prior_;
  ProbitModel model_;
  int32_t items_ = 0;
  std::vector<PairFactor> pairs_;
  std::unordered_map<uint64_t, size_t> pair_of_;
  std::vector<std::vector<int32_t>> pairs_with_;  // by item
  std::vector<OrderingTerm> orderings_;
  std::vector<double> means_, variances_, covariance_;  // the last items x items
  int rank_one_updates_ = 0;
};

}  // namespace

std::unique_ptr<Estimator> make_trueskill_batch(const EstimatorOptions &options) {
  return std::make_unique<TrueSkillBatch>(options);
}

}  // namespace kalon
