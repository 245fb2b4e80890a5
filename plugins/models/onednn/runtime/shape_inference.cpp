#include "shape_inference.h"

#include <algorithm>
#include <numeric>

#include "failure.h"
#include "window.h"

namespace onednn {
namespace {

constexpr int64_t max_repeated_axis = 1 << 20;

// Marks each axis named; corrupt_data for one named twice.
std::vector<bool> marked(const std::vector<int64_t> &axes, size_t rank) {
  std::vector<bool> result(rank, false);
  for (int64_t axis : axes) {
    size_t index = checked_axis(axis, rank);
    if (result[index]) corrupt("an axis is named twice");
    result[index] = true;
  }
  return result;
}

Shape spatial_of(const Shape &data) {
  if (data.size() < 3) corrupt("its data has no spatial axes: " + text_of(data));
  return {data.begin() + 2, data.end()};
}

Shape with_spatial(int64_t batch, int64_t channels, const Shape &spatial) {
  Shape shape{batch, channels};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  return shape;
}

// The shapes of a node's inputs.
class Inputs {
 public:
  Inputs(const Graph &graph, const Node &node, const std::vector<Shape> &shapes)
      : graph_(graph), node_(node), shapes_(shapes) {}
  size_t count() const { return node_.inputs.size(); }
  bool has(size_t index) const { return index < count() && node_.inputs[index] != no_value; }
  const Shape &operator[](size_t index) const { return shapes_[static_cast<size_t>(node_.inputs[index])]; }
  bool constant(size_t index) const { return graph_.constant(node_.inputs[index]) != nullptr; }

 private:
  const Graph &graph_;
  const Node &node_;
  const std::vector<Shape> &shapes_;
};

Shape shape_of(const Convolution &convolution, const Inputs &inputs) {
  const Shape &data = inputs[0], &weights = inputs[1];
  if (weights.size() != data.size() || weights.size() < 3)
    corrupt("data of " + text_of(data) + " does not fit weights of " + text_of(weights));
  int64_t groups = convolution.groups;
  if (groups < 1 || groups > data[1] || data[1] % groups != 0 || weights[0] % groups != 0 ||
      weights[1] != data[1] / groups)
    corrupt("data of " + text_of(data) + " does not fit weights of " + text_of(weights) + " in " +
            std::to_string(groups) + " groups");
  if (inputs.has(2) && inputs[2] != Shape{weights[0]})
    corrupt("its bias must have " + std::to_string(weights[0]) + " values; its shape is " + text_of(inputs[2]));
  Shape kernel(weights.begin() + 2, weights.end());
  if (!convolution.window.kernel.empty() && convolution.window.kernel != kernel)
    corrupt("its kernel_shape is " + text_of(convolution.window.kernel) + ", its weights are " + text_of(weights));
  Shape shape = with_spatial(data[0], weights[0], place_window(convolution.window, kernel, spatial_of(data)).output);
  if (inputs.has(3) && inputs[3] != shape)
    unsupported("adds values whose shapes fit each other for some sizes of batch only");
  return shape;
}

Shape shape_of(const Pooling &pooling, const Inputs &inputs) {
  PlacedWindow placed = place_window(pooling.window, pooling.window.kernel, spatial_of(inputs[0]));
  for (size_t i = 0; i < placed.kernel.size(); ++i) {
    int64_t extent = (placed.kernel[i] - 1) * placed.dilations[i] + 1;
    if (placed.pads_begin[i] >= extent || placed.pads_end[i] >= extent)
      unsupported("pools whose padding is as large as their window are not supported");
  }
  if (pooling.count_padding && placed.beyond_pads)
    unsupported("averages that count padding and round up are not supported");
  return with_spatial(inputs[0][0], inputs[0][1], placed.output);
}

Shape shape_of(const Reduction &reduction, const Inputs &inputs) {
  Shape shape = inputs[0];
  std::vector<size_t> axes = reduced_axes(reduction, shape.size());
  for (size_t i = axes.size(); i-- > 0;) {
    if (reduction.keep_axes)
      shape[axes[i]] = 1;
    else
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axes[i]));
  }
  return shape;
}

Shape shape_of(const Unary &, const Inputs &inputs) {
  return inputs[0];
}

Shape shape_of(const Binary &, const Inputs &inputs) {
  return broadcast(inputs[0], inputs[1]);
}

