#include "rank/votes_to_settle.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "base/threads.h"
#include "rank/standings.h"

namespace kalon {
namespace {

constexpr int64_t draws_for_contenders = 128;
constexpr double open_share = 1.0 / draws_for_contenders;
constexpr size_t looked_at = 24;     // items among which the next pair is chosen
constexpr double work_in_all = 6e9;  // additions of the covariance update, about, eight of which go at once

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

// What a world starts from: the open items, and their utilities with covariances relative to one of them, in logits.
struct Start {
  std::vector<int32_t> items;
  size_t wanted = 0;               // of them, so many are among the best
  std::vector<double> means;       // by open item
  std::vector<double> covariance;  // open x open
  std::vector<uint8_t> asked;      // open x open: votes, up to 255
};

class World {
 public:
  World(const Start &start, const SettleOptions &options, const double *truth, uint64_t seed)
      : options_(options),
        size_(start.items.size()),
        wanted_(start.wanted),
        means_(start.means),
        covariance_(start.covariance),
        asked_(start.asked),
        truth_(truth),
        random_(seed),
        order_(size_),
        doubt_(size_),
        open_(size_) {
    std::iota(order_.begin(), order_.end(), size_t{0});
  }

  // Votes until it is settled; nothing when that needs more than `most`, or no pair is left.
  std::optional<int64_t> run(int64_t most, Task &task) {
    for (int64_t votes = 0; votes <= most; ++votes) {
      if (votes % 64 == 0) task.throw_if_cancelled();
      if (settled()) return votes;
      if (votes == most) break;
      if (!vote()) {
        out_of_pairs_ = true;
        break;
      }
    }
    return std::nullopt;
  }
  bool out_of_pairs() const { return out_of_pairs_; }

 private:
  double variance(size_t a, size_t b) const {
    return std::max(1e-12, covariance_[a * size_ + a] + covariance_[b * size_ + b] - 2 * covariance_[a * size_ + b]);
  }

  // Finds how likely each item is on the wrong side of the border.
  bool settled() {
    auto border = order_.begin() + static_cast<std::ptrdiff_t>(wanted_);
    std::nth_element(order_.begin(), border, order_.end(), [&](size_t a, size_t b) { return means_[a] > means_[b]; });
    size_t last = *std::min_element(order_.begin(), border, [&](size_t a, size_t b) { return means_[a] < means_[b]; });
    size_t first = *border;
    double worst = 0;
    for (size_t i = 0; i < size_; ++i) {
      size_t item = order_[i];
      bool kept = i < wanted_;
      double above = kept ? means_[item] - means_[first] : means_[last] - means_[item];
      doubt_[item] = probability_above(-above, variance(item, kept ? first : last));
      worst = std::max(worst, doubt_[item]);
    }
    return worst <= 1 - options_.certainty;
  }

  bool may_ask(size_t a, size_t b) const {
    return a != b && (options_.most_asked == 0 || asked_[a * size_ + b] < options_.most_asked);
  }

  // The pair among the first `doubtful` of open_ and the first `others` whose vote tells most of who is in doubt.
  bool choose(size_t doubtful, size_t others, size_t &left, size_t &right) const {
    double best = -1;
    for (size_t i = 0; i < doubtful; ++i)
      for (size_t j = others == size_ ? 0 : i + 1; j < others; ++j) {
        size_t a = open_[i], b = open_[j];
        if (!may_ask(a, b)) continue;
        double p = logistic(means_[a] - means_[b]);
        double worth = p * (1 - p) * variance(a, b) * (doubt_[a] + doubt_[b]);
        if (worth > best) best = worth, left = a, right = b;
      }
    return best >= 0;
  }

