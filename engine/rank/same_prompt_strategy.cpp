// Pairs of the same group: the prompt that pictures were made from, or any other value they share.

#include <algorithm>

#include "rank/askable.h"
#include "rank/beliefs.h"
#include "rank/expected_information.h"
#include "rank/pair_policies.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

constexpr size_t most_looked_at = 512;  // members of a group, by lot, among which a pair is chosen
constexpr size_t neighbours = 8;        // in their order by mean

// Shares `max_pairs` different pairs out among the groups as PlannedPairs does, but chooses each pair only when it is
// asked: the most telling one of the group that has most of its share left.
class SamePrompt : public Strategy {
 public:
  explicit SamePrompt(int64_t max_pairs) : max_pairs_(max_pairs) {
    if (max_pairs_ < 1) throw Error(Status::invalid_argument, "there must be one pair or more to ask");
  }
  std::string_view name() const override { return "same-prompt"; }

  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &random) override {
    beliefs_.refresh(survey);
    count_votes(survey, random);
    PairBatch batch(survey, count);
    // What is with somebody now is as good as answered.
    auto left = left_;
    for (int64_t g = 0; g < members_.groups(); ++g) {
      int64_t pending = 0;
      for (int32_t item : members_.of(g)) pending += times_pending(survey, item);
      left[static_cast<size_t>(g)] -= pending / 2;
    }
    for (bool apart : {true, false}) {
      std::vector<std::pair<int64_t, int64_t>> heap;  // what a group has left, the group from behind
      for (size_t g = 0; g < left.size(); ++g)
        if (left[g] > 0) heap.push_back({left[g], -static_cast<int64_t>(g)});
      std::make_heap(heap.begin(), heap.end());
      while (!heap.empty() && !batch.full()) {
        std::pop_heap(heap.begin(), heap.end());
        auto [rest, behind] = heap.back();
        heap.pop_back();
        auto pair = choose(survey, batch, -behind, apart, random);
        if (!pair) continue;
        batch.take(pair->a, pair->b);
        left[static_cast<size_t>(-behind)] = --rest;
        if (rest == 0) continue;
        heap.push_back({rest, behind});
        std::push_heap(heap.begin(), heap.end());
      }
    }
    return batch.release();
  }

  std::optional<int64_t> left(const Survey &survey) const override {
    SamePrompt now(max_pairs_);
    Random random(1);
    now.count_votes(survey, random);
    int64_t sum = 0;
    for (int64_t left : now.left_) sum += std::max<int64_t>(0, left);
    return sum;
  }

 private:
  static int32_t wanted_of(const Survey &survey) {
    return static_cast<int32_t>(std::clamp<int64_t>(survey.most_asked, 1, 1 << 20));
  }

  // How many votes each group has left of its share: the votes of a pair beyond those that are wanted count for
  // nothing.
  void count_votes(const Survey &survey, Random &random) {
    if (survey.groups.empty())
      throw Error(Status::invalid_argument, "same-prompt needs an attribute whose values make groups of pictures");
    bool same =
        std::equal(group_of_.begin(), group_of_.end(), survey.groups.begin(), survey.groups.end()) &&
        std::equal(candidates_.begin(), candidates_.end(), survey.candidates.begin(), survey.candidates.end()) &&
        wanted_ == wanted_of(survey) && counted_ <= survey.history.comparisons.size() &&
        ordered_ <= survey.history.orderings.size();
    if (!same) {
      group_of_.assign(survey.groups.begin(), survey.groups.end());
      candidates_.assign(survey.candidates.begin(), survey.candidates.end());
      members_ = group_members(survey.groups, survey.candidates);
      begun_ = PairCounts(survey.history.items);
      left_.assign(static_cast<size_t>(members_.groups()), 0);
      wanted_ = wanted_of(survey);
      counted_ = ordered_ = 0;
    }
    std::vector<int64_t> begun(left_.size());
    auto look_at = [&](int32_t a, int32_t b) {
      auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
      if (group_of_[i] < 0 || group_of_[i] != group_of_[j] || !is_candidate(survey, a) || !is_candidate(survey, b))
        return;
      auto group = static_cast<size_t>(group_of_[i]);
      int32_t before = begun_.of(a, b);
      if (before == 0) ++begun[group];
      if (before < wanted_) --left_[group];
      begun_.add(a, b);
    };
    for (; counted_ < survey.history.comparisons.size(); ++counted_)
      look_at(survey.history.comparisons[counted_].left, survey.history.comparisons[counted_].right);
    for (; ordered_ < survey.history.orderings.size(); ++ordered_) {
      const auto &items = survey.history.orderings[ordered_].items;
      for (size_t i = 0; items.size() <= 16 && i < items.size(); ++i)
        for (size_t j = 0; j < i; ++j) look_at(items[i], items[j]);
    }
    if (same) return;
    std::vector<int64_t> most;
    for (int64_t g = 0; g < members_.groups(); ++g) most.push_back(members_.pairs_of(g));
    auto shares = fair_shares(begun, most, max_pairs_, random);
    for (size_t g = 0; g < left_.size(); ++g) left_[g] += shares[g] * wanted_;
  }

  std::optional<ItemPair> choose(const Survey &survey, const PairBatch &batch, int64_t group, bool apart,
                                 Random &random) const {
    auto members = members_.of(group);
    std::vector<int32_t> order;
    if (members.size() <= most_looked_at)
      order.assign(members.begin(), members.end());
    else
      for (size_t i = 0; i < most_looked_at; ++i) order.push_back(members[random.below(members.size())]);
    std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      double of_a = beliefs_.mean(a), of_b = beliefs_.mean(b);
      return of_a < of_b || (of_a == of_b && shuffle_key(a) < shuffle_key(b));
    });
    order.erase(std::unique(order.begin(), order.end()), order.end());
    auto allowed = [&](int32_t a, int32_t b) {
      return batch.allows(a, b) && survey.asked.of(a, b) < wanted_ &&
             (!apart || (batch.is_free(a) && batch.is_free(b)));
    };
    std::optional<ItemPair> best;
    double most = -1;
    for (size_t i = 0; i < order.size(); ++i)
      for (size_t j = i + 1; j < order.size() && (j <= i + neighbours || most < 0); ++j) {
        if (!allowed(order[i], order[j])) continue;
        double worth = expected_information(beliefs_.mean(order[j]) - beliefs_.mean(order[i]),
                                            beliefs_.difference_variance(order[i], order[j]));
        // What somebody has answered already is first asked of all that are to answer it.
        if (survey.asked.of(order[i], order[j]) > 0) worth += 1;
        if (worth > most) most = worth, best = {order[i], order[j]};
      }
    return best;
  }

  int64_t max_pairs_;
  Beliefs beliefs_;
  std::vector<int32_t> group_of_;
  std::vector<uint8_t> candidates_;
  GroupMembers members_;
  PairCounts begun_;           // votes on pairs of one group
  std::vector<int64_t> left_;  // by group: votes of its share that are not given
  int32_t wanted_ = 1;         // votes on a pair
  uint64_t counted_ = 0, ordered_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> make_same_prompt(const StrategyOptions &options) {
  return std::make_unique<SamePrompt>(options.max_pairs);
}

}  // namespace kalon
