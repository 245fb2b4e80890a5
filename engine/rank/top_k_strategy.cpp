#include <algorithm>
#include <cmath>
#include <numbers>

#include "rank/askable.h"
#include "rank/beliefs.h"
#include "rank/strategies.h"

namespace kalon {
namespace {

constexpr double certainty = .95;
// How many items pairs are made of: those whose membership is most in doubt, and those that stand next to the border.
constexpr std::ptrdiff_t most_doubtful = 36, nearest = 12;

double normal_share(double z) {
  return .5 * std::erfc(-z / std::numbers::sqrt2);
}
double coin_entropy(double p) {
  return p <= 0 || p >= 1 ? 0 : -p * std::log(p) - (1 - p) * std::log(1 - p);
}

// Asks what is expected to take away most doubt of which items are the k best. With the border c where the expected
// number of items above it is k, an item with N(m, s^2) is in with the probability p = Phi((m - c) / s), in doubt by
// the entropy of p; a vote on a and b changes m and s of both (the moments of a normal posterior after a probit vote,
// Rasmussen and Williams 2006, equations 3.85-3.87, whose slope is the logistic one's), and the pair is worth what
// the entropies of both are expected to fall by: the information of the vote on the memberships, c held. Done when the
// top is settled, as in standings.h: each of the k best is better than the first behind them, and each behind is worse
// than the last of them, with P >= .95.
class TopK : public Strategy {
 public:
  explicit TopK(int64_t top) : top_(std::max<int64_t>(top, 1)) {}
  std::string_view name() const override { return "top-k"; }
  std::vector<ItemPair> next(const Survey &survey, int64_t count, Random &) override {
    beliefs_.refresh(survey);
    auto items = candidates_of(survey);
    if (static_cast<int64_t>(items.size()) <= top_ || is_settled(items)) return {};
    find_border(items);
    PairBatch batch(survey, count);
    const auto list = shortlist(items);
    choose(list, list, batch);
    // Where the list has been asked through: those in doubt and everybody else.
    if (batch.pairs().empty()) choose(list, items, batch);
    return batch.release();
  }

 private:
  struct Worth {
    double worth;
    int32_t a, b;
    bool operator<(const Worth &other) const {
      if (worth != other.worth) return worth > other.worth;
      return a != other.a ? a < other.a : b < other.b;
    }
  };

  bool better_surely(int32_t a, int32_t b) const {
    const double mean = beliefs_.mean(a) - beliefs_.mean(b), variance = beliefs_.difference_variance(a, b);
    return variance > 0 ? normal_share(mean / std::sqrt(variance)) >= certainty : mean > 0;
  }
  // Brings the best to the front of the items.
  bool is_settled(std::vector<int32_t> &items) const {
    auto better = [this](int32_t a, int32_t b) {
      return beliefs_.mean(a) != beliefs_.mean(b) ? beliefs_.mean(a) > beliefs_.mean(b) : a < b;
    };
    const auto behind = items.begin() + top_;
    std::nth_element(items.begin(), behind, items.end(), better);
    const auto last = *std::max_element(items.begin(), behind, better);
    if (!better_surely(last, *behind)) return false;
    return std::all_of(items.begin(), behind, [&](int32_t item) { return better_surely(item, *behind); }) &&
           std::all_of(behind, items.end(), [&](int32_t item) { return better_surely(last, item); });
  }

  double deviation(int32_t item) const { return std::sqrt(std::max(beliefs_.variance(item), 1e-12)); }
  double doubt(double mean, double variance) const {
    return coin_entropy(normal_share((mean - border_) / std::sqrt(std::max(variance, 1e-12))));
  }

  // By bisection; from where it was last time a few steps are enough.
  void find_border(const std::vector<int32_t> &items) {
    auto above = [&](double border) {
      double sum = 0;
      for (auto item : items) {
        const double z = (beliefs_.mean(item) - border) / deviation(item);
        sum += z > 6 ? 1 : z < -6 ? 0 : normal_share(z);
      }
      return sum;
    };
    const double wanted = static_cast<double>(top_), close_enough = .01;
    double low = border_, high = border_, step = .05, count = above(border_);
    if (std::abs(count - wanted) <= close_enough) return;
    const bool up = count > wanted;
    // Ends: far enough away all items are on one side.
    do {
      (up ? low : high) = border_;
      border_ += up ? step : -step;
      step *= 2;
      count = above(border_);
    } while (std::abs(count - wanted) > close_enough && (count > wanted) == up);
    (up ? high : low) = border_;
    for (int i = 0; i < 60 && std::abs(count - wanted) > close_enough; ++i) {
      border_ = (low + high) / 2;
      count = above(border_);
      (count > wanted ? low : high) = border_;
    }
  }

