#include "rank/bayes.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "rank/estimators.h"
#include "rank/logistic_normal.h"
#include "rank/prior_variance.h"

namespace kalon {
namespace {

// In standard deviations of an item given all others.
constexpr double exact_mode = 1e-9;

class Bayes : public Estimator {
 public:
  Bayes(const EstimatorOptions &options, int32_t full_up_to)
      : prior_variance_(options.prior_variance),
        annotator_scales_(options.annotator_scales),
        with_variances_(options.variances),
        full_up_to_(full_up_to) {
    state_.seed = options.seed;
    if (prior_variance_ && !(*prior_variance_ > 0 && *prior_variance_ <= 1e6))
      throw Error(Status::invalid_argument, "the variance of the prior must be above 0, and at most a million");
  }

  std::string_view name() const override { return estimator_name(EstimatorKind::bayes); }

  void fit(const VoteHistory &history, Task &task) override {
    require_valid(history);
    task.phase("learning");
    auto graph = make_vote_graph(history, annotator_scales_);
    task.throw_if_cancelled();
    auto mode = start_of(graph);
    double variance = prior_variance_ ? *prior_variance_ : fit_prior_variance(graph, state_.seed, mode, task);
    // Each time the spread is known ten times better.
    bool many = graph.items > 20000;
    for (int round = 0; round < (many ? 2 : 3); ++round) {
      find_mode(graph, variance, many ? 0.02 : 1e-3, mode, task);
      spread_curves(graph, variance, mode.curvature);
    }
    find_mode(graph, variance, many ? 1e-5 : exact_mode, mode, task);
    state_ = {std::move(graph), std::move(mode), variance, {}, {}, state_.seed};
    bool full = state_.graph.items <= full_up_to_;
    covariance_ = full ? make_full_covariance() : with_variances_ ? make_sampled_covariance() : nullptr;
    if (covariance_) covariance_->compute(state_, task);
  }

  void add(const Comparison &vote) override {
    require_valid({state_.graph.items, vote.annotator + 1, {vote}, {}});
    take_in(vote);
  }
  void add(const Ordering &vote) override {
    VoteHistory alone{state_.graph.items, vote.annotator + 1, {}, {vote}};
    alone.orderings.front().after = 0;
    require_valid(alone);
    take_in(vote);
  }

  std::span<const double> means() const override { return state_.mode.utilities; }
  std::span<const double> variances() const override { return state_.variances; }

  double difference_variance(int32_t a, int32_t b) const override {
    return a == b ? 0 : covariance_->difference_variance(state_, a, b);
  }

  double preference_probability(int32_t a, int32_t b) const override {
    auto mean = [&](int32_t item) { return state_.mode.utilities[static_cast<size_t>(item)]; };
    return logistic_normal(mean(a) - mean(b), covariance_ ? difference_variance(a, b) : 0);
  }

  std::vector<double> draws(int64_t count, uint64_t seed) const override {
    return covariance_->draws(state_, count, seed);
  }
  std::span<const int32_t> touched() const override { return state_.touched; }

 private:
  template <class Vote>
  void take_in(const Vote &vote) {
    state_.touched.clear();
    // Without a covariance there is nothing to do it with but a fit of everything, from where the mode is.
    if (covariance_) return covariance_->add(state_, vote);
    if (!add_vote(state_.graph, vote)) return;
    Task task;
    find_mode(state_.graph, state_.variance, exact_mode, state_.mode, task);
  }

  std::optional<double> prior_variance_;
  std::vector<double> annotator_scales_;
  bool with_variances_;
  int32_t full_up_to_;
  BayesState state_;
  std::unique_ptr<BayesCovariance> covariance_;
};

}  // namespace

std::unique_ptr<Estimator> make_bayes(const EstimatorOptions &options, int32_t full_up_to) {
  return std::make_unique<Bayes>(options, full_up_to);
}

std::unique_ptr<Estimator> make_bayes(const EstimatorOptions &options) {
  return options.vectors ? make_bayes_with_vectors(options) : make_bayes(options, usual_full_covariance);
}

}  // namespace kalon
