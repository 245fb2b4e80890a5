#include "rank/cycles.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/random.h"

namespace kalon {
namespace {

struct Edge {
  int32_t to = 0;      // a place
  bool forth = false;  // the item it starts from is preferred
  uint32_t tally = 0;  // its number
};

// Majorities as edges from each item to those of more majorities, so that every triad is met once, from its item of
// fewest. Items are called by their places in that order.
struct Graph {
  std::vector<int32_t> item_at;  // by place
  std::vector<uint64_t> begin;   // by place, into edges
  std::vector<Edge> edges;       // by place of their start, then of their end
  std::vector<uint64_t> wins;    // by place
  std::span<const Edge> from(int32_t place) const {
    auto at = static_cast<size_t>(place);
    return std::span(edges).subspan(begin[at], begin[at + 1] - begin[at]);
  }
  const Edge *find(int32_t from_place, int32_t to) const {
    auto own = from(from_place);
    auto found =
        std::lower_bound(own.begin(), own.end(), to, [](const Edge &edge, int32_t place) { return edge.to < place; });
    return found != own.end() && found->to == to ? &*found : nullptr;
  }
};

Graph graph_of(int32_t items, std::span<const PairTally> tallies) {
  auto count = static_cast<size_t>(items);
  std::vector<uint32_t> degrees(count);
  for (const auto &tally : tallies)
    if (tally.margin() != 0) ++degrees[static_cast<size_t>(tally.low)], ++degrees[static_cast<size_t>(tally.high)];
  Graph graph;
  graph.item_at.resize(count);
  std::iota(graph.item_at.begin(), graph.item_at.end(), 0);
  std::stable_sort(graph.item_at.begin(), graph.item_at.end(), [&](int32_t a, int32_t b) {
    return degrees[static_cast<size_t>(a)] < degrees[static_cast<size_t>(b)];
  });
  std::vector<int32_t> place_of(count);
  for (int32_t place = 0; place < items; ++place)
    place_of[static_cast<size_t>(graph.item_at[static_cast<size_t>(place)])] = place;
  graph.begin.assign(count + 1, 0);
  graph.wins.assign(count, 0);
  auto each_majority = [&](const auto &take) {
    for (size_t i = 0; i < tallies.size(); ++i) {
      if (tallies[i].margin() == 0) continue;
      auto low = place_of[static_cast<size_t>(tallies[i].low)], high = place_of[static_cast<size_t>(tallies[i].high)];
      bool low_first = low<high, low_wins = tallies[i].margin()> 0;
      take(std::min(low, high), Edge{std::max(low, high), low_first == low_wins, static_cast<uint32_t>(i)});
    }
  };
  each_majority([&](int32_t from, const Edge &edge) {
    ++graph.begin[static_cast<size_t>(from) + 1];
    ++graph.wins[static_cast<size_t>(edge.forth ? from : edge.to)];
  });
  std::partial_sum(graph.begin.begin(), graph.begin.end(), graph.begin.begin());
  graph.edges.resize(graph.begin.back());
  auto next = graph.begin;
  each_majority([&](int32_t from, const Edge &edge) { graph.edges[next[static_cast<size_t>(from)]++] = edge; });
  for (int32_t place = 0; place < items; ++place) {
    auto own = graph.edges.begin() + static_cast<int64_t>(graph.begin[static_cast<size_t>(place)]);
    auto end = graph.edges.begin() + static_cast<int64_t>(graph.begin[static_cast<size_t>(place) + 1]);
    std::sort(own, end, [](const Edge &a, const Edge &b) { return a.to < b.to; });
  }
  return graph;
}

// The best supported cycles that were offered, no more than asked for.
class Examples {
 public:
  Examples(const Graph &graph, std::span<const PairTally> tallies, size_t most)
      : graph_(graph), tallies_(tallies), most_(most) {}

  // A circular triad by its edges from the first item to the second and third, and from the second to the third.
  void offer(int32_t first, const Edge &second, const Edge &third, const Edge &opposite) {
    if (most_ == 0) return;
    Cycle cycle;
    cycle.margin = INT64_MAX;
    for (const auto *edge : {&second, &third, &opposite}) {
      const auto &tally = tallies_[edge->tally];
      cycle.votes += tally.votes();
      cycle.margin = std::min(cycle.margin, std::abs(tally.margin()));
    }
    if (cycles_.size() == most_ &&
        std::tuple(cycle.margin, cycle.votes) < std::tuple(cycles_.back().margin, cycles_.back().votes))
      return;
    auto item = [&](int32_t place) { return graph_.item_at[static_cast<size_t>(place)]; };
    cycle.items = {item(first), item(second.to), item(third.to)};
    if (!second.forth) std::swap(cycle.items[1], cycle.items[2]);
    std::rotate(cycle.items.begin(), std::min_element(cycle.items.begin(), cycle.items.end()), cycle.items.end());
    auto at = std::lower_bound(cycles_.begin(), cycles_.end(), cycle, before);
    if (at != cycles_.end() && at->items == cycle.items) return;
    cycles_.insert(at, cycle);
    if (cycles_.size() > most_) cycles_.pop_back();
  }

  std::vector<Cycle> take() { return std::move(cycles_); }

