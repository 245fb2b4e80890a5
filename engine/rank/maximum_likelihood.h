#pragma once
// Whether utilities of greatest likelihood exist: only where every two sets of items beat each other somewhere, the
// graph of wins being strongly connected (Ford 1957; Hunter 2004 for orderings). A tie counts as a win of both.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "rank/vote_graph.h"

namespace kalon {

enum class Unbounded { apart, always_wins, always_loses };
// Items whose utilities the votes push away from those of all others without end, or leave undecided.
struct UnboundedSet {
  Unbounded kind;
  std::vector<int32_t> items;  // ascending
};

// None: the maximum exists. The largest connected set is not told of, as the others stand apart from it. Sets of few
// items come first. [any]
std::vector<UnboundedSet> unbounded_sets(const VoteGraph &graph);
// "item 3 won every vote against the others; ..." with at most a few sets and items, called by their numbers unless
// names are known. [any]
std::string described(const std::vector<UnboundedSet> &sets, const std::function<std::string(int32_t)> &name = {});

// Thrown by fits: an invalid_argument. Its message calls items by their numbers; whoever knows their names throws
// named().
class NoGreatestLikelihood : public Error {
 public:
  explicit NoGreatestLikelihood(std::vector<UnboundedSet> sets);
  Error named(const std::function<std::string(int32_t)> &name, std::string context = {}) const;

 private:
  std::vector<UnboundedSet> sets_;
};

}  // namespace kalon
