#include "arrange/reachability_tree.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "base/disjoint_sets.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr int64_t listed_neighbours = 40;    // neighbours of each row, or min_samples where that is more
constexpr int64_t searched_together = 4096;  // rows of one search
constexpr int64_t small_component = 1024;    // so small that a list longer than it leads out of it
constexpr int64_t first_outside = 8;         // neighbours asked for outside a large component
constexpr float no_distance = std::numeric_limits<float>::infinity();

// A candidate for the tree, ordered so that equal lengths are always decided the same way.
struct Candidate {
  float length = no_distance;
  int32_t a = -1, b = -1;
  auto key() const { return std::tuple(length, std::min(a, b), std::max(a, b)); }
  bool operator<(const Candidate &other) const { return key() < other.key(); }
};

// Borůvka's rounds over distinct rows; places in `rows` throughout.
class Rounds {
 public:
  Rounds(MatrixView matrix, const std::vector<int32_t> &rows, Neighbours near, const std::vector<float> &core)
      : matrix_(matrix),
        rows_(rows),
        near_(std::move(near)),
        core_(core),
        components_(static_cast<int64_t>(rows.size())),
        size_(rows.size(), 1),
        beyond_(rows.size()),
        found_(rows.size()) {
    bool all = near_.k + 1 >= static_cast<int64_t>(rows.size());
    for (size_t i = 0; i < rows.size(); ++i)
      beyond_[i] = all ? no_distance : std::max(core[i], near_.distances[(i + 1) * near_.k - 1]);
  }

  std::vector<ReachabilityEdge> run(Task &task) {
    task.phase("building the tree", rows_.size());
    std::vector<ReachabilityEdge> edges;
    while (components_.count() > 1) {
      task.throw_if_cancelled();
      look_at_lists();
      int64_t before = components_.count();
      for (size_t c = 0; c < rows_.size(); ++c)
        if (find(static_cast<int32_t>(c)) == static_cast<int32_t>(c) && sure_[c]) chosen_.push_back(best_[c]);
      for (const Candidate &edge : chosen_)
        if (join(edge.a, edge.b))
          edges.push_back(
              {std::min(rows_[edge.a], rows_[edge.b]), std::max(rows_[edge.a], rows_[edge.b]), edge.length});
      chosen_.clear();
      task.advance(static_cast<uint64_t>(before - components_.count()));
      if (components_.count() == before) search_outside(task);
    }
    return edges;
  }

 private:
  int32_t find(int32_t place) { return components_.of(place); }

  bool join(int32_t a, int32_t b) {
    int64_t together = size_[find(a)] + size_[find(b)];
    if (!components_.join(a, b)) return false;
    size_[find(a)] = together;
    return true;
  }

  float length_of(int32_t a, int32_t b, float distance) const { return std::max({core_[a], core_[b], distance}); }

  // For each component the shortest known edge out of it, and whether no unknown one can be shorter.
  void look_at_lists() {
    best_.assign(rows_.size(), {});
    sure_.assign(rows_.size(), true);
    for (int32_t i = 0; i < static_cast<int32_t>(rows_.size()); ++i) {
      int32_t own = find(i);
      Candidate &best = best_[own];
      for (int64_t j = i * near_.k; j < (i + 1) * near_.k && near_.distances[j] <= best.length; ++j)
        if (find(near_.rows[j]) != own)
          best = std::min(best, Candidate{length_of(i, near_.rows[j], near_.distances[j]), i, near_.rows[j]});
      if (found_[i].b >= 0 && find(found_[i].b) != own) best = std::min(best, found_[i]);
    }
    for (int32_t i = 0; i < static_cast<int32_t>(rows_.size()); ++i)
      if (int32_t own = find(i); beyond_[i] < best_[own].length) sure_[own] = false;
  }

