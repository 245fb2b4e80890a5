#include "rank/planned_pairs.h"

#include <algorithm>

#include "rank/askable.h"
#include "rank/pair_policies.h"

namespace kalon {
namespace {

uint64_t votes_of(const Survey &survey) {
  return survey.history.comparisons.size() + survey.history.orderings.size();
}

Hash128 content_of(const Survey &survey) {
  Hasher hasher;
  auto add = [&](const auto &table) {
    hasher.add({reinterpret_cast<const uint8_t *>(table.data()), table.size_bytes()});
  };
  add(survey.groups);
  add(survey.scores);
  add(survey.candidates);
  return hasher.finish();
}

// Votes after which a pair is not asked again; a plan has an end even where pairs may be repeated without limit.
int32_t votes_wanted(const Survey &survey) {
  return static_cast<int32_t>(std::clamp<int64_t>(survey.most_asked, 1, 1 << 30));
}

// The pairs of one group that votes were given on, each once.
std::vector<ItemPair> started_pairs(const Survey &survey, std::span<const int32_t> group_of) {
  std::vector<ItemPair> pairs;
  auto look_at = [&](int32_t a, int32_t b) {
    int32_t group = group_of[static_cast<size_t>(a)];
    if (group >= 0 && group == group_of[static_cast<size_t>(b)]) pairs.push_back({std::min(a, b), std::max(a, b)});
  };
  for (const auto &vote : survey.history.comparisons) look_at(vote.left, vote.right);
  for (const auto &vote : survey.history.orderings)
    for (size_t i = 0; vote.items.size() <= PairCounts::largest && i < vote.items.size(); ++i)
      for (size_t j = 0; j < i; ++j) look_at(vote.items[i], vote.items[j]);
  std::sort(pairs.begin(), pairs.end(), [](ItemPair x, ItemPair y) { return x.a < y.a || (x.a == y.a && x.b < y.b); });
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

// One pair of each group in turn.
void append_in_turn(const std::vector<std::vector<ItemPair>> &of_groups, std::vector<ItemPair> &pairs) {
  std::vector<size_t> left(of_groups.size());
  for (size_t g = 0; g < left.size(); ++g) left[g] = g;
  for (size_t turn = 0; !left.empty(); ++turn) {
    std::erase_if(left, [&](size_t g) { return of_groups[g].size() <= turn; });
    for (size_t g : left) pairs.push_back(of_groups[g][turn]);
  }
}

}  // namespace

PlannedPairs::PlannedPairs(std::string_view name, Grouping grouping, int64_t max_pairs, bool compatible)
    : name_(name), grouping_(std::move(grouping)), max_pairs_(max_pairs), compatible_(compatible) {
  if (max_pairs_ < 1) throw Error(Status::invalid_argument, "there must be one pair or more to ask");
}

bool PlannedPairs::holds(const Plan &plan, const Survey &survey) const {
  return !plan.made_for.none() && plan.votes <= votes_of(survey) && plan.made_for == content_of(survey);
}

PlannedPairs::Plan PlannedPairs::make_plan(const Survey &survey, Random &random) const {
  Plan plan;
  plan.made_for = content_of(survey);
  plan.votes = votes_of(survey);
  auto group_of = grouping_(survey);
  for (size_t i = 0; i < group_of.size() && !survey.candidates.empty(); ++i)
    if (survey.candidates[i] == 0) group_of[i] = -1;
  auto groups = group_members(group_of, {});
  auto started = started_pairs(survey, group_of);
  auto is_started = [&](int32_t a, int32_t b) { return survey.asked.of(a, b) > 0; };
  std::vector<int64_t> already(static_cast<size_t>(groups.groups())), most;
  for (auto pair : started) {
    ++already[static_cast<size_t>(group_of[static_cast<size_t>(pair.a)])];
    if (survey.asked.of(pair.a, pair.b) < votes_wanted(survey)) plan.pairs.push_back(pair);
  }
  auto done = static_cast<int64_t>(started.size() - plan.pairs.size());
  if (compatible_) {
    auto pairs = compatible_pairs(groups, max_pairs_, [&](std::span<int32_t> items) { shuffle_items(items, random); });
    auto left = static_cast<int64_t>(pairs.size()) - static_cast<int64_t>(started.size());
    std::erase_if(pairs, [&](ItemPair pair) { return is_started(pair.a, pair.b); });
    pairs.resize(static_cast<size_t>(std::clamp<int64_t>(left, 0, static_cast<int64_t>(pairs.size()))));
    plan.pairs.insert(plan.pairs.end(), pairs.begin(), pairs.end());
  } else {
    for (int64_t g = 0; g < groups.groups(); ++g) most.push_back(groups.pairs_of(g));
    auto shares = fair_shares(already, most, max_pairs_, random);
    std::vector<std::vector<ItemPair>> of_groups(already.size());
    for (size_t g = 0; g < already.size(); ++g)
      if (shares[g] > already[g])
        of_groups[g] = balanced_pairs(groups.of(static_cast<int64_t>(g)), shares[g] - already[g], is_started, random);
    append_in_turn(of_groups, plan.pairs);
  }
  // Where more pairs were begun than are wanted in all, some stay as they are.
  auto most_left = static_cast<size_t>(std::max<int64_t>(0, max_pairs_ - done));
  if (plan.pairs.size() > most_left) plan.pairs.resize(most_left);
  return plan;
}

std::vector<ItemPair> PlannedPairs::next(const Survey &survey, int64_t count, Random &random) {
  bool kept = holds(plan_, survey);
  if (!kept) plan_ = make_plan(survey, random);
  plan_.votes = votes_of(survey);
  int32_t wanted = votes_wanted(survey);
  auto done = [&](ItemPair pair) { return survey.asked.of(pair.a, pair.b) >= wanted; };
  while (plan_.first < plan_.pairs.size() && done(plan_.pairs[plan_.first])) ++plan_.first;
  // Votes may have been undone, and others given instead.
  if (kept && plan_.first == plan_.pairs.size()) plan_ = make_plan(survey, random);
  PairBatch batch(survey, count);
  for (bool disjoint : {true, false})
    for (size_t i = plan_.first; i < plan_.pairs.size() && !batch.full(); ++i) {
      auto [a, b] = plan_.pairs[i];
      if (disjoint && (!batch.is_free(a) || !batch.is_free(b))) continue;
      if (!done({a, b}) && survey.pending.of(a, b) == 0 && batch.allows(a, b)) batch.take(a, b);
    }
  return batch.release();
}

std::optional<int64_t> PlannedPairs::left(const Survey &survey) const {
  // How many pairs a plan has does not depend on the lots.
  Random random(1);
  bool kept = holds(plan_, survey);
  Plan made = kept ? Plan() : make_plan(survey, random);
  const Plan &plan = kept ? plan_ : made;
  int64_t votes = 0;
  for (size_t i = plan.first; i < plan.pairs.size(); ++i)
    votes += std::max(0, votes_wanted(survey) - survey.asked.of(plan.pairs[i].a, plan.pairs[i].b));
  return votes;
}

}  // namespace kalon
