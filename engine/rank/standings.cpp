#include "rank/standings.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr int64_t drawn_at_once = 16 << 20;  // numbers

void require_valid(const Posterior &posterior, const StandingsOptions &options) {
  auto refuse = [](const char *why) { throw Error(Status::invalid_argument, why); };
  if (!(options.level > 0 && options.level < 1)) refuse("the level of intervals must lie between 0 and 1");
  if (!(options.certainty > 0.5 && options.certainty < 1)) refuse("the certainty must lie between 0.5 and 1");
  if (options.top < 1) refuse("the top must have one item or more");
  if (options.draws < 0) refuse("the number of draws must not be negative");
  if (!options.ranked.empty() && options.ranked.size() != posterior.means.size())
    refuse("the table of items that take part must have one entry for each item");
  for (double mean : posterior.means)
    if (!std::isfinite(mean)) throw Error(Status::internal, "an estimator found a utility that is not a number");
}

// Calls use(draw, values of all items) for all draws, those of a batch at the same time.
template <class Use>
void for_each_draw(const Posterior &posterior, int64_t count, uint64_t seed, Task &task, const Use &use) {
  int64_t items = posterior.items(), batch = std::max<int64_t>(1, drawn_at_once / std::max<int64_t>(1, items));
  Random seeds(seed);
  task.phase("drawing", static_cast<uint64_t>(count));
  for (int64_t first = 0; first < count; first += batch) {
    task.throw_if_cancelled();
    int64_t some = std::min(batch, count - first);
    auto values = posterior.draws(some, seeds.next());
    parallel_for(some, [&](int64_t draw) {
      task.throw_if_cancelled();
      use(first + draw, values.data() + draw * items);
      task.advance();
    });
  }
}

// The smallest of the values with at least this share of all at or below it (as numpy.quantile's inverted_cdf).
int32_t quantile_of(std::span<int32_t> values, double share) {
  auto at = static_cast<int64_t>(std::ceil(share * static_cast<double>(values.size()) - 1e-9)) - 1;
  auto place = values.begin() + std::clamp<int64_t>(at, 0, static_cast<int64_t>(values.size()) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace

int64_t standard_draws(int64_t items) {
  items = std::max<int64_t>(1, items);
  return std::clamp<int64_t>(std::max(2'000'000 / items, std::min<int64_t>(200, 20'000'000 / items)), 64, 4000);
}

std::vector<int32_t> order_by_mean(std::span<const double> means, std::span<const uint8_t> ranked) {
  std::vector<int32_t> order;
  order.reserve(means.size());
  for (size_t i = 0; i < means.size(); ++i)
    if (ranked.empty() || ranked[i] != 0) order.push_back(static_cast<int32_t>(i));
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    double of_a = means[static_cast<size_t>(a)], of_b = means[static_cast<size_t>(b)];
    return of_a > of_b || (of_a == of_b && a < b);
  });
  return order;
}

bool is_top_settled(const Posterior &posterior, std::span<const int32_t> order, int64_t top, double certainty) {
  if (posterior.variances.empty() || top < 1) return false;
  if (static_cast<size_t>(top) >= order.size()) return true;
  auto last = order.begin() + top - 1;
  // An item far away needs no covariance, which may be costly to find: it is enough for the worst one there can be.
  auto better = [&](int32_t a, int32_t b) {
    auto at_a = static_cast<size_t>(a), at_b = static_cast<size_t>(b);
    double worst = std::sqrt(posterior.variances[at_a]) + std::sqrt(posterior.variances[at_b]);
    return probability_above(posterior.means[at_a] - posterior.means[at_b], worst * worst) >= certainty ||
           probability_better(posterior, a, b) >= certainty;
  };
  return std::all_of(order.begin(), last + 1, [&](int32_t item) { return better(item, last[1]); }) &&
         std::all_of(last + 1, order.end(), [&](int32_t item) { return better(*last, item); });
}

