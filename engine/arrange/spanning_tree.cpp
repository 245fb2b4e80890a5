#include "arrange/spanning_tree.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include "base/disjoint_sets.h"
#include "base/threads.h"
#include "index/distance.h"

namespace kalon {
namespace {

// An edge out of a component, shorter ones first; ties are broken so that all components agree.
struct Way {
  float length = std::numeric_limits<float>::infinity();
  int32_t a = -1, b = -1;
  bool operator<(const Way &other) const {
    auto key = [](const Way &way) { return std::tuple(way.length, std::min(way.a, way.b), std::max(way.a, way.b)); };
    return key(*this) < key(other);
  }
};

// Joins components along the shortest edges of the graph, whose node i is the tree's node nodes[i], until no edge leads
// out of any.
void join_along(const Neighbours &graph, std::span<const int32_t> nodes, DisjointSets &components,
                std::vector<TreeEdge> &tree, const Task &task) {
  std::vector<int32_t> looked_at(nodes.size(), 0);  // of each list the part that lies within the node's component
  std::vector<Way> shortest;
  std::vector<int32_t> active(nodes.size());
  std::iota(active.begin(), active.end(), 0);
  while (!active.empty() && components.count() > 1) {
    task.throw_if_cancelled();
    shortest.assign(static_cast<size_t>(components.numbers()), {});
    std::vector<int32_t> still;
    for (int32_t i : active) {
      int32_t own = components.of(nodes[i]);
      int64_t j = looked_at[i];
      while (j < graph.k && components.of(nodes[graph.rows[i * graph.k + j]]) == own) ++j;
      looked_at[i] = static_cast<int32_t>(j);
      if (j == graph.k) continue;
      still.push_back(i);
      Way way{graph.distances[i * graph.k + j], nodes[i], nodes[graph.rows[i * graph.k + j]]};
      for (int32_t component : {own, components.of(way.b)}) shortest[component] = std::min(shortest[component], way);
    }
    for (const Way &way : shortest)
      if (way.a >= 0 && components.join(way.a, way.b)) tree.push_back({way.a, way.b});
    active = std::move(still);
  }
}

// The members of each component.
struct Islands {
  std::vector<int64_t> begin;  // island -> first place in members; one more at the end
  std::vector<int32_t> members;
  std::vector<int32_t> of;  // node -> island
  int64_t count() const { return static_cast<int64_t>(begin.size()) - 1; }
  std::span<const int32_t> members_of(int64_t island) const {
    return std::span(members).subspan(static_cast<size_t>(begin[island]),
                                      static_cast<size_t>(begin[island + 1] - begin[island]));
  }
};

Islands islands_of(DisjointSets &components, int64_t nodes) {
  Islands islands;
  islands.of.resize(static_cast<size_t>(nodes));
  std::vector<int32_t> number(static_cast<size_t>(nodes), -1);
  std::vector<int64_t> size;
  for (int32_t node = 0; node < nodes; ++node) {
    int32_t &own = number[components.of(node)];
    if (own < 0) {
      own = static_cast<int32_t>(size.size());
      size.push_back(0);
    }
    islands.of[node] = own;
    ++size[own];
  }
  islands.begin.assign(size.size() + 1, 0);
  std::partial_sum(size.begin(), size.end(), islands.begin.begin() + 1);
  islands.members.resize(static_cast<size_t>(nodes));
  std::vector<int64_t> next(islands.begin.begin(), islands.begin.end() - 1);
  for (int32_t node = 0; node < nodes; ++node) islands.members[next[islands.of[node]]++] = node;
  return islands;
}

int32_t nearest_of(MatrixView vectors, std::span<const int32_t> rows, std::span<const int32_t> candidates,
                   int32_t node) {
  constexpr size_t rows_at_once = 4096;
  size_t blocks = (candidates.size() + rows_at_once - 1) / rows_at_once;
  std::vector<Way> best(blocks);
  parallel_for(static_cast<int64_t>(blocks), [&](int64_t block) {
    for (int32_t other :
         candidates.subspan(static_cast<size_t>(block) * rows_at_once)
             .first(std::min(rows_at_once, candidates.size() - static_cast<size_t>(block) * rows_at_once)))
      best[block] =
          std::min(best[block],
                   {fast_distance(vectors.row(rows[node]), vectors.row(rows[other]), vectors.dimension), node, other});
  });
  return std::min_element(best.begin(), best.end())->b;
}

// Ties the islands together over some members of each, and then moves both ends of every new edge, in turn, to the
// members nearest to the other end.
void join_islands(MatrixView vectors, std::span<const int32_t> rows, DisjointSets &components,
                  std::vector<TreeEdge> &tree, Task &task) {
  constexpr int64_t most_of_all = 200'000, most_of_each = 64, fewest_of_each = 4, tree_rounds = 3,
                    measured_for_row = 64;
  auto nodes = static_cast<int64_t>(rows.size());
  int64_t measured = 0;
  while (components.count() > 1) {
    Islands islands = islands_of(components, nodes);
    int64_t each = std::clamp(most_of_all / islands.count(), fewest_of_each, most_of_each);
    std::vector<int32_t> chosen, chosen_rows;
    for (int64_t island = 0; island < islands.count(); ++island) {
      auto members = islands.members_of(island);
      auto size = static_cast<int64_t>(members.size()), taken = std::min(size, each);
      for (int64_t i = 0; i < taken; ++i) chosen.push_back(members[static_cast<size_t>(i * size / taken)]);
    }
    for (int32_t node : chosen) chosen_rows.push_back(rows[node]);
    // More neighbours than an island has chosen members: every list leads out of its island.
    int k = static_cast<int>(std::min<int64_t>(static_cast<int64_t>(chosen.size()) - 1, 2 * each));
    Neighbours graph = nearest_others_among(vectors, chosen_rows, k, task);
    size_t first = tree.size();
    join_along(graph, chosen, components, tree, task);
    for (size_t i = first; i < tree.size(); ++i) {
      task.throw_if_cancelled();
      auto [a, b] = tree[i];
      auto of_a = islands.members_of(islands.of[a]), of_b = islands.members_of(islands.of[b]);
      for (int64_t round = 0; round < tree_rounds && measured < measured_for_row * nodes; ++round) {
        measured += static_cast<int64_t>(of_a.size() + of_b.size());
        b = nearest_of(vectors, rows, of_b, a);
        a = nearest_of(vectors, rows, of_a, b);
      }
      tree[i] = {a, b};
    }
  }
}

}  // namespace

std::vector<TreeEdge> spanning_tree(MatrixView vectors, std::span<const int32_t> rows, int neighbours, Task &task) {
  auto nodes = static_cast<int64_t>(rows.size());
  std::vector<TreeEdge> tree;
  if (nodes < 2) return tree;
  DisjointSets components(nodes);
  {
    Neighbours graph = nearest_others_among(vectors, rows, neighbours, task);
    std::vector<int32_t> all(rows.size());
    std::iota(all.begin(), all.end(), 0);
    join_along(graph, all, components, tree, task);
  }
  join_islands(vectors, rows, components, tree, task);
  return tree;
}

}  // namespace kalon
