#include <algorithm>

#include "rank/askable.h"
#include "rank/history_reader.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

// Points and rounds, from the votes alone. A win is a point, a tie half of one, both bad nothing; a skip is no game. In
// a round each plays once; it ends when all but one have, who gets a point for it (a bye), or when somebody plays
// again.
class Tournament {
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
  double points(int32_t item) const { return of_[static_cast<size_t>(item)].points; }
  int32_t byes(int32_t item) const { return of_[static_cast<size_t>(item)].byes; }
  bool played(int32_t item) const { return of_[static_cast<size_t>(item)].round == round_; }
  int64_t count_waiting() const { return static_cast<int64_t>(players_.size()) - played_; }
  int32_t round() const { return round_; }
  const std::vector<int32_t> &players() const { return players_; }

 private:
  struct Standing {
    double points = 0;
    int32_t byes = 0, round = -1;  // the last round it played in
    bool player = false;
  };

  void restart(const Survey &survey) {
    of_.assign(static_cast<size_t>(survey.history.items), {});
    players_ = candidates_of(survey);
    for (auto item : players_) of_[static_cast<size_t>(item)].player = true;
    round_ = 0;
    played_ = 0;
  }
  void begin_round() {
    ++round_;
    played_ = 0;
  }
  void play(int32_t item, double points) {
    auto &standing = of_[static_cast<size_t>(item)];
    standing.points += points;
    standing.round = round_;
    ++played_;
  }
  void end_game() {
    if (count_waiting() > 1) return;
    if (count_waiting() == 1)
      for (auto item : players_)
        if (!played(item)) {
          of_[static_cast<size_t>(item)].points += 1;
          ++of_[static_cast<size_t>(item)].byes;
        }
    begin_round();
  }
  void compare(const Comparison &vote) {
    if (vote.verdict == Verdict::skip) return;
    if (!of_[static_cast<size_t>(vote.left)].player || !of_[static_cast<size_t>(vote.right)].player) return;
    if (played(vote.left) || played(vote.right)) begin_round();
    const bool tie = vote.verdict == Verdict::tie;
    play(vote.left, tie ? .5 : vote.verdict == Verdict::left ? 1 : 0);
    play(vote.right, tie ? .5 : vote.verdict == Verdict::right ? 1 : 0);
    end_game();
  }
  // A game of several: the share of the others that one is better than.
  void order(const Ordering &vote) {
    auto is_player = [&](int32_t item) { return of_[static_cast<size_t>(item)].player; };
    if (std::ranges::any_of(vote.items, [&](int32_t item) { return is_player(item) && played(item); })) begin_round();
    for (size_t i = 0; i < vote.items.size(); ++i) {
      if (!is_player(vote.items[i])) continue;
      auto beaten = std::ranges::count_if(vote.ranks, [&](uint16_t rank) { return rank > vote.ranks[i]; });
      play(vote.items[i], static_cast<double>(beaten) / static_cast<double>(vote.items.size() - 1));
    }
    end_game();
  }

  HistoryReader reader_;
  std::vector<uint8_t> candidates_;
  std::vector<Standing> of_;  // by item
  std::vector<int32_t> players_;
  int32_t round_ = 0;
  int64_t played_ = 0;  // in this round
};

// Up to so many players the pairing looks for a partner for each; among more, the first ones are paired from the top.
constexpr int64_t few = 64;

class Swiss : public Strategy {
 public:
  std::string_view name() const override { return "swiss"; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &) override {
    tournament_.read(survey);
    PairBatch batch(survey, count);
    std::vector<int32_t> waiting, all;
    for (auto item : tournament_.players())
      if (batch.is_free(item) && !tournament_.played(item)) waiting.push_back(item);
    if (tournament_.count_waiting() % 2 == 1) sit_out(waiting);
    pair_up(waiting, batch);
    if (batch.full()) return batch.release();
    // All of this round are with somebody, or have met: the next one begins early.
    for (auto item : tournament_.players())
      if (batch.is_free(item)) all.push_back(item);
    pair_up(all, batch);
    if (batch.full()) return batch.release();
    all = tournament_.players();
    rank(all, static_cast<int64_t>(all.size()));
    for (size_t i = 0; i < all.size(); ++i)
      for (size_t j = i + 1; j < all.size() && !batch.full(); ++j)
        if (batch.allows(all[i], all[j])) batch.take(all[i], all[j]);
    return batch.release();
  }

 private:
  bool stands_above(int32_t a, int32_t b) const {
    if (tournament_.points(a) != tournament_.points(b)) return tournament_.points(a) > tournament_.points(b);
    const auto salt = static_cast<uint64_t>(tournament_.round());
    auto x = shuffle_key(a, salt), y = shuffle_key(b, salt);
    return x != y ? x < y : a < b;
  }
  // Sorts the first `front` of the standing to the front.
  void rank(std::vector<int32_t> &items, int64_t front) const {
    auto above = [this](int32_t a, int32_t b) { return stands_above(a, b); };
    if (front < static_cast<int64_t>(items.size()))
      std::nth_element(items.begin(), items.begin() + front, items.end(), above);
    std::sort(items.begin(), items.begin() + front, above);
  }
  // The bye of an odd round: the last of those who had the fewest.
  void sit_out(std::vector<int32_t> &waiting) const {
    auto last = std::ranges::max_element(waiting, [this](int32_t a, int32_t b) {
      if (tournament_.byes(a) != tournament_.byes(b)) return tournament_.byes(a) > tournament_.byes(b);
      return stands_above(a, b);
    });
    if (last != waiting.end()) waiting.erase(last);
  }

  void pair_up(std::vector<int32_t> &items, PairBatch &batch) const {
    const auto size = static_cast<int64_t>(items.size());
    const auto wanted = batch.wanted();
    const int64_t front = size <= few ? size : std::min(size, 2 * wanted + few);
    rank(items, front);
    items.resize(static_cast<size_t>(front));
    std::vector<ItemPair> pairs;
    std::vector<int32_t> alone;
    std::vector<uint8_t> taken(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      if (taken[i]) continue;
      size_t j = i + 1;
      while (j < items.size() && (taken[j] || !batch.allows(items[i], items[j]))) ++j;
      if (j == items.size()) {
        alone.push_back(items[i]);
        continue;
      }
      taken[j] = 1;
      pairs.push_back({items[i], items[j]});
    }
    if (size <= few) join(alone, pairs, batch);
    for (auto pair : pairs)
      if (!batch.full()) batch.take(pair.a, pair.b);
  }
  // Finds partners for two who have met, by giving both one of a pair's that stands as low as possible.
  static void join(const std::vector<int32_t> &alone, std::vector<ItemPair> &pairs, const PairBatch &batch) {
    for (size_t i = 0; i + 1 < alone.size(); i += 2)
      for (size_t p = pairs.size(); p-- > 0;) {
        auto [a, b] = pairs[p];
        if (!batch.allows(a, alone[i]) || !batch.allows(b, alone[i + 1])) std::swap(a, b);
        if (!batch.allows(a, alone[i]) || !batch.allows(b, alone[i + 1])) continue;
        pairs[p] = {a, alone[i]};
        pairs.push_back({b, alone[i + 1]});
        break;
      }
  }

  Tournament tournament_;
};

}  // namespace

std::unique_ptr<Strategy> make_swiss(const StrategyOptions &) {
  return std::make_unique<Swiss>();
}

}  // namespace kalon
