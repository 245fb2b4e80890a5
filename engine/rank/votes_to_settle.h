#pragma once
// How many more votes until it is known which items are the best.

#include <cstdint>
#include <optional>

#include "base/task.h"
#include "rank/pair_counts.h"
#include "rank/posterior.h"

namespace kalon {

struct SettleOptions {
  int64_t top = 10;                      // how many best items are wanted
  double certainty = 0.95;               // as in is_top_settled()
  int64_t most_asked = 1;                // votes one pair can have; 0: no limit
  std::span<const uint8_t> ranked = {};  // by item: 1 takes part; empty: all do
  int64_t worlds = 48;                   // simulated ones, 8 or more
  int64_t most_votes = 5000;             // looked ahead
  uint64_t seed = 1;
};

// An estimate with its doubt. Nothing in an optional: more than `looked_ahead` votes, or never, because items are too
// alike for the pairs that can still be asked.
struct VotesToSettle {
  bool settled = false;    // already
  bool too_early = false;  // more than most_contenders items might still be among the best: no estimate
  int64_t contenders = 0;  // items of which it is open whether they are among the best
  std::optional<int64_t> low, median, high;  // 10 %, 50 % and 90 % of the worlds need no more
  int64_t looked_ahead = 0;                  // votes
  double out_of_pairs = 0;                   // share of the worlds in which all pairs were asked before it was settled
};
constexpr int64_t most_contenders = 256;

// Draws worlds from the posterior and votes in each, for a careful annotator who is asked about the open items (those
// that are likeliest on the wrong side of the border, in the pairs of the most information), until the top is settled
// there. Beliefs in a world are normal with covariances and take each vote in as one Laplace step; what the estimator
// would find anew in a refit (prior, rate of ties, reliability) stays as it is. Worlds are followed up to an amount of
// work that costs about two seconds of one core at most, beside 128 joint draws and one for each world.
// How good it is: the votes that are needed spread over a factor of ten, because all depends on how alike the items at
// the border are. Simulated studies of 14 to 40 items whose truth was one of the worlds needed .8 to 1.2 times the
// median (geometric mean), and 85 to 90 of 100 were within low to high; with "bayes" and a truth of its own after 3 to
// 5 votes an item they needed .4 to .6 of it, few of them more than high: it errs on the side of too many. Throws
// invalid_argument for a posterior without variances and options outside their ranges. [worker]
VotesToSettle votes_to_settle(const Posterior &posterior, const PairCounts &asked, const SettleOptions &options,
                              Task &task);

}  // namespace kalon
