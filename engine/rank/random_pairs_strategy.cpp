#include <algorithm>

#include "rank/askable.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

// Tries at random before all pairs are looked at; either way each pair that may be asked is as likely as any other.
constexpr int tries = 64;

class RandomPairs : public Strategy {
 public:
  std::string_view name() const override { return "random"; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &random) override {
    auto candidates = candidates_of(survey);
    if (candidates != candidates_ || most_asked_ != survey.most_asked || asked_ > survey.history.comparisons.size())
      left_.reset();
    candidates_ = std::move(candidates);
    most_asked_ = survey.most_asked;
    asked_ = survey.history.comparisons.size();
    PairBatch batch(survey, count);
    while (!batch.full()) {
      auto pair = try_at_random(batch, random);
      if (!pair) pair = choose_of_all(survey, batch, random);
      if (!pair) break;
      batch.take(pair->a, pair->b);
    }
    return batch.release();
  }

 private:
  static bool is_apart(const PairBatch &batch, ItemPair pair) {
    return batch.is_free(pair.a) && batch.is_free(pair.b) && batch.allows(pair.a, pair.b);
  }

  std::optional<ItemPair> try_at_random(const PairBatch &batch, Random &random) const {
    const uint64_t size = candidates_.size();
    if (size < 2 || left_) return std::nullopt;
    for (int i = 0; i < tries; ++i) {
      const auto a = random.below(size), b = (a + 1 + random.below(size - 1)) % size;
      ItemPair pair{candidates_[a], candidates_[b]};
      if (is_apart(batch, pair)) return pair;
    }
    return std::nullopt;
  }

  // Of the pairs apart from all that are busy, else of all.
  std::optional<ItemPair> choose_of_all(const Survey &survey, const PairBatch &batch, Random &random) {
    if (left_) {
      std::erase_if(*left_, [&](ItemPair pair) { return asked_too_often(survey, pair.a, pair.b); });
      if (left_->empty()) left_.reset();  // what came back by an undo is found below
    }
    std::optional<ItemPair> apart, any;
    uint64_t count_apart = 0, count_any = 0;
    auto look_at = [&](ItemPair pair) {
      if (!batch.allows(pair.a, pair.b)) return;
      if (random.below(++count_any) == 0) any = pair;
      if (is_apart(batch, pair) && random.below(++count_apart) == 0) apart = pair;
    };
    if (left_) {
      for (auto pair : *left_) look_at(pair);
    } else {
      // As long as they are few they are kept, so that the next call need not look at all pairs again.
      std::vector<ItemPair> left;
      const size_t few = 16 * candidates_.size();
      for (size_t i = 0; i < candidates_.size(); ++i)
        for (size_t j = 0; j < i; ++j) {
          ItemPair pair{candidates_[i], candidates_[j]};
          if (asked_too_often(survey, pair.a, pair.b)) continue;
          look_at(pair);
          if (left.size() <= few) left.push_back(pair);
        }
      if (left.size() <= few) left_ = std::move(left);
    }
    return apart ? apart : any;
  }

  std::vector<int32_t> candidates_;
  int64_t most_asked_ = 0;
  size_t asked_ = 0;                           // votes at the last call
  std::optional<std::vector<ItemPair>> left_;  // all pairs that may still be asked, once they are few
};

}  // namespace

std::unique_ptr<Strategy> make_random_pairs(const StrategyOptions &) {
  return std::make_unique<RandomPairs>();
}

}  // namespace kalon
