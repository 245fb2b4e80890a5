#include "rank/maximum_likelihood.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace kalon {
namespace {

// Edges from winners to losers. Between neighbouring ranks of an ordering lies a node of its own, reached from all of
// the better rank and leading to all of the worse.
struct WinGraph {
  int32_t nodes = 0;
  std::vector<int64_t> first;
  std::vector<int32_t> to;

  std::span<const int32_t> beaten(int32_t node) const {
    auto begin = first[static_cast<size_t>(node)], end = first[static_cast<size_t>(node) + 1];
    return std::span(to).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  }
};

template <class Use>
int32_t for_wins(const VoteGraph &graph, const Use &use) {
  const auto &pairs = graph.pairs;
  for (int32_t item = 0; item < graph.items; ++item) {
    auto row = pairs.rows[static_cast<size_t>(item)];
    for (auto slot = row.begin; slot < row.begin + row.size; ++slot) {
      auto s = static_cast<size_t>(slot);
      if (pairs.net[s] > -pairs.count[s]) use(item, pairs.other[s]);
    }
  }
  int32_t nodes = graph.items;
  for (const auto &sequence : graph.choices.sequences) {
    auto at = [&](int32_t place) { return static_cast<size_t>(sequence.begin + place); };
    int32_t end = 0;
    for (int32_t begin = 0; begin < sequence.size; begin = end) {
      end = graph.choices.beyond[at(begin)];
      if (begin > 0)
        for (auto place = begin; place < end; ++place) use(nodes - 1, graph.choices.item[at(place)]);
      if (end == sequence.size) continue;
      for (auto place = begin; place < end; ++place) use(graph.choices.item[at(place)], nodes);
      ++nodes;
    }
  }
  return nodes;
}

WinGraph win_graph(const VoteGraph &graph) {
  WinGraph wins;
  wins.nodes = for_wins(graph, [](int32_t, int32_t) {});
  wins.first.resize(static_cast<size_t>(wins.nodes) + 1);
  for_wins(graph, [&](int32_t from, int32_t) { ++wins.first[static_cast<size_t>(from) + 1]; });
  std::partial_sum(wins.first.begin(), wins.first.end(), wins.first.begin());
  wins.to.resize(static_cast<size_t>(wins.first.back()));
  auto next = wins.first;
  for_wins(graph,
           [&](int32_t from, int32_t to) { wins.to[static_cast<size_t>(next[static_cast<size_t>(from)]++)] = to; });
  return wins;
}

// The strongly connected set of each node (Tarjan 1972, without recursion).
std::vector<int32_t> strong_sets(const WinGraph &graph, int32_t &count) {
  auto nodes = static_cast<size_t>(graph.nodes);
  std::vector<int32_t> set(nodes, -1), lowest(nodes), number(nodes, -1), open;
  struct Visit {
    int32_t node;
    size_t next;
  };
  std::vector<Visit> path;
  int32_t visited = 0;
  count = 0;
  auto enter = [&](int32_t node) {
    number[static_cast<size_t>(node)] = lowest[static_cast<size_t>(node)] = visited++;
    open.push_back(node);
    path.push_back({node, 0});
  };
  for (int32_t start = 0; start < graph.nodes; ++start) {
    if (number[static_cast<size_t>(start)] >= 0) continue;
    enter(start);
    while (!path.empty()) {
      auto &[node, next] = path.back();
      auto here = static_cast<size_t>(node);
      auto beaten = graph.beaten(node);
      if (next < beaten.size()) {
        auto to = static_cast<size_t>(beaten[next++]);
        if (number[to] < 0)
          enter(static_cast<int32_t>(to));
        else if (set[to] < 0)
          lowest[here] = std::min(lowest[here], number[to]);
        continue;
      }
      path.pop_back();
      if (!path.empty()) {
        auto above = static_cast<size_t>(path.back().node);
        lowest[above] = std::min(lowest[above], lowest[here]);
      }
      if (lowest[here] != number[here]) continue;
      for (int32_t member = -1; member != static_cast<int32_t>(here);) {
        member = open.back();
        open.pop_back();
        set[static_cast<size_t>(member)] = count;
      }
      ++count;
    }
  }
  return set;
}

std::string items_text(const std::vector<int32_t> &items, const std::function<std::string(int32_t)> &name) {
  constexpr size_t most = 5;
  std::string text = name ? "" : items.size() == 1 ? "item " : "items ";
  for (size_t i = 0; i < std::min(items.size(), most); ++i)
    text += (i ? ", " : "") + (name ? name(items[i]) : std::to_string(items[i]));
  if (items.size() > most) text += " and " + std::to_string(items.size() - most) + " more";
  return text;
}

std::string no_maximum(const std::string &why) {
  return "these votes have no utilities of greatest likelihood: " + why +
         "; collect votes that tell, or bound the utilities by a prior (--prior-variance V)";
}

}  // namespace

