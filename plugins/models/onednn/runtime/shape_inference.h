#pragma once
// The shape of every value, given those of the graph's inputs.

#include "graph.h"

namespace onednn {

// One shape for each value of the graph. inputs: complete shapes, in the order of graph.inputs. corrupt_data when
// shapes do not fit each other, unsupported for empty tensors, limit_exceeded for absurd ones; the messages name the
// node. [any]
std::vector<Shape> infer_shapes(const Graph &graph, const std::vector<Shape> &inputs);

// The axes that a reduction removes, ascending. [any]
std::vector<size_t> reduced_axes(const Reduction &reduction, size_t rank);
// Elements before and behind on each axis of the data. [any]
struct Pads {
  Shape begin, end;
};
Pads pads_of(const Padding &padding, size_t rank);
// The order with defaults filled in; corrupt_data unless it names each axis once. [any]
std::vector<size_t> order_of(const Transpose &transpose, size_t rank);

}  // namespace onednn
