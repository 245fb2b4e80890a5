#include <algorithm>
#include <limits>

#include "rank/askable.h"
#include "rank/history_reader.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

// Who is still in and when each was last seen, from the votes alone. Of votes over items that are both in, the loser
// leaves; other votes change nothing, so that one item always stays. With both bad both leave, unless nobody else is
// in: that and a tie leave both in, and as with a skip both go to the end of the queue.
class Knockout {
 public:
  void read(const Survey &survey) {
    if (!std::ranges::equal(candidates_, survey.candidates)) {
      candidates_.assign(survey.candidates.begin(), survey.candidates.end());
      reader_.forget();
    }
    reader_.read(
        survey.history, [&] { restart(survey); }, [&](const Comparison &vote) { compare(vote); },
        [&](const Ordering &vote) { order(vote); });
  }
  int64_t count_in() const { return count_in_; }
  bool is_in(int32_t item) const { return in_[static_cast<size_t>(item)]; }
  // Before `other` in the queue: who was seen longest ago, at first at random but always the same.
  bool waits_longer(int32_t item, int32_t other) const {
    auto a = seen_[static_cast<size_t>(item)], b = seen_[static_cast<size_t>(other)];
    if (a != b) return a < b;
    auto x = shuffle_key(item), y = shuffle_key(other);
    return x != y ? x < y : item < other;
  }

 private:
  void restart(const Survey &survey) {
    const auto size = static_cast<size_t>(survey.history.items);
    in_.assign(size, 0);
    seen_.assign(size, -1);
    now_ = count_in_ = 0;
    for (auto item : candidates_of(survey)) {
      in_[static_cast<size_t>(item)] = 1;
      ++count_in_;
    }
  }
  void leave(int32_t item) {
    in_[static_cast<size_t>(item)] = 0;
    --count_in_;
  }
  void compare(const Comparison &vote) {
    if (!is_in(vote.left) || !is_in(vote.right)) return;
    seen_[static_cast<size_t>(vote.left)] = seen_[static_cast<size_t>(vote.right)] = now_++;
    const bool both = vote.verdict == Verdict::both_bad && count_in_ > 2;
    if (vote.verdict == Verdict::right || both) leave(vote.left);
    if (vote.verdict == Verdict::left || both) leave(vote.right);
  }
  void order(const Ordering &vote) {
    auto best = std::numeric_limits<uint16_t>::max();
    for (size_t i = 0; i < vote.items.size(); ++i)
      if (is_in(vote.items[i])) best = std::min(best, vote.ranks[i]);
    for (size_t i = 0; i < vote.items.size(); ++i) {
      if (!is_in(vote.items[i])) continue;
      seen_[static_cast<size_t>(vote.items[i])] = now_;
      if (vote.ranks[i] > best) leave(vote.items[i]);
    }
    ++now_;
  }

  HistoryReader reader_;
  std::vector<uint8_t> candidates_, in_;
  std::vector<int64_t> seen_;  // by item: the last vote it was in, -1: none
  int64_t now_ = 0, count_in_ = 0;
};

class Elimination : public Strategy {
 public:
  std::string_view name() const override { return "elimination"; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &) override {
    knockout_.read(survey);
    PairBatch batch(survey, count);
    // Who is with somebody now may be about to leave.
    std::vector<int32_t> queue;
    for (int32_t item = 0; item < survey.history.items; ++item)
      if (knockout_.is_in(item) && batch.is_free(item)) queue.push_back(item);
    auto longer = [this](int32_t a, int32_t b) { return knockout_.waits_longer(a, b); };
    auto front = static_cast<int64_t>(queue.size());
    if (2 * count + 32 < front / 2) {
      front = 2 * count + 32;
      std::nth_element(queue.begin(), queue.begin() + front, queue.end(), longer);
    }
    std::sort(queue.begin(), queue.begin() + front, longer);
    match(queue, front, batch, [&](int32_t a, int32_t b) { return batch.allows(a, b); });
    // Only pairs that were asked without a decision are left: they are asked again.
    if (batch.pairs().empty() && count > 0) match(queue, front, batch, [](int32_t, int32_t) { return true; });
    return batch.release();
  }
  std::optional<int64_t> left(const Survey &survey) const override {
    Knockout knockout;
    knockout.read(survey);
    return std::max<int64_t>(knockout.count_in() - 1, 0);
  }

 private:
  template <class Allowed>
  static void match(const std::vector<int32_t> &queue, int64_t front, PairBatch &batch, const Allowed &allowed) {
    for (int64_t i = 0; i < front && !batch.full(); ++i) {
      const auto item = queue[static_cast<size_t>(i)];
      for (size_t j = static_cast<size_t>(i) + 1; j < queue.size() && batch.is_free(item); ++j)
        if (batch.is_free(queue[j]) && allowed(item, queue[j])) batch.take(item, queue[j]);
    }
  }

  Knockout knockout_;
};

}  // namespace

std::unique_ptr<Strategy> make_elimination(const StrategyOptions &) {
  return std::make_unique<Elimination>();
}

}  // namespace kalon
