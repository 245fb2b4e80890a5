#include "arrange/density_clusters.h"

#include <algorithm>
#include <numeric>

#include "base/disjoint_sets.h"

namespace kalon {
namespace {

constexpr double shortest_edge = 1e-6;  // of the longest edge: what is shorter counts as this

// The tree as nested parts: rows are the nodes below the number of rows; node rows + i is what edge i joined.
struct Parts {
  int64_t rows = 0;
  std::vector<int32_t> left, right;
  std::vector<float> length;
  std::vector<int32_t> size;

  bool is_row(int32_t node) const { return node < rows; }
  int32_t root() const { return static_cast<int32_t>(rows + static_cast<int64_t>(left.size()) - 1); }
  int32_t size_of(int32_t node) const { return is_row(node) ? 1 : size[node - rows]; }
  float length_of(int32_t node) const { return length[node - rows]; }

  explicit Parts(const ReachabilityTree &tree) : rows(static_cast<int64_t>(tree.edges.size()) + 1) {
    DisjointSets joined(rows);
    std::vector<int32_t> node(static_cast<size_t>(rows));  // that a set of rows is, by the set's name
    std::iota(node.begin(), node.end(), 0);
    for (const ReachabilityEdge &edge : tree.edges) {
      int32_t a = node[joined.of(edge.a)], b = node[joined.of(edge.b)], made = root() + 1;
      left.push_back(a);
      right.push_back(b);
      length.push_back(edge.length);
      size.push_back(size_of(a) + size_of(b));
      joined.join(edge.a, edge.b);
      node[joined.of(edge.a)] = made;
    }
  }

  // What a node falls apart into when its longest edges go, all at once.
  std::vector<int32_t> fall_apart(int32_t node) const {
    std::vector<int32_t> pieces, open{node};
    float at = length_of(node);
    while (!open.empty()) {
      int32_t next = open.back();
      open.pop_back();
      if (!is_row(next) && length_of(next) == at) {
        open.push_back(right[next - rows]);
        open.push_back(left[next - rows]);
      } else {
        pieces.push_back(next);
      }
    }
    return pieces;
  }

  template <class Visit>
  void visit_rows(int32_t node, Visit visit) const {
    std::vector<int32_t> open{node};
    while (!open.empty()) {
      int32_t next = open.back();
      open.pop_back();
      if (is_row(next)) {
        visit(next);
      } else {
        open.push_back(right[next - rows]);
        open.push_back(left[next - rows]);
      }
    }
  }
};

// The condensed tree: clusters in order of their birth, parents before children, the whole first.
struct Condensed {
  struct Cluster {
    int32_t parent;
    double birth;          // the density (1 / length) at which it came to be
    double stability = 0;  // its excess of mass: the sum over its rows of the density they leave at, less that of birth
  };
  std::vector<Cluster> clusters;
  std::vector<int32_t> last_cluster;  // of each row: the one that it was in last
};

Condensed condense(const Parts &parts, int64_t min_cluster_size) {
  Condensed condensed;
  condensed.last_cluster.assign(static_cast<size_t>(parts.rows), 0);
  condensed.clusters.push_back({-1, 0});
  double shortest = shortest_edge * static_cast<double>(parts.length.back());
  std::vector<std::pair<int32_t, int32_t>> open{{parts.root(), 0}};  // node, the cluster it is
  while (!open.empty()) {
    auto [node, cluster] = open.back();
    open.pop_back();
    double density = 1 / std::max(shortest, static_cast<double>(parts.length_of(node)));
    std::vector<int32_t> large, small;
    for (int32_t piece : parts.fall_apart(node))
      (!parts.is_row(piece) && parts.size_of(piece) >= min_cluster_size ? large : small).push_back(piece);
    double leaving = density - condensed.clusters[cluster].birth;
    for (int32_t piece : small) {
      condensed.clusters[cluster].stability += leaving * parts.size_of(piece);
      parts.visit_rows(piece, [&, of = cluster](int32_t row) { condensed.last_cluster[row] = of; });
    }
    if (large.size() == 1) {
      open.emplace_back(large.front(), cluster);
      continue;
    }
    for (int32_t piece : large) {
      condensed.clusters[cluster].stability += leaving * parts.size_of(piece);
      open.emplace_back(piece, static_cast<int32_t>(condensed.clusters.size()));
      condensed.clusters.push_back({cluster, density});
    }
  }
  return condensed;
}

// For each cluster the chosen one that it lies in, or no_group: those disjoint ones whose stabilities add up to most.
std::vector<int32_t> choose(const std::vector<Condensed::Cluster> &clusters) {
  std::vector<double> below(clusters.size());  // the most that descendants add up to
  std::vector<bool> chosen(clusters.size());
  for (size_t c = clusters.size(); c-- > 1;) {
    chosen[c] = clusters[c].stability >= below[c];
    below[clusters[c].parent] += std::max(clusters[c].stability, below[c]);
  }
  std::vector<int32_t> within(clusters.size(), no_group);
  for (size_t c = 1; c < clusters.size(); ++c) {
    within[c] = within[clusters[c].parent];
    if (within[c] == no_group && chosen[c]) within[c] = static_cast<int32_t>(c);
  }
  return within;
}

}  // namespace

Grouping clusters_of_tree(const ReachabilityTree &tree, int64_t min_cluster_size) {
  if (min_cluster_size < 2) throw Error(Status::invalid_argument, "a cluster must have 2 or more members");
  size_t rows = tree.core.size();
  if (static_cast<int64_t>(rows) < min_cluster_size) return {std::vector<int32_t>(rows, no_group), 0};
  if (tree.edges.back().length == 0) return {std::vector<int32_t>(rows, 0), 1};
  Condensed condensed = condense(Parts(tree), min_cluster_size);
  std::vector<int32_t> within = choose(condensed.clusters), group(rows);
  std::transform(condensed.last_cluster.begin(), condensed.last_cluster.end(), group.begin(),
                 [&](int32_t cluster) { return within[cluster]; });
  return numbered_by_first_row(group);
}

Grouping density_clusters(MatrixView matrix, const DensityOptions &options, Task &task) {
  if (options.min_cluster_size < 2) throw Error(Status::invalid_argument, "a cluster must have 2 or more members");
  int64_t min_samples = options.min_samples > 0 ? options.min_samples : options.min_cluster_size;
  ReachabilityTree tree = reachability_tree(matrix, min_samples, task);
  task.throw_if_cancelled();
  return clusters_of_tree(tree, options.min_cluster_size);
}

}  // namespace kalon
