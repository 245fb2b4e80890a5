#pragma once
// What people read from votes: ranks with their certainty, the share that is settled, and which group wins.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/task.h"
#include "rank/posterior.h"

namespace kalon {

struct Interval {
  double low = 0, high = 0;
};
struct RankInterval {
  int32_t low = 0, high = 0;  // both included
};

struct StandingsOptions {
  double level = 0.9;                    // of all intervals, in (0, 1)
  double certainty = 0.95;               // from which on two ranks count as settled, in (0.5, 1)
  int64_t top = 10;                      // whose membership is of interest; 1 or more
  std::span<const uint8_t> ranked = {};  // by item: 1 takes part; empty: all do
  int64_t draws = 0;                     // joint draws from the posterior; 0: standard_draws()
  uint64_t seed = 1;                     // of the draws
};

// 4000 to 500 items (probabilities are then good to 0.016 with a certainty of 95 %), then as many as make two million
// numbers, 200 from 10,000 to 100,000 items (good to 0.07), then fewer, but 64 at least. [any]
int64_t standard_draws(int64_t items);

// Tables by item have one entry for each item and 0 (0 to 0) for those that do not take part. Tables named as certain
// are empty for a posterior without variances.
struct Standings {
  std::vector<int32_t> order;  // the items that take part, best mean first, equal means by number
  std::vector<int32_t> rank;   // by item: from 1
  std::vector<double> mean;    // by item
  // Certain:
  std::vector<double> sd;                   // by item
  std::vector<Interval> mean_interval;      // by item: central, of the normal posterior
  std::vector<RankInterval> rank_interval;  // by item: central, from the draws, and its rank
  std::vector<double> top_probability;      // by item: to be among the `top` best
  std::vector<double> better_than_next;     // by place in order, but for the last: P(better than the one after it)
  std::optional<double> settled_share;      // of neighbours in the order, those with P >= certainty; 1 below two items
  bool top_settled = false;                 // is_top_settled(); false without variances
  int64_t draws = 0;                        // that were used
};

// Memory: draws x items ranks of four bytes, and as many as 128 MB of draws at a time. Throws invalid_argument for
// options outside their ranges and tables that do not fit, internal for means that are not finite. [worker]
Standings make_standings(const Posterior &posterior, const StandingsOptions &options, Task &task);

// The items that take part, best mean first, equal means by number. [any]
std::vector<int32_t> order_by_mean(std::span<const double> means, std::span<const uint8_t> ranked);

// Whether it is known which items are the `top` best: each of the first `top` is better than the first behind them, and
// each behind is worse than the last of them, with this certainty. True where there is nobody behind. [any]
bool is_top_settled(const Posterior &posterior, std::span<const int32_t> order, int64_t top, double certainty);

// One value of an attribute: a generator, an annotated place.
struct GroupStanding {
  int32_t items = 0;            // that take part; of a group without any all else is 0
  double mean = 0;              // of the mean utility of its items
  double sd = 0;                // from the draws, so that the covariances of its items count; 0 without variances
  Interval interval;            // central
  double best_probability = 0;  // to have the greatest mean utility of all groups
};
struct GroupStandings {
  std::vector<GroupStanding> groups;  // by number
  std::vector<double> better;         // groups x groups: P(the row's mean utility is above the column's); empty without
                                      // variances and above most_pairwise_groups
  bool certain = false;               // whether there are variances
};
constexpr int64_t most_pairwise_groups = 200;

// Which group wins. It is said of the items that are there: intervals do not tell how other items of a group would do.
// `groups` by item: a number from 0 to below `count`, or -1 for none. Throws as make_standings(). [worker]
GroupStandings make_group_standings(const Posterior &posterior, std::span<const int32_t> groups, int32_t count,
                                    const StandingsOptions &options, Task &task);

}  // namespace kalon
