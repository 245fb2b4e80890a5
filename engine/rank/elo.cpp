// Elo's rating (1978): after a vote, either item moves by the K factor times what it scored (1, 0, a half for a tie)
// less what was expected of it. An ordering is a vote on each of its pairs of different ranks, all against the ratings
// from before, with the K factor shared among an item's opponents. A vote of weight w is w votes one after another, the
// K factor of each making up for what is missing to a whole number.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "rank/estimators.h"

namespace kalon {
namespace {

constexpr int most_repeats = 1000;

class Elo : public Estimator {
 public:
  explicit Elo(const EstimatorOptions &options)
      : initial_(options.initial), k_factor_(options.k_factor), scale_(options.scale) {
    auto require = [](bool holds, const char *what) {
      if (!holds) throw Error(Status::invalid_argument, what);
    };
    require(std::abs(initial_) <= 1e100, "the initial rating must be a finite number");
    require(k_factor_ > 0 && k_factor_ <= 1e100, "the K factor must be a positive number");
    require(scale_ >= 1e-100 && scale_ <= 1e100, "the scale must be a positive number");
  }
  std::string_view name() const override { return estimator_name(EstimatorKind::elo); }

  void fit(const VoteHistory &history, Task &task) override {
    require_valid(history);
    ratings_.assign(static_cast<size_t>(history.items), initial_);
    each_vote(history, task, [&](const auto &vote) { update(vote, task); });
    touched_.clear();
  }
  void add(const Comparison &vote) override {
    update(vote, Task());
    if (tells_order(vote.verdict)) touched_ = {vote.left, vote.right};
  }
  void add(const Ordering &vote) override {
    update(vote, Task());
    touched_ = vote.items;
  }

  std::span<const double> means() const override { return ratings_; }
  std::span<const double> variances() const override { return {}; }
  double difference_variance(int32_t, int32_t) const override {
    throw Error(Status::invalid_argument, "Elo knows no variances; use the estimator bayes");
  }
  double preference_probability(int32_t a, int32_t b) const override {
    return expected(ratings_[static_cast<size_t>(a)] - ratings_[static_cast<size_t>(b)]);
  }
  double unit() const override { return scale_ / std::log(10.0); }
  std::vector<double> draws(int64_t, uint64_t) const override {
    throw Error(Status::invalid_argument, "Elo knows no variances; use the estimator bayes");
  }
  std::span<const int32_t> touched() const override { return touched_; }

 private:
  double expected(double lead) const { return 1 / (1 + std::pow(10.0, -lead / scale_)); }

  struct Repeats {
    int count;
    double k_factor;
  };
  Repeats repeats(float weight) const {
    double times = std::clamp(std::ceil(static_cast<double>(weight)), 1.0, static_cast<double>(most_repeats));
    return {static_cast<int>(times), k_factor_ * (static_cast<double>(weight) / times)};
  }

  void update(const Comparison &vote, const Task &) {
    if (!tells_order(vote.verdict)) return;
    double score = vote.verdict == Verdict::left ? 1 : vote.verdict == Verdict::right ? 0 : 0.5;
    auto [count, k_factor] = repeats(vote.weight);
    auto &left = ratings_[static_cast<size_t>(vote.left)], &right = ratings_[static_cast<size_t>(vote.right)];
    for (int i = 0; i < count; ++i) {
      double lead = left - right, gain = k_factor * (score - expected(lead));
      // A tie brings them no further than together, however great the K factor.
      if (score == 0.5) gain = std::clamp(gain, -std::abs(lead) / 2, std::abs(lead) / 2);
      left += gain, right -= gain;
    }
  }

  void update(const Ordering &vote, const Task &task) {
    auto slots = vote.items.size();
    auto [count, k_factor] = repeats(vote.weight);
    if (static_cast<double>(count) * static_cast<double>(slots) * static_cast<double>(slots) > 1e9)
      throw Error(Status::invalid_argument, "an ordering of so many items is too long for Elo; give it in parts");
    std::vector<double> gains(slots);
    for (int i = 0; i < count; ++i) {
      std::fill(gains.begin(), gains.end(), 0.0);
      for (size_t a = 0; a < slots; ++a) {
        task.throw_if_cancelled();
        for (size_t b = 0; b < slots; ++b) {
          if (vote.ranks[a] >= vote.ranks[b]) continue;
          double gain = 1 - preference_probability(vote.items[a], vote.items[b]);
          gains[a] += gain, gains[b] -= gain;
        }
      }
      for (size_t a = 0; a < slots; ++a)
        ratings_[static_cast<size_t>(vote.items[a])] += k_factor * gains[a] / static_cast<double>(slots - 1);
    }
  }

  double initial_, k_factor_, scale_;
  std::vector<double> ratings_;
  std::vector<int32_t> touched_;
};

}  // namespace

std::unique_ptr<Estimator> make_elo(const EstimatorOptions &options) {
  return std::make_unique<Elo>(options);
}

}  // namespace kalon
