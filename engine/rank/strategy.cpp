#include "rank/strategy.h"

#include <array>

#include "rank/strategies.h"

namespace kalon {
namespace {

struct Entry {
  StrategyKind kind;
  std::string_view name;
  std::unique_ptr<Strategy> (*make)(const StrategyOptions &);
};

constexpr std::array<Entry, 11> entries{{{StrategyKind::active, "active", make_active},
                                         {StrategyKind::smart_shuffle, "smart-shuffle", make_smart_shuffle},
                                         {StrategyKind::elimination, "elimination", make_elimination},
                                         {StrategyKind::swiss, "swiss", make_swiss},
                                         {StrategyKind::random, "random", make_random_pairs},
                                         {StrategyKind::top_k, "top-k", make_top_k},
                                         {StrategyKind::same_score, "same-score", make_same_score},
                                         {StrategyKind::same_cluster, "same-cluster", make_same_cluster},
                                         {StrategyKind::same_prompt, "same-prompt", make_same_prompt},
                                         {StrategyKind::within_groups, "within-groups", make_within_groups},
                                         {StrategyKind::challenger, "challenger", make_challenger}}};

const Entry &entry_of(StrategyKind kind) {
  for (const auto &entry : entries)
    if (entry.kind == kind) return entry;
  throw Error(Status::internal, "no such strategy");
}

}  // namespace

std::string_view strategy_name(StrategyKind kind) {
  return entry_of(kind).name;
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const auto &entry : entries) names.emplace_back(entry.name);
  return names;
}

std::optional<StrategyKind> strategy_named(std::string_view name) {
  for (const auto &entry : entries)
    if (entry.name == name) return entry.kind;
  return std::nullopt;
}

std::unique_ptr<Strategy> make_strategy(const StrategyOptions &options) {
  return entry_of(options.kind).make(options);
}

}  // namespace kalon