  bool vote() {
    std::iota(open_.begin(), open_.end(), size_t{0});
    size_t doubtful = std::min(looked_at, size_);
    std::nth_element(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(doubtful) - 1, open_.end(),
                     [&](size_t a, size_t b) { return doubt_[a] > doubt_[b]; });
    size_t a = 0, b = 0;
    if (!choose(doubtful, doubtful, a, b) && !choose(doubtful, size_, a, b) && !choose(size_, size_, a, b))
      return false;
    for (size_t at : {a * size_ + b, b * size_ + a}) asked_[at] = static_cast<uint8_t>(std::min(255, asked_[at] + 1));
    learn(a, b, random_.unit() < logistic(truth_[a] - truth_[b]) ? 1 : 0);
    return true;
  }

  // One Laplace step: the mode of the difference under its normal prior and this answer, then what the change of the
  // difference says of all others.
  void learn(size_t a, size_t b, double answer) {
    double spread = variance(a, b), prior = means_[a] - means_[b], difference = prior, p = logistic(difference);
    for (int i = 0; i < 8; ++i) {
      difference -= (difference - prior - spread * (answer - p)) / (1 + spread * p * (1 - p));
      p = logistic(difference);
    }
    std::vector<double> gain(size_);
    for (size_t i = 0; i < size_; ++i) gain[i] = covariance_[i * size_ + a] - covariance_[i * size_ + b];
    double shift = (difference - prior) / spread, shrink = p * (1 - p) / (1 + spread * p * (1 - p));
    for (size_t i = 0; i < size_; ++i) {
      means_[i] += gain[i] * shift;
      double factor = gain[i] * shrink, *row = covariance_.data() + i * size_;
      for (size_t j = 0; j < size_; ++j) row[j] -= factor * gain[j];
    }
  }

  const SettleOptions &options_;
  size_t size_, wanted_;
  std::vector<double> means_, covariance_;
  std::vector<uint8_t> asked_;
  const double *truth_;
  Random random_;
  std::vector<size_t> order_;  // the best first as far as the border tells them apart
  std::vector<double> doubt_;  // by open item
  std::vector<size_t> open_;   // the most doubtful first, as far as they are looked at
  bool out_of_pairs_ = false;
};

// Open are the items that are among the best in some draws and not in others; the rest are in or out for good.
Start start_of(const Posterior &posterior, std::span<const int32_t> order, const PairCounts &asked,
               const SettleOptions &options, VotesToSettle &found) {
  auto items = static_cast<size_t>(posterior.items()), top = static_cast<size_t>(options.top);
  std::vector<int32_t> within(items);
  Random random(options.seed);
  int64_t batch = std::clamp<int64_t>((16 << 20) / static_cast<int64_t>(items), 1, draws_for_contenders);
  for (int64_t done = 0; done < draws_for_contenders; done += batch) {
    int64_t some = std::min(batch, draws_for_contenders - done);
    auto values = posterior.draws(some, random.next());
    std::vector<int32_t> best(order.begin(), order.end());
    for (int64_t draw = 0; draw < some; ++draw) {
      const double *row = values.data() + static_cast<size_t>(draw) * items;
      std::nth_element(best.begin(), best.begin() + options.top - 1, best.end(),
                       [&](int32_t a, int32_t b) { return row[a] > row[b]; });
      for (size_t i = 0; i < top; ++i) ++within[static_cast<size_t>(best[i])];
    }
  }
  Start start;
  start.wanted = top;
  for (size_t place = 0; place < order.size(); ++place) {
    double share = static_cast<double>(within[static_cast<size_t>(order[place])]) / draws_for_contenders;
    // Those at the border are always looked at.
    bool border = place + 1 == top || place == top;
    if ((share >= open_share && share <= 1 - open_share) || border)
      start.items.push_back(order[place]);
    else if (place < top)
      --start.wanted;
  }
  found.contenders = static_cast<int64_t>(start.items.size());
  size_t size = start.items.size();
  if (found.contenders > most_contenders) return start;
  double unit = posterior.unit;
  for (int32_t item : start.items) start.means.push_back(posterior.means[static_cast<size_t>(item)] / unit);
  // Var(a − b) for all pairs gives the covariances of the utilities relative to the first item.
  std::vector<double> to_first(size);
  for (size_t i = 1; i < size; ++i) to_first[i] = posterior.difference_variance(start.items[0], start.items[i]);
  start.covariance.assign(size * size, 0);
  start.asked.assign(size * size, 0);
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double between = i == j ? 0 : posterior.difference_variance(start.items[i], start.items[j]);
      double value = (to_first[i] + to_first[j] - between) / 2 / (unit * unit);
      int32_t times = i == j ? 0 : asked.of(start.items[i], start.items[j]);
      for (size_t at : {i * size + j, j * size + i}) {
        start.covariance[at] = value;
        start.asked[at] = static_cast<uint8_t>(std::min(255, times));
      }
    }
  return start;
}

}  // namespace