Shape shape_of(const MatrixProduct &product, const Inputs &inputs) {
  Shape left = inputs[0], right = inputs[1];
  if (left.empty() || right.empty()) corrupt("a factor is a scalar");
  // NumPy's rule: a vector is one row on the left and one column on the right.
  bool row = left.size() == 1, column = right.size() == 1;
  if ((row || column) && inputs.has(2)) corrupt("a factor is a vector");
  if (row) left.insert(left.begin(), 1);
  if (column) right.push_back(1);
  if (product.transpose_left) std::swap(left[left.size() - 1], left[left.size() - 2]);
  if (product.transpose_right) std::swap(right[right.size() - 1], right[right.size() - 2]);
  int64_t rows = left[left.size() - 2], columns = right.back();
  if (left.back() != right[right.size() - 2])
    corrupt("the shapes " + text_of(inputs[0]) + " and " + text_of(inputs[1]) + " cannot be multiplied");
  if (inputs.has(2) && inputs[2] != Shape{columns}) corrupt("its bias has the wrong size");
  Shape shape = broadcast({left.begin(), left.end() - 2}, {right.begin(), right.end() - 2});
  if (!row) shape.push_back(rows);
  if (!column) shape.push_back(columns);
  return shape;
}

Shape shape_of(const ChannelAffine &, const Inputs &inputs) {
  const Shape &data = inputs[0];
  if (data.size() < 2 || inputs[1] != Shape{data[1]} || inputs[2] != Shape{data[1]})
    corrupt("data of " + text_of(data) + " does not fit " + text_of(inputs[1]) + " channels");
  return data;
}

Shape shape_of(const Reshape &reshape, const Inputs &inputs) {
  const Shape &data = inputs[0];
  Shape shape = reshape.target;
  int64_t count = count_of(data), known = 1;
  size_t free = shape.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !reshape.zero_is_size) {
      if (i >= data.size()) corrupt("the new shape copies an axis that the data does not have");
      shape[i] = data[i];
    }
    if (shape[i] == -1) {
      if (free != shape.size()) corrupt("the new shape leaves two sizes free");
      free = i;
      shape[i] = 1;
    }
  }
  known = count_of(shape);
  if (free != shape.size() && known > 0) shape[free] = count / known;
  if (known == 0 || count_of(shape) != count)
    corrupt("data of " + text_of(data) + " does not fit the new shape " + text_of(reshape.target));
  return shape;
}

Shape shape_of(const Flatten &flatten, const Inputs &inputs) {
  const Shape &data = inputs[0];
  auto rank = static_cast<int64_t>(data.size());
  if (flatten.axis < -rank || flatten.axis > rank) corrupt("its axis lies outside the data");
  auto middle = data.begin() + (flatten.axis < 0 ? flatten.axis + rank : flatten.axis);
  return {count_of({data.begin(), middle}), count_of({middle, data.end()})};
}

Shape shape_of(const Squeeze &squeeze, const Inputs &inputs) {
  const Shape &data = inputs[0];
  std::vector<bool> removed = marked(squeeze.axes, data.size());
  Shape shape;
  for (size_t i = 0; i < data.size(); ++i) {
    if (removed[i] && data[i] != 1) corrupt("an axis of the size " + std::to_string(data[i]) + " cannot be removed");
    bool gone = squeeze.axes.empty() ? data[i] == 1 : removed[i];
    if (!gone) shape.push_back(data[i]);
  }
  return shape;
}

Shape shape_of(const Unsqueeze &unsqueeze, const Inputs &inputs) {
  const Shape &data = inputs[0];
  size_t rank = data.size() + unsqueeze.axes.size();
  if (rank > max_rank) unsupported("a tensor has more than " + std::to_string(max_rank) + " dimensions");
  std::vector<bool> added = marked(unsqueeze.axes, rank);
  Shape shape;
  for (size_t i = 0, next = 0; i < rank; ++i) shape.push_back(added[i] ? 1 : data[next++]);
  return shape;
}

Shape shape_of(const Transpose &transpose, const Inputs &inputs) {
  Shape shape;
  for (size_t axis : order_of(transpose, inputs[0].size())) shape.push_back(inputs[0][axis]);
  return shape;
}

Shape shape_of(const Concatenation &concatenation, const Inputs &inputs) {
  Shape shape = inputs[0];
  size_t axis = checked_axis(concatenation.axis, shape.size());
  for (size_t i = 1; i < inputs.count(); ++i) {
    const Shape &next = inputs[i];
    bool fits = next.size() == shape.size();
    for (size_t a = 0; fits && a < shape.size(); ++a) fits = a == axis || next[a] == shape[a];
    if (!fits) corrupt("the shapes " + text_of(inputs[0]) + " and " + text_of(next) + " cannot be put together");
    shape[axis] += next[axis];
  }
  return shape;
}