 private:
  static bool before(const Cycle &a, const Cycle &b) {
    return std::tuple(-a.margin, b.votes, a.items) < std::tuple(-b.margin, a.votes, b.items);
  }

  const Graph &graph_;
  std::span<const PairTally> tallies_;
  size_t most_;
  std::vector<Cycle> cycles_;
};

bool is_circular(const Edge &second, const Edge &third, const Edge &opposite) {
  return second.forth != third.forth && second.forth == opposite.forth;
}

uint64_t work_of(const Graph &graph) {
  uint64_t work = 0;
  for (const auto &edge : graph.edges) work += graph.from(edge.to).size();
  return work;
}

void count_all(const Graph &graph, Cycles &result, Examples &examples, Task &task) {
  auto items = static_cast<int32_t>(graph.item_at.size());
  std::vector<const Edge *> reached(graph.item_at.size());
  uint64_t triads = 0, circular = 0, looked = 0;
  for (int32_t first = 0; first < items; ++first) {
    auto own = graph.from(first);
    if (own.size() < 2) continue;
    for (const auto &edge : own) reached[static_cast<size_t>(edge.to)] = &edge;
    for (const auto &second : own) {
      for (const auto &opposite : graph.from(second.to)) {
        const auto *third = reached[static_cast<size_t>(opposite.to)];
        if (third == nullptr) continue;
        ++triads;
        if (!is_circular(second, *third, opposite)) continue;
        ++circular;
        examples.offer(first, second, *third, opposite);
      }
      if ((++looked & 1023) == 0) task.throw_if_cancelled();
    }
    for (const auto &edge : own) reached[static_cast<size_t>(edge.to)] = nullptr;
  }
  result.triads = static_cast<double>(triads);
  result.circular = static_cast<double>(circular);
  result.circular_interval = {result.circular, result.circular};
}

// Looks at two edges of one start, all such pairs being equally likely: a triad has one pair of edges from its first
// item, so that the share of them that a third edge closes tells the number of triads.
void sample(const Graph &graph, const CycleOptions &options, Cycles &result, Examples &examples, Task &task) {
  std::vector<uint64_t> pairs_until(graph.item_at.size());
  uint64_t pairs = 0;
  for (size_t place = 0; place < pairs_until.size(); ++place) {
    uint64_t own = graph.begin[place + 1] - graph.begin[place];
    pairs_until[place] = pairs += own * (own - std::min<uint64_t>(own, 1)) / 2;
  }
  if (pairs == 0) return;
  Random random(options.seed);
  uint64_t closed = 0, circular = 0;
  for (uint64_t i = 0; i < options.samples; ++i) {
    if ((i & 4095) == 0) task.throw_if_cancelled();
    auto drawn = static_cast<uint64_t>(random.unit() * static_cast<double>(pairs));
    auto place =
        std::upper_bound(pairs_until.begin(), pairs_until.end(), std::min(drawn, pairs - 1)) - pairs_until.begin();
    auto own = graph.from(static_cast<int32_t>(place));
    auto one = random.below(own.size()), other = random.below(own.size() - 1);
    other += other >= one ? 1 : 0;
    const auto &second = own[std::min(one, other)], &third = own[std::max(one, other)];
    const auto *opposite = graph.find(second.to, third.to);
    if (opposite == nullptr) continue;
    ++closed;
    if (!is_circular(second, third, *opposite)) continue;
    ++circular;
    examples.offer(static_cast<int32_t>(place), second, third, *opposite);
  }
  auto all = static_cast<double>(pairs);
  auto share = share_of(circular, options.samples);
  result.exact = false;
  result.triads = all * share_of(closed, options.samples).share;
  result.circular = all * share.share;
  result.circular_interval = {all * share.interval.lower, all * share.interval.upper};
}

}  // namespace

Cycles find_cycles(int32_t items, std::span<const PairTally> tallies, const CycleOptions &options, Task &task) {
  auto graph = graph_of(items, tallies);
  Cycles result;
  Examples examples(graph, tallies, options.examples);
  bool all = work_of(graph) <= options.most_work;
  if (all)
    count_all(graph, result, examples, task);
  else
    sample(graph, options, result, examples, task);

  std::vector<uint8_t> voted(static_cast<size_t>(items));
  for (const auto &tally : tallies) voted[static_cast<size_t>(tally.low)] = voted[static_cast<size_t>(tally.high)] = 1;
  auto n = static_cast<double>(std::count(voted.begin(), voted.end(), 1));
  if (n >= 3 && static_cast<double>(graph.edges.size()) == n * (n - 1) / 2) {
    // In a complete tournament the numbers of wins tell how many triads have a winner.
    double with_winner = 0;
    for (auto wins : graph.wins) with_winner += static_cast<double>(wins) * (static_cast<double>(wins) - 1) / 2;
    result.triads = n * (n - 1) * (n - 2) / 6;
    result.circular = result.triads - with_winner;
    result.circular_interval = {result.circular, result.circular};
    result.exact = true;
    bool odd = static_cast<int64_t>(n) % 2 == 1;
    result.consistence = 1 - 24 * result.circular / (n * n * n - (odd ? n : 4 * n));
  }
  result.share = result.triads > 0 ? result.circular / result.triads : 0;
  result.examples = examples.take();
  return result;
}

}  // namespace kalon
