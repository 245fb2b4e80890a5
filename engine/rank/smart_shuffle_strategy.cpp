#include <algorithm>
#include <cmath>
#include <numeric>

#include "rank/askable.h"
#include "rank/least_in_range.h"
#include "rank/pair_permutation.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

constexpr double weight_of_votes = 0.8;

// The pairs of a ring of items in an order at random, each with the next one. The order is the same for the same seed;
// an item that is taken out leaves that of the others as it is.
class Ring {
 public:
  Ring() = default;
  Ring(std::vector<int32_t> items, int32_t all, uint64_t seed)
      : items_(std::move(items)), place_(static_cast<size_t>(all), -1) {
    std::vector<std::pair<uint64_t, int32_t>> keyed;
    for (auto item : items_) keyed.emplace_back(shuffle_key(item, seed), item);
    std::sort(keyed.begin(), keyed.end());
    for (size_t i = 0; i < keyed.size(); ++i) {
      items_[i] = keyed[i].second;
      place_[static_cast<size_t>(items_[i])] = static_cast<int32_t>(i);
    }
  }
  const std::vector<int32_t> &items() const { return items_; }
  size_t size() const { return items_.size() < 3 ? items_.size() / 2 : items_.size(); }  // pairs
  ItemPair operator[](size_t at) const { return {items_[at], items_[(at + 1) % items_.size()]}; }
  bool contains(int32_t a, int32_t b) const {
    auto apart = std::abs(place_[static_cast<size_t>(a)] - place_[static_cast<size_t>(b)]);
    return apart == 1 || apart + 1 == static_cast<int32_t>(items_.size());
  }

 private:
  std::vector<int32_t> items_, place_;
};

// All pairs but those of the ring, by ascending key |mean_a - mean_b| + .8 (votes_a + votes_b), generated one by one:
// linear memory, a logarithmic step for each. With the items in order of their means the key is a sum of what a and of
// what b adds, for a before b; the best b of each a is the least of a range, and what is left of the range without it
// are two ranges (Lawler 1972). Of equal keys those that stand near to one another come first, otherwise at random.
class PairsByKey {
 public:
  PairsByKey() = default;
  PairsByKey(const std::vector<int32_t> &items, const std::vector<double> &means, const std::vector<int32_t> &votes,
             uint64_t seed)
      : order_(items), seed_(seed) {
    std::vector<std::pair<double, uint64_t>> keys(means.size());
    for (auto item : items)
      keys[static_cast<size_t>(item)] = {means[static_cast<size_t>(item)], shuffle_key(item, ~seed)};
    std::sort(order_.begin(), order_.end(),
              [&](int32_t a, int32_t b) { return keys[static_cast<size_t>(a)] < keys[static_cast<size_t>(b)]; });
    for (auto item : order_) {
      means_.push_back(means[static_cast<size_t>(item)]);
      votes_.push_back(votes[static_cast<size_t>(item)]);
    }
    std::vector<double> added(order_.size());
    for (size_t i = 0; i < added.size(); ++i) added[i] = means_[i] + weight_of_votes * votes_[i];
    const auto size = static_cast<int32_t>(order_.size());
    // From the end, each has the best of what follows it.
    for (int32_t first = size - 2, best = size - 1; first >= 0; --first) {
      if (added[static_cast<size_t>(first) + 1] <= added[static_cast<size_t>(best)]) best = first + 1;
      heap_.push_back(entry(first, first + 1, size, best));
    }
    std::make_heap(heap_.begin(), heap_.end());
    least_ = LeastInRange(std::move(added));
  }
  bool empty() const { return heap_.empty(); }
  double key() const { return heap_.front().key; }
  ItemPair top() const {
    return {order_[static_cast<size_t>(heap_.front().first)], order_[static_cast<size_t>(heap_.front().second)]};
  }
  void pop() {
    std::pop_heap(heap_.begin(), heap_.end());
    const auto used = heap_.back();
    heap_.pop_back();
    push(used.first, used.from, used.second);
    push(used.first, used.second + 1, used.end);
  }
  double key_of(size_t a, size_t b) const {
    return std::abs(means_[a] - means_[b]) + weight_of_votes * (votes_[a] + votes_[b]);
  }

 private:
  struct Entry {
    double key;
    uint64_t chance;
    int32_t first, from, end, second;  // places in the order; the second is the best of the range
    bool operator<(const Entry &other) const { return key != other.key ? key > other.key : chance > other.chance; }
  };
  Entry entry(int32_t first, int32_t from, int32_t end, int32_t second) const {
    return {key_of(static_cast<size_t>(first), static_cast<size_t>(second)),
            shuffle_key(second, seed_ + static_cast<uint64_t>(first) * Random::step),
            first,
            from,
            end,
            second};
  }
  void push(int32_t first, int32_t from, int32_t end) {
    const auto second = least_(from, end);
    if (second < 0) return;
    heap_.push_back(entry(first, from, end, second));
    std::push_heap(heap_.begin(), heap_.end());
  }

  std::vector<int32_t> order_;
  std::vector<double> means_;  // by place in the order
  std::vector<int32_t> votes_;
  uint64_t seed_ = 0;
  LeastInRange least_;
  std::vector<Entry> heap_;
};

