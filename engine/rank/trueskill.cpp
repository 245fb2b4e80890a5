// Online TrueSkill, free for all, each item a team of one (Herbrich, Minka and Graepel 2006): votes in order of time,
// each seen once. Before a vote its items' variances grow by tau². A vote of weight w is its likelihood to the power w.
#include "rank/trueskill.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "rank/estimators.h"
#include "rank/probit_ordering.h"
#include "rank/symmetric_inverse.h"
#include "rank/truncated_normal.h"

namespace kalon {

void require_trueskill_constants(const EstimatorOptions &options) {
  auto require = [](bool holds, const char *what) {
    if (!holds) throw Error(Status::invalid_argument, what);
  };
  // So far apart that squares and their quotients stay finite.
  auto sound = [](double value) { return value >= 1e-100 && value <= 1e100; };
  require(std::abs(options.mu) <= 1e100, "mu must be a finite number");
  require(sound(options.sigma), "sigma must be a positive number");
  require(sound(options.beta), "beta must be a positive number");
  require(options.tau == 0 || sound(options.tau), "tau must be 0 or a positive number");
  require(options.draw_probability >= 0 && options.draw_probability <= 0.999,
          "the draw probability must be from 0 to 0.999");
}

ProbitVotes probit_votes(const Comparison &vote) {
  ProbitVotes votes;
  (vote.verdict == Verdict::left    ? votes.first
   : vote.verdict == Verdict::right ? votes.second
                                    : votes.ties) = static_cast<double>(vote.weight);
  return votes;
}

namespace {

class TrueSkill : public Estimator {
 public:
  explicit TrueSkill(const EstimatorOptions &options)
      : options_(options), model_(ProbitModel::of(options.beta, options.draw_probability)) {
    require_trueskill_constants(options);
  }
  std::string_view name() const override { return estimator_name(EstimatorKind::trueskill); }

  void fit(const VoteHistory &history, Task &task) override {
    require_valid(history);
    for (size_t i = 0; i < history.orderings.size(); ++i) require_feasible(history.orderings[i], i);
    means_.assign(static_cast<size_t>(history.items), options_.mu);
    variances_.assign(static_cast<size_t>(history.items), options_.sigma * options_.sigma);
    each_vote(history, task, [&](const auto &vote) { update(vote, task); });
    touched_.clear();
  }
  void add(const Comparison &vote) override {
    update(vote, Task());
    if (tells_order(vote.verdict)) touched_ = {vote.left, vote.right};
  }
  void add(const Ordering &vote) override {
    require_feasible(vote, 0);
    update(vote, Task());
    touched_ = vote.items;
  }

  std::span<const double> means() const override { return means_; }
  std::span<const double> variances() const override { return variances_; }
  double difference_variance(int32_t a, int32_t b) const override {
    return a == b ? 0 : variances_[static_cast<size_t>(a)] + variances_[static_cast<size_t>(b)];
  }
  double preference_probability(int32_t a, int32_t b) const override {
    double difference = means_[static_cast<size_t>(a)] - means_[static_cast<size_t>(b)];
    return normal_cumulative(difference / std::sqrt(model_.noise_variance + difference_variance(a, b)));
  }
  double unit() const override { return model_.logistic_unit(); }
  std::vector<double> draws(int64_t count, uint64_t seed) const override {
    std::vector<double> deviations(variances_.size());
    std::transform(variances_.begin(), variances_.end(), deviations.begin(), [](double v) { return std::sqrt(v); });
    return normal_draws(means_, deviations, count, seed);
  }
  std::span<const int32_t> touched() const override { return touched_; }

 private:
  Normal before_vote(int32_t item) const {
    auto i = static_cast<size_t>(item);
    return {means_[i], variances_[i] + options_.tau * options_.tau};
  }
  void store(int32_t item, Normal utility) {
    means_[static_cast<size_t>(item)] = utility.mean;
    variances_[static_cast<size_t>(item)] = utility.variance;
  }

  void update(const Comparison &vote, const Task &) {
    if (!tells_order(vote.verdict)) return;
    Normal left = before_vote(vote.left), right = before_vote(vote.right);
    Normal before{left.mean - right.mean, left.variance + right.variance};
    Normal after = with_votes(before, probit_votes(vote), model_);
    // What is learnt of the difference, shared out.
    double moved = (after.mean - before.mean) / before.variance;
    double shrunk = std::max(before.variance - after.variance, 0.0) / (before.variance * before.variance);
    auto learn = [&](Normal utility, double sign) {
      return Normal{utility.mean + sign * utility.variance * moved,
                    utility.variance * std::max(1 - utility.variance * shrunk, 1e-15)};
    };
    store(vote.left, learn(left, 1));
    store(vote.right, learn(right, -1));
  }

  void update(const Ordering &vote, const Task &task) {
    std::vector<Normal> utilities;
    for (auto item : vote.items) utilities.push_back(before_vote(item));
    if (vote.weight != 1 || !update_by_messages(vote, model_, utilities, task)) update_jointly(vote, utilities, task);
    for (size_t i = 0; i < utilities.size(); ++i) store(vote.items[i], utilities[i]);
  }

  void update_jointly(const Ordering &vote, std::vector<Normal> &utilities, const Task &task) const {
    auto n = utilities.size();
    std::vector<double> mean(n), covariance(n * n);
    for (size_t i = 0; i < n; ++i) mean[i] = utilities[i].mean, covariance[i * n + i] = utilities[i].variance;
    OrderingFactor factor(vote, model_);
    auto site = weighted_site(factor, static_cast<double>(vote.weight), mean, covariance, task);
    auto &posterior = site.precision;
    for (size_t i = 0; i < n; ++i) {
      posterior[i * n + i] += 1 / utilities[i].variance;
      site.shift[i] += utilities[i].mean / utilities[i].variance;
    }
    if (!invert_symmetric(posterior, static_cast<int64_t>(n)))
      throw Error(Status::internal, "an ordering left no variance");
    for (size_t i = 0; i < n; ++i) {
      utilities[i] = {0, posterior[i * n + i]};
      for (size_t j = 0; j < n; ++j) utilities[i].mean += posterior[i * n + j] * site.shift[j];
    }
  }

  EstimatorOptions options_;
  ProbitModel model_;
  std::vector<double> means_, variances_;
  std::vector<int32_t> touched_;
};

}  // namespace

std::unique_ptr<Estimator> make_trueskill(const EstimatorOptions &options) {
  return std::make_unique<TrueSkill>(options);
}

}  // namespace kalon
