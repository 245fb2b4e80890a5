#include <cfloat>
#include <limits>
#include <nanoflann.hpp>

#include "base/threads.h"
#include "index/distance.h"
#include "index/search.h"

namespace kalon {
namespace {

// The tree computes in double, so that its pruning agrees with the distances.
struct Points {
  Subset base;
  size_t kdtree_get_point_count() const { return base.rows.size(); }
  double kdtree_get_pt(uint32_t place, int dimension) const { return static_cast<double>(base.at(place)[dimension]); }
  template <class Box>
  bool kdtree_get_bbox(Box &) const {
    return false;
  }
};

using Metric = nanoflann::L2_Simple_Adaptor<double, Points, double, uint32_t>;
using Tree = nanoflann::KDTreeSingleIndexAdaptor<Metric, Points, -1, uint32_t>;

class Results {
 public:
  using DistanceType = double;
  explicit Results(NearestList &list) : list_(list) {}
  size_t size() const { return count_; }
  bool full() const { return list_.full(); }
  bool addPoint(double squared, uint32_t place) {
    list_.offer(rounded_distance(squared), static_cast<int32_t>(place));
    ++count_;
    return true;
  }
  // Points strictly nearer than this are offered: a little more than the worst, because distances equal after rounding
  // are decided by place.
  double worstDist() const {
    if (!list_.full() || list_.worst() >= FLT_MAX) return std::numeric_limits<double>::max();
    double worst = static_cast<double>(list_.worst());
    return worst * worst * (1 + 1e-6) + 1e-80;
  }

 private:
  NearestList &list_;
  size_t count_ = 0;
};

constexpr int64_t queries_per_part = 256;

}  // namespace

Neighbours tree_search(Subset base, Subset queries, int64_t k, Task &task) {
  Neighbours found{k, std::vector<int32_t>(static_cast<size_t>(queries.size() * k)),
                   std::vector<float>(static_cast<size_t>(queries.size() * k))};
  int dimension = static_cast<int>(base.matrix.dimension);
  Points points{base};
  Tree tree(dimension, points, nanoflann::KDTreeSingleIndexAdaptorParams(10));
  task.throw_if_cancelled();
  parallel_for((queries.size() + queries_per_part - 1) / queries_per_part, [&](int64_t part) {
    NearestList list(k);
    std::vector<double> values(static_cast<size_t>(dimension));
    int64_t end = std::min(queries.size(), (part + 1) * queries_per_part);
    for (int64_t query = part * queries_per_part; query < end; ++query) {
      task.throw_if_cancelled();
      std::copy_n(queries.at(query), dimension, values.begin());
      Results results(list);
      tree.findNeighbors(results, values.data(), nanoflann::SearchParams());
      list.finish(&found.rows[query * k], &found.distances[query * k]);
      task.advance();
    }
  });
  return found;
}

}  // namespace kalon
