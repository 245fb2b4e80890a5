#include "arrange/duplicate_keeper.h"

#include <algorithm>
#include <map>
#include <utility>

namespace kalon {
namespace {

// Higher is better. Times are pairs, so that a copy without a date of its own still has its place.
using Value = std::pair<int64_t, int64_t>;

Value value_by(const Standing &standing, KeepRule rule) {
  switch (rule) {
    case KeepRule::folder:
      return {standing.in_folder ? 1 : 0, 0};
    case KeepRule::pixels:
      return {static_cast<int64_t>(standing.pixels), 0};
    case KeepRule::metadata:
      return {standing.metadata, 0};
    case KeepRule::format:
      return {standing.format, 0};
    case KeepRule::newest:
      return {standing.time, standing.last_time};
    case KeepRule::oldest:
      // Times are far from the ends of their range, but what is read from files is not trusted: no negation, which
      // could overflow.
      return {~standing.time, ~standing.last_time};
    case KeepRule::compression:
    case KeepRule::sharpness:
    case KeepRule::name:
      break;
  }
  return {};
}

bool has_most_of(uint64_t bytes, uint64_t most) {
  return static_cast<double>(bytes) >= least_bytes * static_cast<double>(most);
}

}  // namespace

std::vector<KeepRule> keep_rules(std::optional<KeepRule> first) {
  std::vector<KeepRule> rules;
  if (first) rules.push_back(*first);
  for (auto rule : {KeepRule::pixels, KeepRule::metadata, KeepRule::format, KeepRule::compression, KeepRule::sharpness,
                    KeepRule::oldest, KeepRule::name})
    if (rule != first) rules.push_back(rule);
  return rules;
}

bool stands_before(std::span<const Standing> standings, uint32_t a, uint32_t b, std::span<const KeepRule> rules) {
  for (auto rule : rules) {
    if (rule == KeepRule::name) break;
    auto left = value_by(standings[a], rule), right = value_by(standings[b], rule);
    if (left != right) return left > right;
  }
  return a < b;
}

Election elect_keeper(std::span<const Standing> standings, std::span<const uint32_t> rows,
                      std::span<const KeepRule> rules) {
  Election election{rows.front(), std::vector<KeepRule>(rows.size(), KeepRule::name)};
  std::vector<size_t> left(rows.size());
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  auto standing = [&](size_t i) -> const Standing & { return standings[rows[i]]; };
  KeepRule decided = KeepRule::name;
  auto keep_those = [&](KeepRule rule, const auto &best) {
    auto end = std::stable_partition(left.begin(), left.end(), best);
    if (end != left.end()) decided = rule;
    for (auto out = end; out != left.end(); ++out) election.lost_by[*out] = rule;
    left.erase(end, left.end());
  };
  for (auto rule : rules) {
    if (rule == KeepRule::name) {
      keep_those(rule, [&](size_t i) { return i == left.front(); });
    } else if (rule == KeepRule::compression) {
      std::map<int32_t, uint64_t> most;
      for (size_t i : left) most[standing(i).codec] = std::max(most[standing(i).codec], standing(i).bytes);
      keep_those(rule, [&](size_t i) { return has_most_of(standing(i).bytes, most[standing(i).codec]); });
    } else if (rule == KeepRule::sharpness) {
      uint64_t most_bytes = 0;
      for (size_t i : left) most_bytes = std::max(most_bytes, standing(i).bytes);
      float sharpest = 0;
      for (size_t i : left)
        if (standing(i).bytes == 0 || has_most_of(standing(i).bytes, most_bytes))
          sharpest = std::max(sharpest, standing(i).sharpness);
      keep_those(rule, [&](size_t i) { return standing(i).sharpness * clearly_sharper >= sharpest; });
    } else {
      Value best = value_by(standing(left.front()), rule);
      for (size_t i : left) best = std::max(best, value_by(standing(i), rule));
      keep_those(rule, [&](size_t i) { return value_by(standing(i), rule) == best; });
    }
  }
  election.keeper = rows[left.front()];
  election.lost_by[left.front()] = decided;
  return election;
}

}  // namespace kalon
