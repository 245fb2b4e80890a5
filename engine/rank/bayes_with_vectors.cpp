#include "rank/bayes_with_vectors.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "learn/products.h"
#include "rank/bayes.h"
#include "rank/estimators.h"
#include "rank/logistic_normal.h"

namespace kalon {
namespace {

constexpr double settled = 1e-6;        // of utilities: the last step; what is left is less
constexpr size_t most_learnt_one = 32;  // items of an ordering beyond which everything is computed anew
constexpr double exact_mode = 1e-7;
constexpr int spreads = 3;  // of the curves of pairs (bayes.h): each time the spread is known ten times better
constexpr int most_steps = 12;
constexpr int32_t cheap_anew = 200;  // items up to which all is computed anew for each vote: some milliseconds

}  // namespace

BayesWithVectors::BayesWithVectors(const EstimatorOptions &options, int32_t full_up_to)
    : whole_variance_(options.prior_variance),
      annotator_scales_(options.annotator_scales),
      with_variances_(options.variances),
      seed_(options.seed),
      full_up_to_(full_up_to) {
  if (!options.vectors || (options.vectors->dimension > 0 && !options.vectors->data))
    throw Error(Status::invalid_argument, "an estimator with vectors needs the items' vectors");
  vectors_ = *options.vectors;
  if (whole_variance_ && !(*whole_variance_ > 0 && *whole_variance_ <= 1e6))
    throw Error(Status::invalid_argument, "the variance of the prior must be above 0, and at most a million");
}

void BayesWithVectors::prepare_features(int64_t items, Task &task) {
  if (features_ && features_->rows == items) return;
  features_ = std::make_unique<Features>(make_features({vectors_.data, items, vectors_.dimension}, {}, task));
  design_ = std::make_unique<MixedDesign>(*features_);
}

void BayesWithVectors::fit(const VoteHistory &history, Task &task) {
  require_valid(history);
  task.phase("learning");
  VoteGraph graph = make_vote_graph(history, annotator_scales_);
  // The prior borrows the design.
  covariance_.reset();
  prior_.reset();
  prepare_features(history.items, task);
  Taste taste = fit_taste(graph, *design_, {whole_variance_, seed_}, task);
  for (int round = 0; round < spreads; ++round) {
    spread_curves(graph, unexplained(taste), taste.curvature);
    find_mode(graph, *design_, taste, round + 1 < spreads ? 1e-3 : exact_mode, task);
  }
  graph_ = std::move(graph);
  taste_ = std::move(taste);
  prior_ = std::make_unique<MixedPrior>(*design_, taste_.variances);
  compute_covariance(task);
}

// What an item's utility varies by when all others are known: little of what the features explain.
double BayesWithVectors::unexplained(const Taste &taste) const {
  return taste.variances.own + (design_->dimension() > 0 ? 0 : taste.variances.weight);
}

void BayesWithVectors::compute_covariance(Task &task) {
  if (graph_.items <= full_up_to_)
    covariance_ = full_taste_covariance(graph_, *prior_, taste_, task);
  else if (with_variances_)
    covariance_ = compact_taste_covariance(graph_, *prior_, taste_, seed_, task);
}

void BayesWithVectors::add(const Comparison &vote) {
  require_valid({graph_.items, vote.annotator + 1, {vote}, {}});
  take_in(vote, {vote.left, vote.right});
}

void BayesWithVectors::add(const Ordering &vote) {
  VoteHistory alone{graph_.items, vote.annotator + 1, {}, {vote}};
  alone.orderings.front().after = 0;
  require_valid(alone);
  take_in(vote, vote.items);
}

// The likelihood of the vote alone is joined with what was known, which is normal; then all votes bring the mode to
// where it belongs.
template <class Vote>
void BayesWithVectors::take_in(const Vote &vote, const std::vector<int32_t> &items) {
  bool said;
  if constexpr (std::is_same_v<Vote, Comparison>)
    said = add_vote(graph_, vote, &taste_.curvature.weights);
  else
    said = add_vote(graph_, vote);
  if (!said) return;
  if constexpr (std::is_same_v<Vote, Comparison>)
    spread_curves_of(graph_, unexplained(taste_), taste_.curvature, vote.left);
  if (!covariance_ || items.size() > most_learnt_one || graph_.items <= cheap_anew) {
    Task task;
    find_mode(graph_, *design_, taste_, settled, task);
    if (covariance_) compute_covariance(task);
    return;
  }
  auto count = static_cast<int64_t>(items.size());
  VoteHistory alone{static_cast<int32_t>(count), vote.annotator + 1, {}, {}};
  Vote renumbered = vote;
  if constexpr (std::is_same_v<Vote, Comparison>) {
    renumbered.left = 0;
    renumbered.right = 1;
    alone.comparisons.push_back(renumbered);
  } else {
    for (size_t k = 0; k < items.size(); ++k) renumbered.items[k] = static_cast<int32_t>(k);
    renumbered.after = 0;
    alone.orderings.push_back(renumbered);
  }
  VoteGraph one = make_vote_graph(alone, annotator_scales_);

  std::vector<double> columns = covariance_->columns(items);
  Eigen::MatrixXd inner(count, count), seen(count, count);
  Eigen::VectorXd known(count), pushed = Eigen::VectorXd::Zero(count), gradient(count);
  for (int64_t a = 0; a < count; ++a) {
    auto item = static_cast<size_t>(items[static_cast<size_t>(a)]);
    known[a] = taste_.utilities[item];
    for (int64_t b = 0; b < count; ++b) inner(a, b) = columns[item * items.size() + static_cast<size_t>(b)];
  }
  // The mode is at known + inner · pushed where pushed is the gradient of the vote there.
  Curvature curvature;
  auto look = [&] {
    Eigen::VectorXd at = known + inner * pushed;
    slope(one, taste_.tie_rate, {at.data(), items.size()}, {gradient.data(), items.size()}, &curvature);
    seen.setZero();
    add_to_matrix(one, curvature, {seen.data(), static_cast<size_t>(seen.size())});
  };
  for (int step = 0; step < 50; ++step) {
    look();
    Eigen::VectorXd change =
        (Eigen::MatrixXd::Identity(count, count) + seen * inner).partialPivLu().solve(gradient - pushed);
    // A vote that says much may overshoot in its first steps.
    pushed += change / std::max(1.0, (inner * change).cwiseAbs().maxCoeff());
    if ((inner * change).cwiseAbs().maxCoeff() < 1e-10) break;
  }
  look();
  for (size_t i = 0; i < taste_.utilities.size(); ++i)
    for (size_t c = 0; c < items.size(); ++c)
      taste_.utilities[i] += columns[i * items.size() + c] * pushed[static_cast<int64_t>(c)];
  covariance_->learn(items, {seen.data(), static_cast<size_t>(seen.size())});
  settle();
}

// The other votes' gradients are no longer where the normal approximation had them.
void BayesWithVectors::settle() {
  std::vector<double> gradient(taste_.utilities.size()), held(gradient.size()), move(gradient.size());
  for (int step = 0; step < most_steps; ++step) {
    if (graph_.items > full_up_to_) return;
    slope(graph_, taste_.tie_rate, taste_.utilities, gradient, nullptr);
    prior_->multiply(taste_.utilities.data(), 1, held.data());
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] -= held[i];
    if (!covariance_->multiply(gradient, move)) return;
    double most = 0;
    for (size_t i = 0; i < move.size(); ++i) {
      taste_.utilities[i] += move[i];
      most = std::max(most, std::abs(move[i]));
    }
    if (most < settled) return;
  }
}

std::span<const double> BayesWithVectors::variances() const {
  return covariance_ ? covariance_->variances() : std::span<const double>{};
}

double BayesWithVectors::difference_variance(int32_t a, int32_t b) const {
  if (a == b) return 0;
  return std::max(0.0, covariance_->between(a, a) + covariance_->between(b, b) - 2 * covariance_->between(a, b));
}

double BayesWithVectors::preference_probability(int32_t a, int32_t b) const {
  double difference = taste_.utilities[static_cast<size_t>(a)] - taste_.utilities[static_cast<size_t>(b)];
  return logistic_normal(difference, covariance_ ? difference_variance(a, b) : 0);
}

std::vector<double> BayesWithVectors::draws(int64_t count, uint64_t seed) const {
  return covariance_->draws(taste_.utilities, count, seed);
}

std::vector<double> BayesWithVectors::explained_means() const {
  std::vector<double> weights = prior_->weights(taste_.utilities.data(), 1), result(taste_.utilities.size());
  multiply(design_->matrix, weights.data(), 1, result.data());
  return result;
}

std::unique_ptr<Estimator> make_bayes_with_vectors(const EstimatorOptions &options) {
  return std::make_unique<BayesWithVectors>(options);
}

}  // namespace kalon