VotesToSettle votes_to_settle(const Posterior &posterior, const PairCounts &asked, const SettleOptions &options,
                              Task &task) {
  if (posterior.variances.empty())
    throw Error(Status::invalid_argument, "this estimator has no variances, so that nothing is ever settled");
  if (!(options.certainty > 0.5 && options.certainty < 1) || options.top < 1 || options.worlds < 8 ||
      options.most_votes < 1)
    throw Error(Status::invalid_argument, "options of the estimate of votes are outside their ranges");
  VotesToSettle found;
  auto order = order_by_mean(posterior.means, options.ranked);
  found.settled = is_top_settled(posterior, order, options.top, options.certainty) ||
                  static_cast<size_t>(options.top) >= order.size();
  if (found.settled) {
    found.low = found.median = found.high = 0;
    return found;
  }
  auto start = start_of(posterior, order, asked, options, found);
  found.too_early = found.contenders > most_contenders;
  if (found.too_early) return found;

  auto size = start.items.size();
  Random random(options.seed + 1);
  auto drawn = posterior.draws(options.worlds, random.next());
  std::vector<std::vector<double>> truths(static_cast<size_t>(options.worlds));
  std::vector<uint64_t> seeds;
  for (size_t world = 0; world < truths.size(); ++world) {
    for (int32_t item : start.items)
      truths[world].push_back(drawn[world * static_cast<size_t>(posterior.items()) + static_cast<size_t>(item)] /
                              posterior.unit);
    seeds.push_back(random.next());
  }
  drawn = {};
  double one_vote = static_cast<double>(size * size + 200 * size + 64 * looked_at * looked_at);
  found.looked_ahead = std::clamp(static_cast<int64_t>(work_in_all / static_cast<double>(options.worlds) / one_vote),
                                  int64_t{1}, options.most_votes);
  std::vector<std::optional<int64_t>> needed(truths.size());
  task.phase("simulating", static_cast<uint64_t>(options.worlds));
  std::vector<uint8_t> out_of_pairs(truths.size());
  parallel_for(options.worlds, [&](int64_t number) {
    auto at = static_cast<size_t>(number);
    World world(start, options, truths[at].data(), seeds[at]);
    needed[at] = world.run(found.looked_ahead, task);
    out_of_pairs[at] = world.out_of_pairs();
    task.advance();
  });
  found.out_of_pairs = static_cast<double>(std::count(out_of_pairs.begin(), out_of_pairs.end(), 1)) /
                       static_cast<double>(options.worlds);
  std::sort(needed.begin(), needed.end(), [](const auto &a, const auto &b) {
    return a.has_value() && (!b.has_value() || *a < *b);  // those that need more come last
  });
  auto of_share = [&](double share) {
    return needed[static_cast<size_t>(std::ceil(share * static_cast<double>(needed.size()))) - 1];
  };
  found.low = of_share(0.1);
  found.median = of_share(0.5);
  found.high = of_share(0.9);
  return found;
}

}  // namespace kalon
