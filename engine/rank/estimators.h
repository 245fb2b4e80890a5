#pragma once
// Every kind of estimator, for the factory in estimator.cpp, and what those that learn vote by vote share.

#include <memory>

#include "rank/estimator.h"

namespace kalon {

// Each throws invalid_argument for options that it cannot work with. [any]
std::unique_ptr<Estimator> make_bayes(const EstimatorOptions &options);
// `bayes` for options with vectors: joint in the utilities and in a linear head on the vectors.
std::unique_ptr<Estimator> make_bayes_with_vectors(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_trueskill(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_trueskill_batch(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_bradley_terry(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_elo(const EstimatorOptions &options);

// Calls update(vote) for all comparisons and orderings in order of time, as a phase of the task; one that takes long
// looks at the task itself. [worker]
template <class Update>
void each_vote(const VoteHistory &history, Task &task, const Update &update) {
  constexpr uint64_t often = 4096;
  task.phase("votes", history.comparisons.size() + history.orderings.size());
  uint64_t seen = 0;
  auto take = [&](const auto &vote) {
    update(vote);
    if (++seen % often) return;
    task.advance(often);
    task.throw_if_cancelled();
  };
  in_order_of_time(history, take, take);
}

}  // namespace kalon
