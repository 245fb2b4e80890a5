#pragma once
// Pairs of items that are alike: within bins of a score, within groups. KCG's candidate pairs, without its faults, and
// as it made them.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/random.h"
#include "rank/strategy.h"

namespace kalon {

// Bins of scores, by item: a number from 0, or -1 for a score that is not finite. `bins` is 1 to most_bins, else
// invalid_argument. Bins may be empty.
constexpr int64_t most_bins = 1'000'000;

// `bins` of equal width between the least and the greatest score, which belongs to the last. [any]
std::vector<int32_t> equal_width_bins(std::span<const double> scores, int64_t bins);
// `bins` of equally many items, one more or less, by true rank; equal scores by number of the item. [any]
std::vector<int32_t> equal_count_bins(std::span<const double> scores, int64_t bins);
// KCG's: the number of edges at or below a score, with bins - 1 edges from the least to the greatest score
// (numpy.linspace and digitize), so that the greatest score has a bin of its own. [any]
std::vector<int32_t> compatible_equal_width_bins(std::span<const double> scores, int64_t bins);
// KCG's, by true rank r instead of argsort's: (r + floor((s - n mod s) / 2)) / s with s = ceil(n / bins), which makes
// one bin more than asked for and the outer ones smaller. [any]
std::vector<int32_t> compatible_quantile_bins(std::span<const double> scores, int64_t bins);

// The members of each group, ascending; items of the group -1 and items that are no candidates are in none.
struct GroupMembers {
  std::vector<int64_t> starts;   // groups + 1
  std::vector<int32_t> members;  // group by group
  int64_t groups() const { return static_cast<int64_t>(starts.size()) - 1; }
  std::span<const int32_t> of(int64_t group) const {
    auto first = static_cast<size_t>(starts[static_cast<size_t>(group)]);
    return {members.data() + first, static_cast<size_t>(starts[static_cast<size_t>(group) + 1]) - first};
  }
  int64_t pairs_of(int64_t group) const {
    auto size = static_cast<int64_t>(of(group).size());
    return size * (size - 1) / 2;
  }
};
// Numbers of groups count from 0 to below the number of items or most_bins, whichever is greater; invalid_argument
// beyond. `candidates` may be empty: all. [any]
GroupMembers group_members(std::span<const int32_t> groups, std::span<const uint8_t> candidates);

// Shares `total` out, as evenly as can be: nobody gets more than `most`, nobody less than they have `already`, and what
// is left over of an even share goes to some by lot. What is given in all is `total` wherever bounds allow. [any]
std::vector<int64_t> fair_shares(std::span<const int64_t> already, std::span<const int64_t> most, int64_t total,
                                 Random &random);

// `count` different pairs of these items, or all there are, without those for which `taken` holds. The items lie on a
// ring by lot; pairs are those of one distance after the other, neighbours first, so that each item has as many as
// every other, two more or less, the items hang together as soon as there are as many pairs as items, and nothing is
// listed that is not given. Disjoint pairs come first. Work: linear in the items, in `count` and in the pairs taken.
// [any]
std::vector<ItemPair> balanced_pairs(std::span<const int32_t> items, int64_t count,
                                     const std::function<bool(int32_t, int32_t)> &taken, Random &random);

// KCG's pairs_within_category: for each of the groups that have members an equal budget b = floor(max_pairs / groups);
// groups of one use none of it; of m shuffled members the first with the second and each s-th after it, and so on for
// each first, s = max(1, floor(m (m - 1) / 2b)), until there are more than b, of which the first b are taken. Where KCG
// divides by zero, with fewer pairs than groups, the first groups have one each. [any]
std::vector<ItemPair> compatible_pairs(const GroupMembers &groups, int64_t max_pairs,
                                       const std::function<void(std::span<int32_t>)> &shuffle);

// By lot (Fisher and Yates). [any]
void shuffle_items(std::span<int32_t> items, Random &random);

}  // namespace kalon