  // Makes the components sure that have the fewest rows to search for.
  void search_outside(Task &task) {
    std::vector<std::vector<int32_t>> unsure(rows_.size());
    for (int32_t i = 0; i < static_cast<int32_t>(rows_.size()); ++i)
      if (int32_t own = find(i); beyond_[i] < best_[own].length) unsure[own].push_back(i);
    std::vector<int32_t> order;
    for (size_t c = 0; c < unsure.size(); ++c)
      if (!unsure[c].empty()) order.push_back(static_cast<int32_t>(c));
    std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      return std::tuple(size_[a] > small_component, unsure[a].size(), a) <
             std::tuple(size_[b] > small_component, unsure[b].size(), b);
    });
    if (size_[order.front()] > small_component) {
      search_around(order.front(), std::move(unsure[order.front()]), task);
      return;
    }
    std::vector<int32_t> together;
    int64_t longest = 0;
    for (int32_t c : order) {
      bool full = static_cast<int64_t>(together.size() + unsure[c].size()) > searched_together;
      if (size_[c] > small_component || (full && !together.empty())) break;
      together.insert(together.end(), unsure[c].begin(), unsure[c].end());
      longest = std::max(longest, size_[c]);
    }
    std::vector<int32_t> all(rows_.size());
    std::iota(all.begin(), all.end(), 0);
    search(all, std::move(together), longest + first_outside, task);
  }

  void search_around(int32_t component, std::vector<int32_t> unsure, Task &task) {
    std::vector<int32_t> outside;
    for (int32_t i = 0; i < static_cast<int32_t>(rows_.size()); ++i)
      if (find(i) != component) outside.push_back(i);
    search(outside, std::move(unsure), first_outside, task);
  }

  // Finds for each of the places the shortest edge to another component, as far as that is shorter than the one its
  // component has; what is found, and that nothing is shorter, is kept.
  void search(const std::vector<int32_t> &base, std::vector<int32_t> places, int64_t k, Task &task) {
    std::vector<int32_t> base_rows(base.size());
    std::transform(base.begin(), base.end(), base_rows.begin(), [&](int32_t place) { return rows_[place]; });
    while (!places.empty()) {
      std::vector<int32_t> again;
      // Long lists are taken in parts, so that they stay within some megabytes.
      auto part = static_cast<size_t>(std::clamp<int64_t>(searched_together * 1024 / k, 64, searched_together));
      for (size_t begin = 0; begin < places.size(); begin += part) {
        task.throw_if_cancelled();
        std::span<const int32_t> some(places.data() + begin, std::min(part, places.size() - begin));
        std::vector<int32_t> queries(some.size());
        std::transform(some.begin(), some.end(), queries.begin(), [&](int32_t place) { return rows_[place]; });
        Task inner;
        Neighbours near = nearest_among(matrix_, base_rows, matrix_, queries, static_cast<int>(k), inner);
        bool all = near.k == static_cast<int64_t>(base.size());
        for (size_t i = 0; i < some.size(); ++i)
          if (!take(some[i], base, near, static_cast<int64_t>(i), all)) again.push_back(some[i]);
      }
      places = std::move(again);
      k = std::min<int64_t>(k * 8, static_cast<int64_t>(base.size()));
    }
  }

  // False when the list ends before it is clear which edge is the shortest.
  bool take(int32_t place, const std::vector<int32_t> &base, const Neighbours &near, int64_t query, bool all) {
    int32_t own = find(place);
    Candidate best;
    for (int64_t j = query * near.k; j < (query + 1) * near.k && near.distances[j] <= best.length; ++j) {
      int32_t other = base[near.rows[j]];
      if (find(other) != own)
        best = std::min(best, Candidate{length_of(place, other, near.distances[j]), place, other});
    }
    found_[place] = best;
    float end = all ? no_distance : std::max(core_[place], near.distances[(query + 1) * near.k - 1]);
    beyond_[place] = std::max(beyond_[place], std::min(best.length, end));
    best_[own] = std::min(best_[own], best);
    return best.length <= end || beyond_[place] >= best_[own].length;
  }

  MatrixView matrix_;
  const std::vector<int32_t> &rows_;
  Neighbours near_;
  const std::vector<float> &core_;
  DisjointSets components_;
  std::vector<int64_t> size_;     // of each component, by its name
  std::vector<float> beyond_;     // no edge out of the component that is neither listed nor found is shorter
  std::vector<Candidate> found_;  // by search, beside the lists
  std::vector<Candidate> best_;   // of each component, by its name
  std::vector<bool> sure_;
  std::vector<Candidate> chosen_;
};

}  // namespace

ReachabilityTree reachability_tree(MatrixView matrix, int64_t min_samples, Task &task) {
  if (min_samples < 1) throw Error(Status::invalid_argument, "the number of samples must be 1 or more");
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, matrix.rows)));
  RowGroups equal = group_equal_rows(matrix, task);
  min_samples = std::min(min_samples, std::max<int64_t>(1, matrix.rows));
  Neighbours near = nearest_others_among(matrix, equal.representative,
                                         static_cast<int>(std::max(min_samples - 1, listed_neighbours)), task);
  // Equal rows are each other's nearest, and count one by one.
  std::vector<float> core(static_cast<size_t>(equal.size()));
  for (int64_t i = 0; i < equal.size(); ++i) {
    auto counted = static_cast<int64_t>(equal.of(i).size());
    for (int64_t j = i * near.k; counted < min_samples && j < (i + 1) * near.k; ++j) {
      counted += static_cast<int64_t>(equal.of(near.rows[j]).size());
      core[i] = near.distances[j];
    }
  }

  ReachabilityTree tree;
  tree.edges = Rounds(matrix, equal.representative, std::move(near), core).run(task);
  tree.core.resize(static_cast<size_t>(matrix.rows));
  for (int64_t i = 0; i < equal.size(); ++i) {
    for (int32_t row : equal.of(i)) {
      tree.core[row] = core[i];
      if (row != equal.representative[i]) tree.edges.push_back({equal.representative[i], row, core[i]});
    }
  }
  std::sort(tree.edges.begin(), tree.edges.end(), [](const ReachabilityEdge &x, const ReachabilityEdge &y) {
    return std::tuple(x.length, x.a, x.b) < std::tuple(y.length, y.a, y.b);
  });
  return tree;
}

}  // namespace kalon
