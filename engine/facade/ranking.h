#pragma once
// What is known of the photos of one session, or of one criterion, kept from call to call: items, votes, estimator.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "facade/ranking_settings.h"
#include "facade/voted_photos.h"
#include "rank/estimator.h"
#include "rank/pair_counts.h"
#include "rank/strategy.h"

namespace kalon {

// How many votes of a history something knows already.
struct VotesTaken {
  size_t comparisons = 0, orderings = 0;

  static VotesTaken all_of(const VoteHistory &history) {
    return {history.comparisons.size(), history.orderings.size()};
  }
  size_t votes() const { return comparisons + orderings; }
  // Gives `to` those that are new, in order of time. What throws is not taken.
  template <class To>
  void take(const VoteHistory &history, To &to) {
    auto known = *this;
    in_order_of_time(
        history, [&](const Comparison &vote) { to.add(vote), ++comparisons; },
        [&](const Ordering &vote) { to.add(vote), ++orderings; }, known.comparisons, known.orderings);
  }
};

// One thread at a time: lock `mutex` first.
class Ranking {
 public:
  // session: its name, or empty for a ranking of all votes of the criterion.
  Ranking(std::string session, RankingSettings settings);

  std::mutex mutex;

  const RankingSettings &settings() const { return settings_; }
  const VotedPhotos &votes() const { return votes_; }
  int32_t annotator(const std::string &name) { return votes_.annotator(name); }
  const PairCounts &asked() const { return asked_; }

  // Votes over photos that are not chosen are no votes here. Before the first refresh().
  void leave_others_out() { votes_.leave_others_out(); }
  // Takes in what the library has now. [worker]
  void refresh(const MethodCall &call) { refresh(call, call.library().read()); }
  void refresh(const MethodCall &call, const Reader &reader);
  // The estimator of the settings, fitted to all votes. After refresh(). Throws what the estimator throws. [worker]
  Estimator &estimator(const MethodCall &call);
  // The same, freshly fitted to all votes rather than kept up vote by vote. [worker]
  Estimator &refitted(const MethodCall &call);
  // Another estimator, fitted to the same votes; good until the next one is asked for. [worker]
  std::unique_ptr<Estimator> fitted(const EstimatorSettings &settings, const MethodCall &call);
  Strategy &strategy() { return *strategy_; }
  // first_vote: the first comparison that is not of a former session.
  Questionnaire &questionnaire(uint64_t first_vote);
  // What a strategy looks at; borrows all of it.
  Survey survey(const Estimator &estimator, const PairCounts &pending, std::span<const uint8_t> candidates) const;
  Random &random() { return random_; }
  bool with_vectors() const { return !vectors_.values.empty(); }

 private:
  void read_columns(const MethodCall &call, const Reader &reader);
  struct Vectors {
    std::vector<float> values;  // items x dimension; empty: none are used
    int64_t dimension = 0;
    std::optional<ItemVectors> items() const {
      return values.empty() ? std::nullopt : std::optional(ItemVectors{values.data(), dimension});
    }
  };
  Vectors vectors_for(const MethodCall &call, const Reader &reader, const EstimatorSettings &settings) const;

  std::string session_;
  RankingSettings settings_;
  VotedPhotos votes_;
  PairCounts asked_;
  VotesTaken counted_;               // in asked_
  bool complete_ = false;            // everything below fits the items; not so after a failure
  std::vector<int32_t> groups_;      // by item; empty where the strategy needs none
  std::vector<double> scores_;       // the same
  Vectors vectors_, other_vectors_;  // of estimator_, of what fitted() made last
  std::unique_ptr<Estimator> estimator_;
  VotesTaken fitted_, taken_;  // that the last fit saw; that the estimator knows
  std::unique_ptr<Strategy> strategy_;
  std::optional<Questionnaire> questionnaire_;
  Random random_;
};

// The rankings of a library that this process keeps: those of sessions, by name without case.
class Rankings {
 public:
  // The ranking of a session. created: when the session was made, so that one of the same name made later is another.
  // [any]
  std::shared_ptr<Ranking> of_session(const std::string &name, int64_t created, RankingSettings settings);
  void forget(const std::string &name);  // [any]

 private:
  struct Kept {
    int64_t created = 0;
    std::shared_ptr<Ranking> ranking;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;
};

}  // namespace kalon