Standings make_standings(const Posterior &posterior, const StandingsOptions &options, Task &task) {
  require_valid(posterior, options);
  auto items = static_cast<size_t>(posterior.items());
  Standings found;
  found.order = order_by_mean(posterior.means, options.ranked);
  size_t ranked = found.order.size();
  found.rank.assign(items, 0);
  found.mean.assign(items, 0);
  for (size_t place = 0; place < ranked; ++place) {
    auto item = static_cast<size_t>(found.order[place]);
    found.rank[item] = static_cast<int32_t>(place + 1);
    found.mean[item] = posterior.means[item];
  }
  if (posterior.variances.empty()) return found;

  double z = normal_quantile((1 + options.level) / 2);
  found.sd.assign(items, 0);
  found.mean_interval.assign(items, {});
  found.rank_interval.assign(items, {});
  found.top_probability.assign(items, 0);
  for (int32_t item : found.order) {
    auto at = static_cast<size_t>(item);
    found.sd[at] = std::sqrt(posterior.variances[at]);
    found.mean_interval[at] = {posterior.means[at] - z * found.sd[at], posterior.means[at] + z * found.sd[at]};
  }
  int64_t settled = 0;
  for (size_t place = 0; place + 1 < ranked; ++place) {
    found.better_than_next.push_back(probability_better(posterior, found.order[place], found.order[place + 1]));
    settled += found.better_than_next.back() >= options.certainty ? 1 : 0;
  }
  found.settled_share = ranked < 2 ? 1 : static_cast<double>(settled) / static_cast<double>(ranked - 1);
  found.top_settled = is_top_settled(posterior, found.order, options.top, options.certainty);
  if (ranked == 0) return found;

  found.draws = options.draws > 0 ? options.draws : standard_draws(static_cast<int64_t>(items));
  auto draws = static_cast<size_t>(found.draws);
  std::vector<int32_t> ranks(draws * ranked);  // draw by draw; by place in the order
  for_each_draw(posterior, found.draws, options.seed, task, [&](int64_t draw, const double *values) {
    struct Drawn {
      double value;
      int32_t place;
    };
    std::vector<Drawn> sorted(ranked);
    for (size_t place = 0; place < ranked; ++place)
      sorted[place] = {values[found.order[place]], static_cast<int32_t>(place)};
    std::sort(sorted.begin(), sorted.end(), [](const Drawn &a, const Drawn &b) {
      return a.value > b.value || (a.value == b.value && a.place < b.place);
    });
    int32_t *row = ranks.data() + static_cast<size_t>(draw) * ranked;
    for (size_t place = 0; place < ranked; ++place) row[sorted[place].place] = static_cast<int32_t>(place + 1);
  });
  // Sixteen items at a time read whole cache lines of the table.
  constexpr size_t block = 16;
  parallel_for(static_cast<int64_t>((ranked + block - 1) / block), [&](int64_t number) {
    task.throw_if_cancelled();
    size_t first = static_cast<size_t>(number) * block, some = std::min(block, ranked - first);
    std::vector<int32_t> columns(some * draws);
    for (size_t draw = 0; draw < draws; ++draw)
      for (size_t i = 0; i < some; ++i) columns[i * draws + draw] = ranks[draw * ranked + first + i];
    for (size_t i = 0; i < some; ++i) {
      std::span<int32_t> column(columns.data() + i * draws, draws);
      auto item = static_cast<size_t>(found.order[first + i]);
      auto above = std::count_if(column.begin(), column.end(), [&](int32_t rank) { return rank <= options.top; });
      found.top_probability[item] = static_cast<double>(above) / static_cast<double>(draws);
      // Where little is known the place of the mean may lie outside of what the draws say.
      auto rank = static_cast<int32_t>(first + i + 1);
      found.rank_interval[item].low = std::min(rank, quantile_of(column, (1 - options.level) / 2));
      found.rank_interval[item].high = std::max(rank, quantile_of(column, (1 + options.level) / 2));
    }
  });
  return found;
}

GroupStandings make_group_standings(const Posterior &posterior, std::span<const int32_t> groups, int32_t count,
                                    const StandingsOptions &options, Task &task) {
  require_valid(posterior, options);
  auto items = static_cast<size_t>(posterior.items());
  if (groups.size() != items)
    throw Error(Status::invalid_argument, "the table of groups must have one entry for each item");
  GroupStandings found;
  found.groups.assign(static_cast<size_t>(std::max(0, count)), {});
  std::vector<int32_t> members;
  for (size_t i = 0; i < items; ++i) {
    if (groups[i] < -1 || groups[i] >= count)
      throw Error(Status::invalid_argument, "an item is of a group that is none", "item " + std::to_string(i));
    if (groups[i] < 0 || (!options.ranked.empty() && options.ranked[i] == 0)) continue;
    auto &group = found.groups[static_cast<size_t>(groups[i])];
    ++group.items;
    group.mean += posterior.means[i];
    members.push_back(static_cast<int32_t>(i));
  }
  std::vector<int32_t> present;
  for (int32_t g = 0; g < count; ++g) {
    auto &group = found.groups[static_cast<size_t>(g)];
    if (group.items == 0) continue;
    group.mean /= group.items;
    group.interval = {group.mean, group.mean};
    present.push_back(g);
  }
  found.certain = !posterior.variances.empty();
  if (!found.certain || present.empty()) return found;

  int64_t draws = options.draws > 0 ? options.draws : standard_draws(static_cast<int64_t>(items));
  auto all = static_cast<size_t>(count);
  // Draw by draw, so that threads do not meet; at most as many numbers as the draws themselves.
  std::vector<double> sums(static_cast<size_t>(draws) * all);
  for_each_draw(posterior, draws, options.seed, task, [&](int64_t draw, const double *values) {
    double *row = sums.data() + static_cast<size_t>(draw) * all;
    for (int32_t item : members) row[groups[static_cast<size_t>(item)]] += values[item];
    for (int32_t g : present) row[g] /= found.groups[static_cast<size_t>(g)].items;
  });
  bool pairwise = count <= most_pairwise_groups;
  if (pairwise) found.better.assign(all * all, 0);
  std::vector<double> squares(all);
  double share = 1 / static_cast<double>(draws);
  for (int64_t draw = 0; draw < draws; ++draw) {
    task.throw_if_cancelled();
    const double *row = sums.data() + static_cast<size_t>(draw) * all;
    int32_t best = present.front();
    for (int32_t g : present) {
      auto at = static_cast<size_t>(g);
      double deviation = row[g] - found.groups[at].mean;
      squares[at] += deviation * deviation;
      if (row[g] > row[best]) best = g;
      if (!pairwise) continue;
      for (int32_t other : present) {
        found.better[at * all + static_cast<size_t>(other)] += row[g] > row[other] ? 1 : row[g] == row[other] ? 0.5 : 0;
      }
    }
    found.groups[static_cast<size_t>(best)].best_probability += 1;
  }
  for (double &better : found.better) better *= share;
  double z = normal_quantile((1 + options.level) / 2);
  for (int32_t g : present) {
    auto &group = found.groups[static_cast<size_t>(g)];
    group.best_probability *= share;
    group.sd = std::sqrt(squares[static_cast<size_t>(g)] * share);  // about the mean that is known
    group.interval = {group.mean - z * group.sd, group.mean + z * group.sd};
  }
  return found;
}

}  // namespace kalon
