#pragma once
// What is known of items from votes: the one interface of all estimators. The better an item, the greater its utility.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "rank/votes.h"

namespace kalon {

// Not for several threads at once; const functions may be called by several.
class Estimator {
 public:
  virtual ~Estimator() = default;
  virtual std::string_view name() const = 0;

  // Forgets what it knew and learns from a whole history, which need not outlive the call. Throws invalid_argument for
  // a history that require_valid() refuses or that this estimator cannot learn from, saying why. [worker]
  virtual void fit(const VoteHistory &history, Task &task) = 0;
  // Takes one more vote in, the newest; what fit() found of the whole (variance of the prior, rate of ties) stays as it
  // is. Votes that tell no order change nothing. [worker]
  virtual void add(const Comparison &vote) = 0;
  virtual void add(const Ordering &vote) = 0;

  virtual std::span<const double> means() const = 0;      // by item
  virtual std::span<const double> variances() const = 0;  // by item; empty: it has none
  // Of utility(a) − utility(b); of an estimator that knows no covariances the sum of both variances. Not to be called
  // without variances.
  virtual double difference_variance(int32_t a, int32_t b) const = 0;
  // That a is preferred to b in the next vote that tells one from the other (no tie), in [0, 1].
  virtual double preference_probability(int32_t a, int32_t b) const = 0;
  // The logistic unit: how far apart the utilities of two items are of which the better is preferred in 1 / (1 + 1/e) =
  // .731 of the votes that tell one from the other. Strategies measure differences in it.
  virtual double unit() const { return 1; }
  // Joint draws from the posterior, count x items, row by row; the same for the same seed. Not to be called without
  // variances. [worker]
  virtual std::vector<double> draws(int64_t count, uint64_t seed) const = 0;
  // The items that the last add() changed; empty after fit(), and when it may have changed all of them.
  virtual std::span<const int32_t> touched() const = 0;
};

// P(utility(a) > utility(b)) for a difference that is normal with this mean and variance. [any]
double probability_above(double mean_difference, double variance);

enum class EstimatorKind { bayes, trueskill, trueskill_batch, bradley_terry, elo };
std::string_view estimator_name(EstimatorKind kind);  // "bayes", "trueskill", "trueskill-batch", ...
std::vector<std::string> estimator_names();           // the default first
std::optional<EstimatorKind> estimator_named(std::string_view name);

// Vectors of the items, borrowed while an estimator lives: rows x dimension, tightly packed; a row of zeros is of an
// item without a vector.
struct ItemVectors {
  const float *data = nullptr;
  int64_t dimension = 0;
};

struct EstimatorOptions {
  EstimatorKind kind = EstimatorKind::bayes;
  // bayes: held fixed, else fitted. bradley-terry: the variance of a normal prior, else maximum likelihood.
  std::optional<double> prior_variance;
  // trueskill and trueskill-batch; the defaults are image-ranker's.
  double mu = 0, sigma = 8.33, beta = 25.0 / 6, tau = 25.0 / 300, draw_probability = 0.1;
  // elo
  double initial = 1500, k_factor = 32, scale = 400;
  // bayes: one factor for each annotator, which multiplies the differences of utilities for their votes: 1 usual, 0
  // careless, negative adversarial (rank/reliability.h finds them). Empty: 1 for all.
  std::vector<double> annotator_scales;
  // bayes: lets the vectors explain as much of the utilities as they can.
  std::optional<ItemVectors> vectors;
  // bayes, above 2,000 items: false leaves variances out, and saves the time that they take.
  bool variances = true;
  uint64_t seed = 1;  // of whatever an estimator draws at random for itself
};
std::unique_ptr<Estimator> make_estimator(const EstimatorOptions &options);

}  // namespace kalon
