#pragma once
// Strategies that ask a fixed number of pairs within groups: what same-score, same-cluster and same-prompt share.

#include <functional>
#include <string_view>

#include "base/hash.h"
#include "rank/strategy.h"

namespace kalon {

// Asks `max_pairs` different pairs in all, or all there are; of pairs that were voted on already those within a group
// count among them (whoever asked for them), so that a study goes on where it was left. A pair that has fewer votes
// than Survey::most_asked is asked on, before new ones. The budget goes to the groups in even shares, pairs of all
// groups in turn. The plan is kept until groups, candidates or votes are not what it was made for.
class PlannedPairs : public Strategy {
 public:
  using Grouping = std::function<std::vector<int32_t>(const Survey &)>;  // by item, -1 for none
  PlannedPairs(std::string_view name, Grouping grouping, int64_t max_pairs, bool compatible);
  std::string_view name() const override { return name_; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &random) override;
  std::optional<int64_t> left(const Survey &survey) const override;

 private:
  struct Plan {
    std::vector<ItemPair> pairs;
    Hash128 made_for;    // groups, scores and candidates
    uint64_t votes = 0;  // so many comparisons and orderings there were
    size_t first = 0;    // pairs before it have all their votes
  };
  bool holds(const Plan &plan, const Survey &survey) const;
  Plan make_plan(const Survey &survey, Random &random) const;

  std::string_view name_;
  Grouping grouping_;
  int64_t max_pairs_;
  bool compatible_;
  Plan plan_;
};

}  // namespace kalon
