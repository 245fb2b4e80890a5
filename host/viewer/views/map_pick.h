#pragma once
// The nearest of many points in the plane.

#include <cstddef>
#include <memory>
#include <vector>

namespace kalon::viewer {

struct PlanePoint {
  float x = 0, y = 0;
};

class PointTree {
 public:
  static constexpr size_t none = ~size_t{0};

  PointTree();
  ~PointTree();
  PointTree(PointTree &&) noexcept;
  PointTree &operator=(PointTree &&) noexcept;

  void build(std::vector<PlanePoint> points);
  const std::vector<PlanePoint> &points() const;
  // The number of the nearest point, at most so far away; none when there is none.
  size_t nearest(double x, double y, double radius) const;
  // The numbers of the nearest points, nearest first, at most so many.
  std::vector<size_t> neighbours(double x, double y, size_t count) const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace kalon::viewer