Shape shape_of(const Padding &padding, const Inputs &inputs) {
  Shape shape = inputs[0];
  Pads pads = pads_of(padding, shape.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t before = shape[i];
    shape[i] += pads.begin[i] + pads.end[i];
    if (shape[i] < 1) corrupt("its pads leave nothing of the data");
    if (padding.mode == Padding::Mode::constant) continue;
    // Such a pad keeps a table of each axis.
    if (shape[i] > max_repeated_axis)
      unsupported("reflected or repeated padding to more than " + std::to_string(max_repeated_axis) +
                  " along one axis is not supported");
    if (pads.begin[i] < 0 || pads.end[i] < 0) unsupported("reflected or repeated padding that cuts is not supported");
    if (padding.mode == Padding::Mode::reflect && (pads.begin[i] >= before || pads.end[i] >= before))
      corrupt("its reflected padding is larger than the data");
  }
  return shape;
}

Shape shape_of(const Softmax &softmax, const Inputs &inputs) {
  const Shape &data = inputs[0];
  // Opsets below 13 allow the axis behind the last, a softmax over nothing; nobody means that.
  checked_axis(softmax.axis, data.size());
  return data;
}

}  // namespace

std::vector<size_t> reduced_axes(const Reduction &reduction, size_t rank) {
  std::vector<size_t> axes;
  if (reduction.which == Reduction::Axes::listed) {
    std::vector<bool> reduced = marked(reduction.axes, rank);
    for (size_t i = 0; i < rank; ++i)
      if (reduced[i]) axes.push_back(i);
    return axes;
  }
  size_t first = reduction.which == Reduction::Axes::spatial ? 2 : 0;
  if (first > 0 && rank <= first) corrupt("its data has no spatial axes");
  axes.resize(rank - first);
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

Pads pads_of(const Padding &padding, size_t rank) {
  constexpr int64_t limit = max_elements;
  Pads pads{Shape(rank, 0), Shape(rank, 0)};
  if (padding.begin.size() != (padding.axes.empty() ? rank : padding.axes.size()))
    corrupt("it has pads for " + std::to_string(padding.begin.size()) + " axes; its data has " + std::to_string(rank));
  if (!padding.axes.empty()) marked(padding.axes, rank);
  for (size_t i = 0; i < padding.begin.size(); ++i) {
    size_t axis = padding.axes.empty() ? i : checked_axis(padding.axes[i], rank);
    if (std::max(padding.begin[i], padding.end[i]) > limit || std::min(padding.begin[i], padding.end[i]) < -limit)
      too_large("its pads are too large");
    pads.begin[axis] = padding.begin[i];
    pads.end[axis] = padding.end[i];
  }
  return pads;
}

std::vector<size_t> order_of(const Transpose &transpose, size_t rank) {
  std::vector<size_t> order(rank);
  if (transpose.order.empty()) {
    for (size_t i = 0; i < rank; ++i) order[i] = rank - 1 - i;
    return order;
  }
  if (transpose.order.size() != rank) corrupt("its order does not name each axis once");
  marked(transpose.order, rank);
  for (size_t i = 0; i < rank; ++i) order[i] = checked_axis(transpose.order[i], rank);
  return order;
}

std::vector<Shape> infer_shapes(const Graph &graph, const std::vector<Shape> &inputs) {
  std::vector<Shape> shapes(graph.values.size());
  for (size_t i = 0; i < shapes.size(); ++i)
    if (graph.values[i].constant) shapes[i] = graph.values[i].constant->shape;
  if (inputs.size() != graph.inputs.size()) fault("the number of input shapes is not that of the inputs");
  for (size_t i = 0; i < inputs.size(); ++i) {
    check_shape(inputs[i]);
    shapes[static_cast<size_t>(graph.inputs[i].value)] = inputs[i];
  }
  for (const Node &node : graph.nodes) {
    try {
      Inputs of_node(graph, node, shapes);
      for (size_t i = 0; i < of_node.count(); ++i)
        if (of_node.has(i)) check_shape(of_node[i]);
      Shape shape = std::visit([&](const auto &operation) { return shape_of(operation, of_node); }, node.operation);
      check_shape(shape);
      shapes[static_cast<size_t>(node.output)] = std::move(shape);
    } catch (const Failure &failure) {
      throw Failure(failure.status(), node.name + ": " + failure.what());
    }
  }
  return shapes;
}

}  // namespace onednn
