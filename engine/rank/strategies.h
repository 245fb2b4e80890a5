#pragma once
// What make_strategy() chooses from. Each takes of the options what concerns it.

#include "rank/strategy.h"

namespace kalon {

// What a vote on the pair is expected to tell of the utilities, most first.
std::unique_ptr<Strategy> make_active(const StrategyOptions &options);
// The order of image-ranker's smart shuffle.
std::unique_ptr<Strategy> make_smart_shuffle(const StrategyOptions &options);
// Who loses leaves, until one is left.
std::unique_ptr<Strategy> make_elimination(const StrategyOptions &options);
// Rounds in which items of equal points meet.
std::unique_ptr<Strategy> make_swiss(const StrategyOptions &options);
// Any pair as likely as any other.
std::unique_ptr<Strategy> make_random_pairs(const StrategyOptions &options);
// Only what decides which items are the best k.
std::unique_ptr<Strategy> make_top_k(const StrategyOptions &options);
// The best so far meets all others, one by one.
std::unique_ptr<Strategy> make_challenger(const StrategyOptions &options);

// Pairs of items whose scores fall into the same bin.
std::unique_ptr<Strategy> make_same_score(const StrategyOptions &options);
// Pairs of the same group: the clusters of the items' vectors.
std::unique_ptr<Strategy> make_same_cluster(const StrategyOptions &options);
// Pairs of the same group: the prompt that pictures were made from.
std::unique_ptr<Strategy> make_same_prompt(const StrategyOptions &options);
// The best of each group.
std::unique_ptr<Strategy> make_within_groups(const StrategyOptions &options);

}  // namespace kalon
