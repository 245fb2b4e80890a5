#include "rank/pair_answers.h"

#include <algorithm>
#include <tuple>

#include "base/disjoint_sets.h"
#include "rank/votes.h"

namespace kalon {
namespace {

void add_to(PairTally &tally, int8_t preferred) {
  ++(preferred > 0 ? tally.low_wins : preferred < 0 ? tally.high_wins : tally.ties);
}

void add_answer(std::vector<PairTally> &tallies, const PairAnswer &answer) {
  if (tallies.empty() || tallies.back().low != answer.low || tallies.back().high != answer.high)
    tallies.push_back({answer.low, answer.high, 0, 0, 0});
  add_to(tallies.back(), answer.preferred);
}

}  // namespace

std::vector<PairAnswer> pair_answers(const VoteHistory &history, int32_t largest) {
  std::vector<PairAnswer> answers;
  answers.reserve(history.comparisons.size());
  int64_t number = 0;
  auto compare = [&](const Comparison &vote) {
    auto comparison = number++;
    if (!tells_order(vote.verdict)) return;
    bool low_left = vote.left < vote.right;
    auto preferred = static_cast<int8_t>(vote.verdict);
    answers.push_back({std::min(vote.left, vote.right), std::max(vote.left, vote.right), vote.annotator,
                       low_left ? preferred : static_cast<int8_t>(-preferred), low_left, comparison});
  };
  auto order = [&](const Ordering &vote) {
    if (vote.items.size() > static_cast<size_t>(largest)) return;
    for (size_t i = 0; i < vote.items.size(); ++i)
      for (size_t j = i + 1; j < vote.items.size(); ++j) {
        if (vote.ranks[i] == vote.ranks[j]) continue;
        bool first_low = vote.items[i] < vote.items[j], first_better = vote.ranks[i] < vote.ranks[j];
        answers.push_back({std::min(vote.items[i], vote.items[j]), std::max(vote.items[i], vote.items[j]),
                           vote.annotator, static_cast<int8_t>(first_low == first_better ? 1 : -1), false, -1});
      }
  };
  in_order_of_time(history, compare, order);
  std::stable_sort(answers.begin(), answers.end(), [](const PairAnswer &a, const PairAnswer &b) {
    return std::tie(a.low, a.high, a.annotator) < std::tie(b.low, b.high, b.annotator);
  });
  return answers;
}

std::vector<PairTally> pair_tallies(std::span<const PairAnswer> answers) {
  std::vector<PairTally> tallies;
  for (const auto &answer : answers) add_answer(tallies, answer);
  return tallies;
}

std::vector<std::vector<PairTally>> pair_tallies_by_annotator(std::span<const PairAnswer> answers, int32_t annotators) {
  std::vector<std::vector<PairTally>> tallies(static_cast<size_t>(annotators));
  for (const auto &answer : answers) add_answer(tallies[static_cast<size_t>(answer.annotator)], answer);
  return tallies;
}

std::vector<PairTally> most_contested(std::span<const PairTally> tallies, size_t count) {
  std::vector<PairTally> contested;
  for (const auto &tally : tallies)
    if (std::min(tally.low_wins, tally.high_wins) > 0) contested.push_back(tally);
  auto before = [](const PairTally &a, const PairTally &b) {
    auto key = [](const PairTally &tally) {
      return std::tuple(-int64_t{std::min(tally.low_wins, tally.high_wins)}, std::max(tally.low_wins, tally.high_wins),
                        -int64_t{tally.ties}, tally.low, tally.high);
    };
    return key(a) < key(b);
  };
  auto end = contested.begin() + static_cast<int64_t>(std::min(count, contested.size()));
  std::partial_sort(contested.begin(), end, contested.end(), before);
  contested.erase(end, contested.end());
  return contested;
}

Connection connection(int32_t items, std::span<const PairTally> tallies) {
  DisjointSets sets(items);
  std::vector<uint8_t> voted(static_cast<size_t>(items));
  for (const auto &tally : tallies) {
    sets.join(tally.low, tally.high);
    voted[static_cast<size_t>(tally.low)] = voted[static_cast<size_t>(tally.high)] = 1;
  }
  Connection result;
  std::vector<int32_t> sizes(static_cast<size_t>(items));
  for (int32_t item = 0; item < items; ++item) {
    if (voted[static_cast<size_t>(item)] != 0)
      ++sizes[static_cast<size_t>(sets.of(item))];
    else
      result.without_vote.push_back(item);
  }
  std::copy_if(sizes.begin(), sizes.end(), std::back_inserter(result.part_sizes),
               [](int32_t size) { return size > 0; });
  std::sort(result.part_sizes.begin(), result.part_sizes.end(), std::greater<>());
  return result;
}

}  // namespace kalon
