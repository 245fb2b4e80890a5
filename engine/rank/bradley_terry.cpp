// Bradley and Terry's model by maximum likelihood, or with a normal prior on each utility (MAP). Ties count as half a
// win of both, as is common; orderings are choices one after another (Plackett 1975; Luce 1959). Newton's method, its
// steps by conjugate gradients on the sparse curvature. Utilities are centred. Variances, to most_with_variances items,
// are those of the inverse curvature: with a prior Laplace's, without one Fisher's information for centred utilities.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "rank/conjugate_gradients.h"
#include "rank/estimators.h"
#include "rank/likelihood.h"
#include "rank/maximum_likelihood.h"
#include "rank/symmetric_inverse.h"

namespace kalon {
namespace {

constexpr int32_t most_with_variances = 2000;
constexpr int most_steps = 200;

double inner(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

class BradleyTerry : public Estimator {
 public:
  explicit BradleyTerry(const EstimatorOptions &options) {
    if (!options.prior_variance) return;
    if (!(*options.prior_variance >= 1e-12 && *options.prior_variance <= 1e12))
      throw Error(Status::invalid_argument, "the prior variance must be from 1e-12 to 1e12");
    prior_precision_ = 1 / *options.prior_variance;
  }
  std::string_view name() const override { return estimator_name(EstimatorKind::bradley_terry); }

  void fit(const VoteHistory &history, Task &task) override {
    require_valid(history);
    task.phase("votes");
    auto graph = make_vote_graph(history, {});
    if (prior_precision_ == 0)
      if (auto sets = unbounded_sets(graph); !sets.empty()) throw NoGreatestLikelihood(std::move(sets));
    graph_ = std::move(graph);
    means_.assign(static_cast<size_t>(history.items), 0);
    maximise(task);
  }
  void add(const Comparison &vote) override {
    if (add_vote(graph_, vote)) refit();
  }
  void add(const Ordering &vote) override {
    if (add_vote(graph_, vote)) refit();
  }

  std::span<const double> means() const override { return means_; }
  std::span<const double> variances() const override {
    require_covariance();
    return variances_;
  }
  double difference_variance(int32_t a, int32_t b) const override {
    require_covariance();
    auto n = means_.size(), i = static_cast<size_t>(a), j = static_cast<size_t>(b);
    if (covariance_.empty()) throw Error(Status::invalid_argument, "so many items have no variances here");
    return std::max(covariance_[i * n + i] + covariance_[j * n + j] - 2 * covariance_[i * n + j], 0.0);
  }
  double preference_probability(int32_t a, int32_t b) const override {
    return 1 / (1 + std::exp(means_[static_cast<size_t>(b)] - means_[static_cast<size_t>(a)]));
  }
  std::vector<double> draws(int64_t count, uint64_t seed) const override {
    require_covariance();
    if (covariance_.empty()) throw Error(Status::invalid_argument, "so many items have no variances here");
    auto factor = covariance_;
    factor_covariance(factor, static_cast<int64_t>(means_.size()));
    return normal_draws(means_, factor, count, seed);
  }
  std::span<const int32_t> touched() const override { return {}; }

 private:
  void refit() {
    Task task;
    maximise(task);
  }

  void maximise(Task &task) {
    {
      std::lock_guard lock(mutex_);
      covariance_.clear();
      variances_.clear();
      inverted_ = false;
    }
    task.phase("utilities");
    auto n = means_.size();
    std::vector<double> gradient(n), step(n), tried(n), before(n);
    evaluate(means_, gradient, &curvature_);
    for (int i = 0; i < most_steps; ++i) {
      task.throw_if_cancelled();
      task.advance();
      newton_step(gradient, step, task);
      double rise = inner(gradient, step), longest = 0;
      for (double value : step) longest = std::max(longest, std::abs(value));
      // The step squares what was missing, so that behind this one there is nothing more.
      if (!(longest > 1e-8) || !(rise > 0)) {
        for (size_t j = 0; j < n; ++j) means_[j] += step[j];
        break;
      }
      before = means_;
      // Whole steps unless the likelihood falls again far before their end.
      for (double part = 1; part > 1e-10; part /= 2) {
        for (size_t j = 0; j < n; ++j) means_[j] = before[j] + part * step[j];
        evaluate(means_, gradient, &curvature_);
        if (inner(gradient, step) >= -0.5 * rise) break;
      }
    }
    centre(means_);
  }

  void evaluate(std::span<const double> utilities, std::span<double> gradient, Curvature *curvature) const {
    slope(graph_, 0, utilities, gradient, curvature);
    for (size_t j = 0; j < gradient.size(); ++j) gradient[j] -= prior_precision_ * utilities[j];
  }

  // Without a prior the utilities have no zero of their own; with one, they are centred by themselves.
  static void centre(std::span<double> values) {
    double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    for (auto &value : values) value -= mean;
  }

  // Without a prior the curvature is singular along the common mean alone, where neither gradient nor steps lie.
  void newton_step(std::span<const double> gradient, std::span<double> step, const Task &task) const {
    std::fill(step.begin(), step.end(), 0.0);
    if (step.size() < 2 && prior_precision_ == 0) return;
    double size = 0;
    for (size_t j = 0; j < step.size(); ++j)
      size += gradient[j] * gradient[j] / (curvature_.diagonal[j] + prior_precision_);
    // The closer to the end, the more exact, so that few steps are needed.
    double tolerance = std::clamp(std::sqrt(size / static_cast<double>(step.size())), 1e-8, 1e-2);
    solve({graph_, curvature_, prior_precision_}, gradient, step, tolerance, task);
    if (prior_precision_ == 0) centre(step);
  }

  void require_covariance() const {
    std::lock_guard lock(mutex_);
    if (inverted_) return;
    inverted_ = true;
    auto n = means_.size();
    if (n == 0 || n > static_cast<size_t>(most_with_variances)) return;
    std::vector<double> matrix(n * n);
    add_to_matrix(graph_, curvature_, matrix);
    // Without a prior the curvature says nothing of the mean; it is given some and taken out again.
    double trace = 0, mean_precision = 0;
    for (size_t i = 0; i < n; ++i) trace += matrix[i * n + i];
    if (prior_precision_ == 0) mean_precision = std::max(trace, 1e-12) / static_cast<double>(n);
    double common = mean_precision / static_cast<double>(n);
    for (auto &value : matrix) value += common;
    for (size_t i = 0; i < n; ++i) matrix[i * n + i] += prior_precision_;
    if (!invert_symmetric(matrix, static_cast<int64_t>(n)))
      throw Error(Status::invalid_argument,
                  "some of these votes weigh next to nothing, so that how uncertain the utilities are cannot be told; "
                  "give them greater weights, or bound the utilities by a prior (--prior-variance V)");
    if (mean_precision > 0)
      for (auto &value : matrix) value -= 1 / (mean_precision * static_cast<double>(n));
    covariance_ = std::move(matrix);
    variances_.resize(n);
    for (size_t i = 0; i < n; ++i) variances_[i] = std::max(covariance_[i * n + i], 0.0);
  }

  double prior_precision_ = 0;
  VoteGraph graph_;
  Curvature curvature_;
  std::vector<double> means_;
  // Made when first asked for.
  mutable std::mutex mutex_;
  mutable bool inverted_ = false;
  mutable std::vector<double> covariance_, variances_;
};

}  // namespace

std::unique_ptr<Estimator> make_bradley_terry(const EstimatorOptions &options) {
  return std::make_unique<BradleyTerry>(options);
}

}  // namespace kalon
