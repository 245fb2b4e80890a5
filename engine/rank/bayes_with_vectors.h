#pragma once
// `bayes` for items with vectors: the posterior is joint in the utilities and in a linear head on features of the
// vectors. What the vectors do not explain stays each item's own; how much they explain is found from the votes
// (vector_prior.h), and where that is nothing, what is left is `bayes` without vectors. As there, the curves of pairs
// are spread by what is uncertain of their difference (bayes.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "rank/estimator.h"
#include "rank/taste_covariance.h"

namespace kalon {

class BayesWithVectors : public Estimator {
 public:
  // Up to `full_up_to` items the covariance is exact. Throws invalid_argument for options without vectors, or with a
  // prior variance that is not positive.
  explicit BayesWithVectors(const EstimatorOptions &options, int32_t full_up_to = 2048);

  std::string_view name() const override { return estimator_name(EstimatorKind::bayes); }
  void fit(const VoteHistory &history, Task &task) override;
  void add(const Comparison &vote) override;
  void add(const Ordering &vote) override;
  std::span<const double> means() const override { return taste_.utilities; }
  std::span<const double> variances() const override;
  double difference_variance(int32_t a, int32_t b) const override;
  double preference_probability(int32_t a, int32_t b) const override;
  std::vector<double> draws(int64_t count, uint64_t seed) const override;
  std::span<const int32_t> touched() const override { return {}; }

  // The share of the variance of the utilities that the vectors explain, and where it lies with probability .9; for
  // all items of fit().
  struct Share {
    double share = 0, low = 0, high = 1;
  };
  Share explained_share() const { return {taste_.variances.share(), taste_.share_low, taste_.share_high}; }
  const MixedVariances &prior_variances() const { return taste_.variances; }
  // What the vectors alone say: of each item x · w at the mode, and the variance of its utility before any vote.
  std::vector<double> explained_means() const;
  std::vector<double> variances_before_votes() const { return prior_->prior_variances(); }

 private:
  void prepare_features(int64_t items, Task &task);
  double unexplained(const Taste &taste) const;
  void compute_covariance(Task &task);
  template <class Vote>
  void take_in(const Vote &vote, const std::vector<int32_t> &items);
  void settle();

  std::optional<double> whole_variance_;
  std::vector<double> annotator_scales_;
  ItemVectors vectors_;
  bool with_variances_;
  uint64_t seed_;
  int32_t full_up_to_;
  VoteGraph graph_;
  std::unique_ptr<Features> features_;
  std::unique_ptr<MixedDesign> design_;
  std::unique_ptr<MixedPrior> prior_;
  std::unique_ptr<TasteCovariance> covariance_;
  Taste taste_;
};

}  // namespace kalon
