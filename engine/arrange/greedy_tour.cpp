#include "arrange/greedy_tour.h"

#include <algorithm>
#include <array>

#include "base/disjoint_sets.h"

namespace kalon {
namespace {

constexpr int64_t few_ends = 1000;  // so few that all pairs of them are looked at
constexpr int most_neighbours = 256;

struct Edge {
  float length;
  int32_t a, b;
  auto operator<=>(const Edge &) const = default;
};

// Disjoint paths that grow together.
class Fragments {
 public:
  explicit Fragments(int64_t nodes) : links_(static_cast<size_t>(nodes), {-1, -1}), fragments_(nodes) {}
  int64_t count() const { return fragments_.count(); }
  bool is_end(int32_t node) const { return links_[node][1] < 0; }

  void add_greedily(std::vector<Edge> &edges) {
    std::sort(edges.begin(), edges.end());
    for (const Edge &edge : edges) {
      if (!is_end(edge.a) || !is_end(edge.b) || !fragments_.join(edge.a, edge.b)) continue;
      link(edge.a, edge.b);
      link(edge.b, edge.a);
    }
  }

  bool connected(int32_t a, int32_t b) { return fragments_.of(a) == fragments_.of(b); }

  // The one path that is left.
  std::vector<int32_t> path() const {
    std::vector<int32_t> path;
    path.reserve(links_.size());
    int32_t node = 0, previous = -1;
    while (!is_end(node)) ++node;
    while (node >= 0) {
      path.push_back(node);
      int32_t next = links_[node][0] != previous ? links_[node][0] : links_[node][1];
      previous = node;
      node = next;
    }
    return path;
  }

 private:
  void link(int32_t from, int32_t to) { links_[from][links_[from][0] < 0 ? 0 : 1] = to; }

  std::vector<std::array<int32_t, 2>> links_;
  DisjointSets fragments_;
};

}  // namespace

std::vector<int32_t> greedy_tour(MatrixView vectors, std::span<const int32_t> rows, const Neighbours &graph,
                                 Task &task) {
  auto count = static_cast<int64_t>(rows.size());
  Fragments fragments(count);
  std::vector<Edge> edges;
  edges.reserve(static_cast<size_t>(count * graph.k));
  for (int64_t i = 0; i < count * graph.k; ++i) {
    int32_t a = static_cast<int32_t>(i / graph.k), b = graph.rows[i];
    edges.push_back({graph.distances[i], std::min(a, b), std::max(a, b)});
  }
  fragments.add_greedily(edges);

  int k = static_cast<int>(std::max<int64_t>(graph.k, 5));
  while (fragments.count() > 1) {
    task.throw_if_cancelled();
    std::vector<int32_t> ends, end_rows;
    for (int32_t node = 0; node < count; ++node) {
      if (!fragments.is_end(node)) continue;
      ends.push_back(node);
      end_rows.push_back(rows[node]);
    }
    int64_t before = fragments.count();
    bool few = static_cast<int64_t>(ends.size()) <= few_ends;
    Neighbours near = nearest_others_among(vectors, end_rows, few ? static_cast<int>(ends.size()) : k, task);
    edges.clear();
    for (size_t i = 0; i < ends.size(); ++i) {
      for (int64_t j = 0; j < near.k; ++j) {
        int32_t a = ends[i], b = ends[near.rows[i * near.k + j]];
        if (!fragments.connected(a, b))
          edges.push_back({near.distances[i * near.k + j], std::min(a, b), std::max(a, b)});
      }
    }
    fragments.add_greedily(edges);
    // A few ends may be the nearest ones of very many others, and then join few at a time: look further.
    if (fragments.count() * 10 > before * 9) k = std::min(2 * k, most_neighbours);
  }
  return fragments.path();
}

}  // namespace kalon
