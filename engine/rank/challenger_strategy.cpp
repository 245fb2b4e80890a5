#include <algorithm>

#include "rank/askable.h"
#include "rank/history_reader.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

// Who is champion and whom the lap has seen, from the votes alone. The winner of the first vote becomes champion, and
// then whoever beats the champion; a tie and both bad leave it. A skip is no meeting, and votes without the champion
// tell nothing. Who was met does not return before all were: then a new lap begins.
class Reign {
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
  int32_t champion() const { return champion_; }  // -1: none yet
  bool met(int32_t item) const { return lap_of_[static_cast<size_t>(item)] == lap_; }
  int32_t lap() const { return lap_; }

 private:
  void restart(const Survey &survey) {
    lap_of_.assign(static_cast<size_t>(survey.history.items), -1);
    player_.assign(static_cast<size_t>(survey.history.items), 0);
    for (auto item : candidates_of(survey)) player_[static_cast<size_t>(item)] = 1;
    to_meet_ = std::count(player_.begin(), player_.end(), 1) - 1;
    champion_ = -1;
    lap_ = 0;
    count_met_ = 0;
  }
  bool plays(int32_t item) const { return player_[static_cast<size_t>(item)]; }
  void meet(int32_t item) {
    if (met(item)) return;
    lap_of_[static_cast<size_t>(item)] = lap_;
    ++count_met_;
  }
  // The old champion is one whom all have met.
  void crown(int32_t item) {
    if (item == champion_) return;
    if (met(item)) {
      lap_of_[static_cast<size_t>(item)] = lap_ - 1;
      --count_met_;
    }
    if (champion_ >= 0) meet(champion_);
    champion_ = item;
  }
  void end_game() {
    if (count_met_ < to_meet_) return;
    ++lap_;
    count_met_ = 0;
  }
  void compare(const Comparison &vote) {
    if (vote.verdict == Verdict::skip || !plays(vote.left) || !plays(vote.right)) return;
    if (champion_ < 0) crown(vote.verdict == Verdict::right ? vote.right : vote.left);
    if (vote.left != champion_ && vote.right != champion_) return;
    const auto challenger = vote.left == champion_ ? vote.right : vote.left;
    const auto winner = vote.verdict == Verdict::left    ? vote.left
                        : vote.verdict == Verdict::right ? vote.right
                                                         : champion_;
    if (winner == challenger)
      crown(challenger);
    else
      meet(challenger);
    end_game();
  }
  void order(const Ordering &vote) {
    int32_t winner = -1;
    uint16_t best = 0;
    bool with_champion = champion_ < 0;
    for (size_t i = 0; i < vote.items.size(); ++i) {
      if (!plays(vote.items[i])) continue;
      if (vote.items[i] == champion_) with_champion = true;
      if (winner < 0 || vote.ranks[i] < best || (vote.ranks[i] == best && vote.items[i] == champion_)) {
        winner = vote.items[i];
        best = vote.ranks[i];
      }
    }
    if (!with_champion || winner < 0) return;
    crown(winner);
    for (auto item : vote.items)
      if (plays(item) && item != champion_) meet(item);
    end_game();
  }

  HistoryReader reader_;
  std::vector<uint8_t> candidates_, player_;
  std::vector<int32_t> lap_of_;  // by item: in which it was met last
  int32_t champion_ = -1, lap_ = 0;
  int64_t count_met_ = 0, to_meet_ = 0;
};

// All pairs of one call have the champion in them: only the challengers differ.
class Challenger : public Strategy {
 public:
  std::string_view name() const override { return "challenger"; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &) override {
    reign_.read(survey);
    auto items = candidates_of(survey);
    if (items.size() < 2) return {};
    const auto salt = static_cast<uint64_t>(reign_.lap());
    auto sooner = [salt](int32_t a, int32_t b) {
      auto x = shuffle_key(a, salt), y = shuffle_key(b, salt);
      return x != y ? x < y : a < b;
    };
    const auto champion = reign_.champion() >= 0 ? reign_.champion() : *std::ranges::min_element(items, sooner);
    PairBatch batch(survey, count);
    auto challenge = [&](auto usable) {
      std::vector<int32_t> challengers;
      for (auto item : items)
        if (usable(item) && batch.allows(champion, item)) challengers.push_back(item);
      const auto front = std::min<size_t>(challengers.size(), static_cast<size_t>(batch.wanted()));
      std::partial_sort(challengers.begin(), challengers.begin() + static_cast<std::ptrdiff_t>(front),
                        challengers.end(), sooner);
      for (size_t i = 0; i < front; ++i) batch.take(champion, challengers[i]);
    };
    challenge([&](int32_t item) { return !reign_.met(item) && batch.is_free(item); });
    if (!batch.full()) challenge([&](int32_t item) { return !reign_.met(item); });
    if (!batch.full()) challenge([](int32_t) { return true; });
    return batch.release();
  }

 private:
  Reign reign_;
};

}  // namespace

std::unique_ptr<Strategy> make_challenger(const StrategyOptions &) {
  return std::make_unique<Challenger>();
}

}  // namespace kalon
