#pragma once
// Which pair to ask next: the one interface of all strategies.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "rank/estimator.h"
#include "rank/pair_counts.h"

namespace kalon {

struct ItemPair {
  int32_t a = 0, b = 0;
  bool operator==(const ItemPair &) const = default;
};

// What a strategy may look at; all of it is borrowed for one call. Vectors by item have one entry for each item, or are
// empty where nothing of the kind is known.
struct Survey {
  const Estimator &estimator;
  const VoteHistory &history;
  const PairCounts &asked;              // votes that were given, skips among them
  const PairCounts &pending;            // pairs that are with somebody now and not answered yet
  std::span<const uint8_t> candidates;  // by item: 1 may be asked; empty: all
  std::span<const int32_t> groups;      // by item: a group's number from 0, or -1 for none
  std::span<const double> scores;       // by item; not finite: unknown
  int64_t most_asked = 1;               // a pair that was voted on so often is not asked again; 0: no limit
};

// A strategy may keep what it computed from call to call (an order, candidates and their worth); it finds out by itself
// what of it still holds. Not for several threads at once.
class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual std::string_view name() const = 0;
  // The next pairs to ask, the most telling first, at most `count`, disjoint from one another where enough items are
  // left, no pair twice, none that is pending, none of items that are no candidates. Fewer, or none, when the strategy
  // is done. Within a pair, a is not meant to stand left: who shows it decides. [worker]
  virtual std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &random) = 0;
  // Votes that are left until the strategy is done, where it has an end.
  virtual std::optional<int64_t> left(const Survey &) const { return std::nullopt; }
};

enum class StrategyKind {
  active,
  smart_shuffle,
  elimination,
  swiss,
  random,
  top_k,
  same_score,
  same_cluster,
  same_prompt,
  within_groups,
  challenger
};
std::string_view strategy_name(StrategyKind kind);  // "active", "smart-shuffle", ...
std::vector<std::string> strategy_names();          // the default first
std::optional<StrategyKind> strategy_named(std::string_view name);

struct StrategyOptions {
  StrategyKind kind = StrategyKind::active;
  int64_t auto_shuffle = 3;  // smart-shuffle: votes after which the queue is ordered anew; 0: never
  int64_t top = 10;          // top-k: which of the order matters
  int64_t keep = 1;          // within-groups: so many of each group are to be found
  int64_t max_pairs = 1000;  // same-score, same-cluster, same-prompt: how many pairs there are to be
  int64_t bins = 10;         // same-score: how many bins the scores fall into
  bool quantiles = true;     // same-score: bins of equally many, else of equal width
  bool compatible = false;   // same-score, same-cluster: the counts of KCG's candidate pairs
};
std::unique_ptr<Strategy> make_strategy(const StrategyOptions &options);

}  // namespace kalon