std::vector<UnboundedSet> unbounded_sets(const VoteGraph &graph) {
  auto wins = win_graph(graph);
  int32_t count = 0;
  auto set = strong_sets(wins, count);
  std::vector<uint8_t> beats(static_cast<size_t>(count)), is_beaten(static_cast<size_t>(count));
  for (int32_t node = 0; node < wins.nodes; ++node)
    for (auto to : wins.beaten(node)) {
      auto from_set = static_cast<size_t>(set[static_cast<size_t>(node)]);
      auto to_set = static_cast<size_t>(set[static_cast<size_t>(to)]);
      if (from_set != to_set) beats[from_set] = is_beaten[to_set] = 1;
    }
  std::vector<std::vector<int32_t>> members(static_cast<size_t>(count));
  for (int32_t item = 0; item < graph.items; ++item)
    members[static_cast<size_t>(set[static_cast<size_t>(item)])].push_back(item);
  auto largest = std::max_element(members.begin(), members.end(),
                                  [](const auto &a, const auto &b) { return a.size() < b.size(); });
  std::vector<UnboundedSet> sets;
  for (auto member = members.begin(); member != members.end(); ++member) {
    auto s = static_cast<size_t>(member - members.begin());
    if (member == largest || member->empty() || (beats[s] && is_beaten[s])) continue;
    auto kind = beats[s] ? Unbounded::always_wins : is_beaten[s] ? Unbounded::always_loses : Unbounded::apart;
    sets.push_back({kind, std::move(*member)});
  }
  std::sort(sets.begin(), sets.end(), [](const UnboundedSet &a, const UnboundedSet &b) {
    return a.items.size() != b.items.size() ? a.items.size() < b.items.size() : a.items < b.items;
  });
  return sets;
}

std::string described(const std::vector<UnboundedSet> &sets, const std::function<std::string(int32_t)> &name) {
  constexpr size_t most = 3;
  std::string text;
  for (size_t i = 0; i < std::min(sets.size(), most); ++i) {
    const auto &[kind, items] = sets[i];
    text += (i ? "; " : "") + items_text(items, name);
    text += kind == Unbounded::always_wins    ? " won every vote against the others"
            : kind == Unbounded::always_loses ? " lost every vote against the others"
            : items.size() == 1               ? " was never compared with the others"
                                              : " were never compared with the others";
  }
  if (sets.size() > most) text += "; and " + std::to_string(sets.size() - most) + " more such sets";
  return text;
}

NoGreatestLikelihood::NoGreatestLikelihood(std::vector<UnboundedSet> sets)
    : Error(Status::invalid_argument, no_maximum(described(sets))), sets_(std::move(sets)) {}

Error NoGreatestLikelihood::named(const std::function<std::string(int32_t)> &name, std::string context) const {
  return {Status::invalid_argument, no_maximum(described(sets_, name)), std::move(context)};
}

}  // namespace kalon
