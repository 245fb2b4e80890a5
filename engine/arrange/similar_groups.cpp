#include "arrange/similar_groups.h"

#include <algorithm>
#include <numeric>

#include "arrange/least_similarity.h"
#include "base/disjoint_sets.h"
#include "index/distance.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

constexpr int64_t first_neighbours = 24;
constexpr int64_t most_neighbours = 4096;
constexpr int64_t many_pairs = 4096;        // more of them are compared by a product
constexpr double clear_difference = 1e-5;   // more than float arithmetic is wrong by
constexpr double rejected_similarity = -2;  // known to lie below the level; how far does not matter

struct Pair {
  int32_t a, b;
  float similarity;
};

// All pairs that meet the level, or, of rows marked as cut short, those with their nearest rows; places in `rows`.
struct Pairs {
  std::vector<Pair> pairs;
  std::vector<bool> cut_short;
};

double similarity_of(float distance) {
  return 1 - static_cast<double>(distance) * static_cast<double>(distance) / 2;
}

// Each pass looks among the rows whose lists were still full of similar ones: all pairs with the others are known then.
Pairs similar_pairs(MatrixView unit_rows, const std::vector<int32_t> &rows, const SimilarGroupsOptions &options,
                    Task &task) {
  Pairs found;
  found.cut_short.resize(rows.size());
  std::vector<int32_t> active(rows.size());
  std::iota(active.begin(), active.end(), 0);
  // However many rows there are, their lists stay within the links that may be remembered.
  int64_t k = std::clamp<int64_t>(options.most_links / std::max<int64_t>(1, static_cast<int64_t>(rows.size())), 1,
                                  first_neighbours);
  while (active.size() > 1) {
    task.phase("finding neighbours", active.size());
    std::vector<int32_t> active_rows(active.size());
    std::transform(active.begin(), active.end(), active_rows.begin(), [&](int32_t place) { return rows[place]; });
    Neighbours near = nearest_others_among(unit_rows, active_rows, static_cast<int>(k), task);
    std::vector<int32_t> full;
    std::vector<bool> is_full(active.size());
    for (size_t i = 0; i < active.size(); ++i) {
      bool all = near.k + 1 == static_cast<int64_t>(active.size());
      is_full[i] = !all && meets_level(similarity_of(near.distances[(i + 1) * near.k - 1]), options.level);
      if (is_full[i]) full.push_back(active[i]);
    }
    int64_t room = options.most_links - static_cast<int64_t>(found.pairs.size());
    int64_t more = full.empty() ? 0 : std::min(most_neighbours, room / static_cast<int64_t>(full.size()));
    bool last = more <= near.k;
    size_t begin = found.pairs.size();
    for (size_t i = 0; i < active.size(); ++i) {
      if (is_full[i] && !last) continue;
      for (int64_t j = 0; j < near.k; ++j) {
        int32_t other = near.rows[i * near.k + j];
        double similarity = similarity_of(near.distances[i * near.k + j]);
        if (!meets_level(similarity, options.level)) break;
        // Two whole lists name each other.
        bool twice = !is_full[i] && !is_full[other] && active[other] < active[i];
        if (twice) continue;
        found.pairs.push_back(
            {std::min(active[i], active[other]), std::max(active[i], active[other]), static_cast<float>(similarity)});
      }
    }
    if (last) {
      for (int32_t place : full) found.cut_short[place] = true;
      auto tail = found.pairs.begin() + static_cast<std::ptrdiff_t>(begin);
      std::sort(tail, found.pairs.end(),
                [](const Pair &x, const Pair &y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
      auto same = [](const Pair &x, const Pair &y) { return x.a == y.a && x.b == y.b; };
      found.pairs.erase(std::unique(tail, found.pairs.end(), same), found.pairs.end());
      break;
    }
    active = std::move(full);
    k = more;
  }
  return found;
}

// What a cluster knows of another: the least similarity among so many of their pairs.
struct Link {
  int32_t other;
  float least;
  int64_t pairs;
};

// The agglomeration, by chains of nearest clusters (Murtagh 1983): complete linkage is reducible, so joining any two
// clusters that are each other's nearest gives the tree that joining the nearest of all gives. A cluster is named by
// its smallest row. Two clusters are linked only while all of their pairs meet the level.
class Linkage {
 public:
  Linkage(MatrixView unit_rows, const std::vector<int32_t> &rows, const Pairs &found, double level)
      : unit_rows_(unit_rows),
        rows_(rows),
        level_(level),
        cut_short_(found.cut_short),
        clusters_(static_cast<int64_t>(rows.size())),
        members_(rows.size()),
        links_(rows.size()) {
    std::vector<int32_t> degree(rows.size());
    for (const Pair &pair : found.pairs) {
      ++degree[pair.a];
      ++degree[pair.b];
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      members_[i] = {static_cast<int32_t>(i)};
      links_[i].reserve(degree[i]);
    }
    for (const Pair &pair : found.pairs) {
      links_[pair.a].push_back({pair.b, pair.similarity, 1});
      links_[pair.b].push_back({pair.a, pair.similarity, 1});
    }
  }

  std::vector<int32_t> run(Task &task) {
    task.phase("grouping", rows_.size());
    std::vector<int32_t> chain;
    for (size_t start = 0; start < rows_.size(); ++start) {
      task.advance();
      if (clusters_.of(static_cast<int32_t>(start)) != static_cast<int32_t>(start)) continue;
      chain.push_back(static_cast<int32_t>(start));
      while (!chain.empty()) {
        task.throw_if_cancelled();
        int32_t cluster = chain.back(), before = chain.size() > 1 ? chain[chain.size() - 2] : -1;
        int32_t nearest = nearest_to(cluster, before, task);
        if (nearest < 0) {
          chain.pop_back();
        } else if (nearest == before) {
          chain.resize(chain.size() - 2);
          join(cluster, before);
          // The start itself may have been joined and be like others still.
          if (chain.empty()) chain.push_back(std::min(cluster, before));
        } else {
          chain.push_back(nearest);
        }
      }
    }
    std::vector<int32_t> cluster(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) cluster[i] = clusters_.of(static_cast<int32_t>(i));
    return cluster;
  }

 private:
  int64_t all_pairs(int32_t a, int32_t b) const {
    return static_cast<int64_t>(members_[a].size()) * static_cast<int64_t>(members_[b].size());
  }

  // One link for each cluster that is still there; those that cannot become whole are dropped.
  void tidy(int32_t cluster) {
    auto &links = links_[cluster];
    for (Link &link : links) link.other = clusters_.of(link.other);
    std::sort(links.begin(), links.end(), [](const Link &x, const Link &y) { return x.other < y.other; });
    size_t kept = 0;
    for (size_t i = 0; i < links.size();) {
      Link link = links[i];
      for (++i; i < links.size() && links[i].other == link.other; ++i) {
        link.least = std::min(link.least, links[i].least);
        link.pairs += links[i].pairs;
      }
      if (link.other == cluster) continue;
      // A pair that is missing is known to lie below the level, unless both lists were cut short.
      if (link.pairs < all_pairs(cluster, link.other) && !(cut_short_[cluster] && cut_short_[link.other])) continue;
      links[kept++] = link;
    }
    links.resize(kept);
  }

  // The most similar linked cluster, `preferred` among equals, then the one with the smallest name; -1: none.
  int32_t nearest_to(int32_t cluster, int32_t preferred, const Task &task) {
    tidy(cluster);
    auto &links = links_[cluster];
    for (;;) {
      Link *best = nullptr;
      for (Link &link : links) {
        if (static_cast<double>(link.least) == rejected_similarity) continue;
        if (best == nullptr || link.least > best->least || (link.least == best->least && link.other == preferred))
          best = &link;
      }
      if (best == nullptr) return -1;
      int64_t all = all_pairs(cluster, best->other);
      if (best->pairs == all) return best->other;
      // So far an upper bound only.
      float least = least_between(cluster, best->other, task);
      links_[best->other].push_back({cluster, least, all - best->pairs});
      best->least = least;
      best->pairs = all;
    }
  }

  // rejected_similarity when it does not meet the level.
  float least_between(int32_t a, int32_t b, const Task &task) const {
    double least = 1;
    if (all_pairs(a, b) > many_pairs) {
      least = least_similarity_between(unit_rows_, rows_of(a), rows_of(b), task);
    } else {
      for (int32_t i : members_[a]) {
        const float *row = unit_rows_.row(rows_[i]);
        for (int32_t j : members_[b]) {
          float distance = fast_distance(row, unit_rows_.row(rows_[j]), unit_rows_.dimension);
          least = std::min(least, similarity_of(distance));
          if (least < level_ - clear_difference) return static_cast<float>(rejected_similarity);
        }
      }
    }
    return static_cast<float>(meets_level(least, level_) ? least : rejected_similarity);
  }

  std::vector<int32_t> rows_of(int32_t cluster) const {
    std::vector<int32_t> rows;
    for (int32_t place : members_[cluster]) rows.push_back(rows_[place]);
    return rows;
  }

  void join(int32_t a, int32_t b) {
    if (b < a) std::swap(a, b);
    clusters_.join(a, b);
    cut_short_[a] = cut_short_[a] && cut_short_[b];
    members_[a].insert(members_[a].end(), members_[b].begin(), members_[b].end());
    links_[a].insert(links_[a].end(), links_[b].begin(), links_[b].end());
    std::vector<int32_t>().swap(members_[b]);
    std::vector<Link>().swap(links_[b]);
  }

  MatrixView unit_rows_;
  const std::vector<int32_t> &rows_;
  double level_;
  std::vector<bool> cut_short_;  // by cluster: of all of its rows
  DisjointSets clusters_;
  std::vector<std::vector<int32_t>> members_;
  std::vector<std::vector<Link>> links_;
};

}  // namespace

Grouping similar_groups(MatrixView unit_rows, const SimilarGroupsOptions &options, Task &task) {
  if (!(options.level >= 0 && options.level <= 1))
    throw Error(Status::invalid_argument, "the level of similarity must be from 0 to 1");
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, unit_rows.rows)));
  RowGroups equal = group_equal_rows(unit_rows, task);
  // A row of zeros is like its equals alone.
  std::vector<int32_t> directed;
  for (int32_t row : equal.representative)
    if (std::any_of(unit_rows.row(row), unit_rows.row(row) + unit_rows.dimension, [](float v) { return v != 0; }))
      directed.push_back(row);

  std::vector<int32_t> cluster_of_equal(static_cast<size_t>(equal.size()));
  std::iota(cluster_of_equal.begin(), cluster_of_equal.end(), 0);
  Pairs found = similar_pairs(unit_rows, directed, options, task);
  std::vector<int32_t> cluster = Linkage(unit_rows, directed, found, options.level).run(task);
  for (size_t i = 0; i < directed.size(); ++i)
    cluster_of_equal[equal.group[directed[i]]] = equal.group[directed[cluster[i]]];

  std::vector<int64_t> size(cluster_of_equal.size());
  for (int64_t row = 0; row < unit_rows.rows; ++row) ++size[cluster_of_equal[equal.group[row]]];
  std::vector<int32_t> group(static_cast<size_t>(unit_rows.rows));
  for (size_t row = 0; row < group.size(); ++row) {
    int32_t of = cluster_of_equal[equal.group[row]];
    group[row] = size[of] > 1 ? of : no_group;
  }
  return numbered_by_first_row(group);
}

}  // namespace kalon