// image-ranker's queue: the pairs of a shuffled ring, then all others, shuffled; every `auto_shuffle` votes what is
// left is sorted by the key above. Its first votes and the keys of all that follows are exactly those of image-ranker
// for the same means. Among equal keys image-ranker keeps the order that the queue had; here the pairs of the ring come
// first, in its order, which is the same as long as nothing but unseen items has equal keys, and then others at random:
// equal in distribution only. A vote is whatever counts in Survey::asked: after a skip, too, the pair does not return.
class SmartShuffle : public Strategy {
 public:
  explicit SmartShuffle(int64_t auto_shuffle) : auto_shuffle_(auto_shuffle) {}
  std::string_view name() const override { return "smart-shuffle"; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &random) override {
    refresh(survey, random);
    PairBatch batch(survey, count);
    std::erase_if(queue_, [&](ItemPair pair) { return asked_too_often(survey, pair.a, pair.b); });
    // Past pairs of busy items the queue is followed so far, and no farther.
    const size_t farthest = 16 * (ring_.items().size() + static_cast<size_t>(std::max<int64_t>(count, 0)));
    for (size_t at = 0; !batch.full() && at < farthest; ++at) {
      if (at == queue_.size() && !extend(survey)) break;
      const auto [a, b] = queue_[at];
      if (batch.is_free(a) && batch.is_free(b) && batch.allows(a, b)) batch.take(a, b);
    }
    for (auto [a, b] : queue_)
      if (!batch.full() && batch.allows(a, b)) batch.take(a, b);
    return batch.release();
  }

 private:
  void refresh(const Survey &survey, Random &random) {
    if (!seed_) seed_ = random.next();
    const auto votes = static_cast<int64_t>(survey.history.comparisons.size() + survey.history.orderings.size());
    const auto turn = auto_shuffle_ > 0 ? votes / auto_shuffle_ : 0;
    auto candidates = candidates_of(survey);
    if (turn == turn_ && votes >= votes_ && most_asked_ == survey.most_asked && candidates == candidates_) {
      votes_ = votes;
      return;
    }
    turn_ = turn;
    votes_ = votes;
    most_asked_ = survey.most_asked;
    candidates_ = std::move(candidates);
    queue_.clear();
    shuffled_at_ = ring_at_ = 0;
    ring_ = Ring(candidates_, survey.history.items, *seed_);
    if (turn_ == 0) {
      permutation_ = PairPermutation(static_cast<int64_t>(candidates_.size()), *seed_);
      return;
    }
    sort(survey);
  }

  void sort(const Survey &survey) {
    const auto size = static_cast<size_t>(survey.history.items);
    const auto estimated = survey.estimator.means();
    std::vector<double> means(size);
    std::vector<int32_t> votes(size);
    for (size_t i = 0; i < size; ++i) {
      votes[i] = survey.asked.of_item(static_cast<int32_t>(i));
      if (i < estimated.size() && std::isfinite(estimated[i])) means[i] = estimated[i];
    }
    ring_heap_.clear();
    for (size_t i = 0; i < ring_.size(); ++i) {
      const auto a = static_cast<size_t>(ring_[i].a), b = static_cast<size_t>(ring_[i].b);
      ring_heap_.emplace_back(std::abs(means[a] - means[b]) + weight_of_votes * (votes[a] + votes[b]), i);
    }
    std::make_heap(ring_heap_.begin(), ring_heap_.end(), std::greater<>());
    others_ = PairsByKey(candidates_, means, votes, *seed_);
  }

  // One more pair for the queue that may still be asked; whether there is one.
  bool extend(const Survey &survey) {
    while (auto pair = turn_ == 0 ? next_shuffled() : next_sorted()) {
      if (asked_too_often(survey, pair->a, pair->b)) continue;
      queue_.push_back(*pair);
      return true;
    }
    return false;
  }
  std::optional<ItemPair> next_shuffled() {
    if (ring_at_ < ring_.size()) return ring_[ring_at_++];
    while (shuffled_at_ < permutation_.size()) {
      auto [i, j] = permutation_[shuffled_at_++];
      ItemPair pair{candidates_[static_cast<size_t>(i)], candidates_[static_cast<size_t>(j)]};
      if (!ring_.contains(pair.a, pair.b)) return pair;
    }
    return std::nullopt;
  }
  std::optional<ItemPair> next_sorted() {
    while (!others_.empty() && ring_.contains(others_.top().a, others_.top().b)) others_.pop();
    if (!ring_heap_.empty() && (others_.empty() || ring_heap_.front().first <= others_.key())) {
      std::pop_heap(ring_heap_.begin(), ring_heap_.end(), std::greater<>());
      auto pair = ring_[ring_heap_.back().second];
      ring_heap_.pop_back();
      return pair;
    }
    if (others_.empty()) return std::nullopt;
    auto pair = others_.top();
    others_.pop();
    return pair;
  }

  int64_t auto_shuffle_;
  std::optional<uint64_t> seed_;
  int64_t turn_ = -1, votes_ = 0, most_asked_ = 0;
  std::vector<int32_t> candidates_;
  std::vector<ItemPair> queue_;  // the head of the queue, as far as it was looked at
  Ring ring_;
  size_t ring_at_ = 0;
  PairPermutation permutation_;
  uint64_t shuffled_at_ = 0;
  std::vector<std::pair<double, size_t>> ring_heap_;
  PairsByKey others_;
};

}  // namespace

std::unique_ptr<Strategy> make_smart_shuffle(const StrategyOptions &options) {
  return std::make_unique<SmartShuffle>(options.auto_shuffle);
}

}  // namespace kalon
