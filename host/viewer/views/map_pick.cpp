#include "views/map_pick.h"

#include <nanoflann.hpp>

namespace kalon::viewer {

struct PointTree::Tree {
  struct Points {
    std::vector<PlanePoint> all;
    size_t kdtree_get_point_count() const { return all.size(); }
    float kdtree_get_pt(size_t which, size_t dimension) const { return dimension == 0 ? all[which].x : all[which].y; }
    template <class Box>
    bool kdtree_get_bbox(Box &) const {
      return false;
    }
  };
  using Distance = nanoflann::L2_Simple_Adaptor<float, Points, float, uint32_t>;
  using Index = nanoflann::KDTreeSingleIndexAdaptor<Distance, Points, 2, uint32_t>;

  explicit Tree(std::vector<PlanePoint> points_given) : points{std::move(points_given)}, index(2, points) {}
  Points points;
  Index index;
};

PointTree::PointTree() : tree_(std::make_unique<Tree>(std::vector<PlanePoint>())) {}
PointTree::~PointTree() = default;
PointTree::PointTree(PointTree &&) noexcept = default;
PointTree &PointTree::operator=(PointTree &&) noexcept = default;

void PointTree::build(std::vector<PlanePoint> points) {
  tree_ = std::make_unique<Tree>(std::move(points));
}

const std::vector<PlanePoint> &PointTree::points() const {
  return tree_->points.all;
}

size_t PointTree::nearest(double x, double y, double radius) const {
  auto found = neighbours(x, y, 1);
  if (found.empty()) return none;
  const auto &point = points()[found.front()];
  double dx = point.x - x, dy = point.y - y;
  return dx * dx + dy * dy <= radius * radius ? found.front() : none;
}

std::vector<size_t> PointTree::neighbours(double x, double y, size_t count) const {
  count = std::min(count, points().size());
  if (count == 0) return {};
  std::vector<uint32_t> found(count);
  std::vector<float> squared(count);
  float at[] = {static_cast<float>(x), static_cast<float>(y)};
  auto made = tree_->index.knnSearch(at, count, found.data(), squared.data());
  return {found.begin(), found.begin() + static_cast<std::ptrdiff_t>(made)};
}

}  // namespace kalon::viewer
