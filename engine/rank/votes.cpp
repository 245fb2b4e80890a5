#include "rank/votes.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace kalon {
namespace {

[[noreturn]] void refuse(const char *what, const char *kind, uint64_t number) {
  throw Error(Status::invalid_argument, what, std::string(kind) + " " + std::to_string(number + 1));
}

}  // namespace

void require_valid(const VoteHistory &history) {
  auto is_item = [&](int32_t item) { return item >= 0 && item < history.items; };
  auto require_common = [&](int32_t annotator, float weight, const char *kind, uint64_t number) {
    if (annotator < 0 || annotator >= history.annotators) refuse("names an annotator that is none", kind, number);
    if (!(weight > 0) || !std::isfinite(weight)) refuse("has a weight that is not a positive number", kind, number);
  };
  for (size_t i = 0; i < history.comparisons.size(); ++i) {
    const auto &vote = history.comparisons[i];
    if (!is_item(vote.left) || !is_item(vote.right)) refuse("names an item that is none", "comparison", i);
    if (vote.left == vote.right) refuse("compares an item with itself", "comparison", i);
    if (vote.verdict < Verdict::right || vote.verdict > Verdict::skip)
      refuse("has an unknown verdict", "comparison", i);
    require_common(vote.annotator, vote.weight, "comparison", i);
  }
  uint64_t after = 0;
  for (size_t i = 0; i < history.orderings.size(); ++i) {
    const auto &vote = history.orderings[i];
    if (vote.items.size() < 2) refuse("orders fewer than two items", "ordering", i);
    if (vote.ranks.size() != vote.items.size()) refuse("needs one rank for each item", "ordering", i);
    if (!std::all_of(vote.items.begin(), vote.items.end(), is_item))
      refuse("names an item that is none", "ordering", i);
    auto sorted = vote.items;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) refuse("names an item twice", "ordering", i);
    if (*std::min_element(vote.ranks.begin(), vote.ranks.end()) != 1) refuse("needs a best rank of 1", "ordering", i);
    if (vote.after < after || vote.after > history.comparisons.size()) refuse("has no place in time", "ordering", i);
    after = vote.after;
    require_common(vote.annotator, vote.weight, "ordering", i);
  }
}

}  // namespace kalon
