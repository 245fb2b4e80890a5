#include "shape.h"

#include <algorithm>

#include "failure.h"

namespace onednn {

int64_t count_of(const Shape &shape) {
  if (shape.size() > max_rank)
    unsupported("a tensor has " + std::to_string(shape.size()) + " dimensions; at most " + std::to_string(max_rank) +
                " are supported");
  int64_t count = 1;
  for (int64_t size : shape)
    if (size < 0) corrupt("a tensor's shape has a negative size: " + text_of(shape));
  for (int64_t size : shape) {
    if (size == 0) return 0;
    if (size > max_elements / count) too_large("a tensor of " + text_of(shape) + " values is too large");
    count *= size;
  }
  return count;
}

void check_shape(const Shape &shape) {
  if (count_of(shape) == 0) unsupported("a tensor without elements (" + text_of(shape) + ") is not supported");
}

std::string text_of(const Shape &shape) {
  if (shape.empty()) return "a scalar";
  std::string text;
  for (int64_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

Shape broadcast(const Shape &a, const Shape &b) {
  Shape result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    // Counted from the last axis.
    int64_t of_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t of_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1)
      corrupt("the shapes " + text_of(a) + " and " + text_of(b) + " do not fit each other");
    result[result.size() - 1 - i] = of_a == 1 ? of_b : of_a;
  }
  return result;
}

size_t checked_axis(int64_t axis, size_t rank) {
  auto signed_rank = static_cast<int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank)
    corrupt("the axis " + std::to_string(axis) + " lies outside a tensor of " + std::to_string(rank) + " dimensions");
  return static_cast<size_t>(axis < 0 ? axis + signed_rank : axis);
}

Layout row_major(const Shape &dims) {
  Layout layout{dims, Shape(dims.size())};
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    layout.strides[i] = stride;
    stride *= dims[i];
  }
  return layout;
}

Layout channels_last(const Shape &dims) {
  if (dims.size() < 3) return row_major(dims);
  Layout layout{dims, Shape(dims.size())};
  layout.strides[1] = 1;
  int64_t stride = dims[1];
  for (size_t i = dims.size(); i-- > 2;) {
    layout.strides[i] = stride;
    stride *= dims[i];
  }
  layout.strides[0] = stride;
  return layout;
}

Layout permuted(const Layout &layout, const std::vector<size_t> &order) {
  Layout result;
  for (size_t axis : order) {
    result.dims.push_back(layout.dims[axis]);
    result.strides.push_back(layout.strides[axis]);
  }
  return result;
}

Layout with_rank(const Layout &layout, size_t rank) {
  Layout result = layout;
  while (result.rank() < rank) {
    result.strides.insert(result.strides.begin(), result.dims.empty() ? 1 : result.dims[0] * result.strides[0]);
    result.dims.insert(result.dims.begin(), 1);
  }
  return result;
}

bool same_places(const Layout &a, const Layout &b) {
  if (a.dims != b.dims) return false;
  for (size_t i = 0; i < a.rank(); ++i)
    if (a.dims[i] > 1 && a.strides[i] != b.strides[i]) return false;
  return true;
}

}  // namespace onednn
