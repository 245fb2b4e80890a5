#include "arrange/mst_order.h"

#include <algorithm>
#include <cmath>

#include "arrange/distinct_rows.h"
#include "arrange/spanning_tree.h"
#include "index/distance.h"

namespace kalon {
namespace {

constexpr int64_t most_pairs = 4'000'000, fewest_neighbours = 16;

class Walk {
 public:
  Walk(MatrixView vectors, const std::vector<int32_t> &rows, const std::vector<TreeEdge> &tree)
      : vectors_(vectors), rows_(rows), begin_(rows.size() + 1, 0), others_(2 * tree.size()), left_(rows.size(), 1) {
    for (auto [a, b] : tree) {
      ++begin_[a + 1];
      ++begin_[b + 1];
    }
    for (size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    std::vector<int64_t> next(begin_.begin(), begin_.end() - 1);
    for (auto [a, b] : tree) {
      others_[next[a]++] = b;
      others_[next[b]++] = a;
    }
  }

  std::vector<int32_t> from(int32_t start, const TreeOrderOptions &options, const Task &task) {
    auto lookahead = static_cast<size_t>(std::max(1, options.lookahead));
    std::vector<int32_t> path;
    path.reserve(rows_.size());
    pending_ = {start};
    int hops = 0;
    for (int32_t current = start; !pending_.empty();) {
      if (path.size() % 256 == 0) task.throw_if_cancelled();
      size_t chosen = pending_.size() - 1;
      if (hops < options.hops) chosen = nearest_pending(current, lookahead);
      hops = chosen + 1 == pending_.size() ? 0 : hops + 1;
      current = pending_[chosen];
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(chosen));
      path.push_back(current);
      left_[current] = 0;
      push_children(current);
    }
    return path;
  }

 private:
  float distance(int32_t a, int32_t b) const {
    return fast_distance(vectors_.row(rows_[a]), vectors_.row(rows_[b]), vectors_.dimension);
  }

  // Among the uppermost ones; of equally near ones the upper.
  size_t nearest_pending(int32_t current, size_t lookahead) const {
    size_t nearest = pending_.size() - 1;
    if (nearest == 0) return 0;
    float least = distance(current, pending_[nearest]);
    for (size_t i = nearest; i-- > pending_.size() - std::min(lookahead, pending_.size());) {
      float length = distance(current, pending_[i]);
      if (length >= least) continue;
      least = length;
      nearest = i;
    }
    return nearest;
  }

  void push_children(int32_t node) {
    children_.clear();
    for (int64_t i = begin_[node]; i < begin_[node + 1]; ++i)
      if (left_[others_[i]] != 0) children_.push_back({distance(node, others_[i]), others_[i]});
    std::sort(children_.begin(), children_.end(), std::greater<>());
    for (auto [length, child] : children_) pending_.push_back(child);
  }

  MatrixView vectors_;
  const std::vector<int32_t> &rows_;
  std::vector<int64_t> begin_;  // node -> first place in others; one more at the end
  std::vector<int32_t> others_;
  std::vector<uint8_t> left_;
  std::vector<int32_t> pending_;
  std::vector<std::pair<float, int32_t>> children_;
};

// 2-opt within the places [begin, end) of a path.
class Block {
 public:
  Block(MatrixView vectors, const std::vector<int32_t> &rows, std::span<int32_t> path, bool last_moves)
      : path_(path), size_(static_cast<int>(path.size())), last_moves_(last_moves) {
    lengths_.resize(path.size() * path.size());
    for (int i = 0; i < size_; ++i)
      for (int j = 0; j < i; ++j)
        at(i, j) = at(j, i) = fast_distance(vectors.row(rows[path[i]]), vectors.row(rows[path[j]]), vectors.dimension);
    for (int i = 0; i < size_; ++i) order_.push_back(i);
  }

  void search() {
    while (improve()) {
    }
    std::vector<int32_t> old(path_.begin(), path_.end());
    for (int i = 0; i < size_; ++i) path_[i] = old[order_[i]];
  }

 private:
  float &at(int i, int j) { return lengths_[static_cast<size_t>(i) * static_cast<size_t>(size_) + j]; }
  double step(int i, int j) { return static_cast<double>(at(order_[i], order_[j])); }

  // Reverses the part between two places whose reversal gains most.
  bool improve() {
    constexpr double rounding_error = 1e-6;
    double most = 0;
    int first = 0, last = 0;
    for (int i = 1; i < size_; ++i) {
      for (int j = i + 1; j < size_; ++j) {
        bool open = j + 1 == size_;
        if (open && !last_moves_) continue;
        double before = step(i - 1, i) + (open ? 0 : step(j, j + 1));
        double gain = before - step(i - 1, j) - (open ? 0 : step(i, j + 1));
        if (gain <= most || gain <= rounding_error * before) continue;
        most = gain;
        first = i;
        last = j;
      }
    }
    if (last == 0) return false;
    std::reverse(order_.begin() + first, order_.begin() + last + 1);
    return true;
  }

  std::span<int32_t> path_;
  int size_;
  bool last_moves_;
  std::vector<float> lengths_;
  std::vector<int> order_;
};

void search_blocks(MatrixView vectors, const std::vector<int32_t> &rows, std::vector<int32_t> &path,
                   const TreeOrderOptions &options, Task &task) {
  auto size = static_cast<size_t>(std::max(4, options.block)), shift = static_cast<size_t>(std::max(1, options.shift));
  task.phase("improving the order", path.size());
  for (size_t begin = 0;; begin += shift) {
    task.throw_if_cancelled();
    bool last = begin + size >= path.size();
    // The last block is as long as the others, however far it reaches back.
    if (last) begin = path.size() - std::min(size, path.size());
    Block(vectors, rows, std::span(path).subspan(begin, std::min(size, path.size())), last).search();
    if (last) break;
    task.advance(shift);
  }
}

}  // namespace

Order order_along_tree(MatrixView vectors, const TreeOrderOptions &options, Task &task) {
  task.phase("finding neighbours", static_cast<uint64_t>(std::max<int64_t>(0, vectors.rows)));
  DistinctRows distinct(vectors, options.start, task);
  const std::vector<int32_t> &rows = distinct.rows();
  if (rows.empty()) return measure_order(vectors, {});
  auto count = static_cast<int64_t>(rows.size());
  int64_t most = std::max(fewest_neighbours, most_pairs / count);
  int neighbours = static_cast<int>(std::clamp<int64_t>(options.neighbours, 1, most));
  std::vector<TreeEdge> tree = spanning_tree(distinct.vectors(), rows, neighbours, task);
  task.phase("building the order");
  auto start = distinct.start() < 0 ? 0 : distinct.start();
  std::vector<int32_t> path = Walk(distinct.vectors(), rows, tree).from(start, options, task);
  search_blocks(distinct.vectors(), rows, path, options, task);
  for (int32_t &place : path) place = rows[place];
  return measure_order(vectors, distinct.all_along(path));
}

}  // namespace kalon