  std::vector<int32_t> shortlist(const std::vector<int32_t> &items) const {
    if (static_cast<std::ptrdiff_t>(items.size()) <= most_doubtful + nearest) return items;
    struct Candidate {
      double deviations, distance;  // from the border; the fewer deviations, the more doubt
      int32_t item;
    };
    std::vector<Candidate> all;
    all.reserve(items.size());
    for (auto item : items) {
      const double distance = std::abs(beliefs_.mean(item) - border_);
      all.push_back({distance / deviation(item), distance, item});
    }
    const auto at = all.begin() + most_doubtful, end = at + nearest;
    std::nth_element(all.begin(), at, all.end(), [](const Candidate &a, const Candidate &b) {
      if (a.deviations != b.deviations) return a.deviations < b.deviations;
      auto x = shuffle_key(a.item), y = shuffle_key(b.item);
      return x != y ? x < y : a.item < b.item;
    });
    std::nth_element(at, end, all.end(), [](const Candidate &a, const Candidate &b) {
      return a.distance != b.distance ? a.distance < b.distance : a.item < b.item;
    });
    std::vector<int32_t> list;
    for (auto it = all.begin(); it != end; ++it) list.push_back(it->item);
    return list;
  }

  double worth_of(int32_t a, int32_t b) const {
    const double slope = std::sqrt(std::numbers::pi / 8);
    const double variance = beliefs_.difference_variance(a, b);
    if (!(variance > 0)) return 0;
    const double va = beliefs_.variance(a), vb = beliefs_.variance(b), ma = beliefs_.mean(a), mb = beliefs_.mean(b);
    const double with_a = (va - vb + variance) / 2, with_b = (vb - va + variance) / 2;  // covariances with d, -d
    const double spread = std::sqrt(1 + slope * slope * variance), z = slope * (ma - mb) / spread;
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    double expected = 0;
    for (double sign : {1.0, -1.0}) {
      const double p = normal_share(sign * z);
      if (p < 1e-12) continue;
      const double ratio = density / p;
      const double shift = sign * slope * ratio / spread;                                    // of the mean
      const double shrink = slope * slope * ratio * (ratio + sign * z) / (spread * spread);  // of the variance
      expected += p * (doubt(ma + with_a * shift, va - with_a * with_a * shrink) +
                       doubt(mb - with_b * shift, vb - with_b * with_b * shrink));
    }
    return doubt(ma, va) + doubt(mb, vb) - expected;
  }

  // Takes the pairs that are worth most of one list's items with another's: one for each item in question if possible.
  void choose(const std::vector<int32_t> &list, const std::vector<int32_t> &others, PairBatch &batch) const {
    std::vector<Worth> pairs;
    for (size_t i = 0; i < list.size(); ++i) {
      Worth best{-1, -1, -1};
      for (size_t j = &list == &others ? i + 1 : 0; j < others.size(); ++j) {
        if (!batch.allows(list[i], others[j])) continue;
        const Worth pair{worth_of(list[i], others[j]), list[i], others[j]};
        if (&list == &others)
          pairs.push_back(pair);
        else if (best.a < 0 || pair < best)
          best = pair;
      }
      if (best.a >= 0) pairs.push_back(best);
    }
    std::sort(pairs.begin(), pairs.end());
    for (bool apart : {true, false})
      for (const auto &pair : pairs) {
        if (batch.full()) return;
        if ((!apart || (batch.is_free(pair.a) && batch.is_free(pair.b))) && batch.allows(pair.a, pair.b))
          batch.take(pair.a, pair.b);
      }
  }

  int64_t top_;
  double border_ = 0;
  Beliefs beliefs_;
};

}  // namespace

std::unique_ptr<Strategy> make_top_k(const StrategyOptions &options) {
  return std::make_unique<TopK>(options.top);
}

}  // namespace kalon
