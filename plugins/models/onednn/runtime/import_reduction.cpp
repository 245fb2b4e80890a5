// Sums and means over axes, pools over everything, and softmax.
#include <onnx/onnx_pb.h>

#include "operators.h"

namespace onednn {

void import_reduction(OnnxNode &node) {
  const std::string &name = node.proto().op_type();
  Reduction reduction{};
  reduction.kind = name == "ReduceMean"  ? Reduction::Kind::mean
                   : name == "ReduceSum" ? Reduction::Kind::sum
                   : name == "ReduceMax" ? Reduction::Kind::maximum
                                         : Reduction::Kind::minimum;
  reduction.keep_axes = node.integer("keepdims", 1) != 0;
  bool listed = false;
  reduction.axes = node.list_by_opset("axes", 1, name == "ReduceSum" ? 13 : 18, listed);
  if (reduction.axes.empty()) {
    reduction.which = Reduction::Axes::all;
    if (node.integer("noop_with_empty_axes", 0) != 0) return node.give(node.input(0));
  }
  node.ignore("noop_with_empty_axes");
  node.give(node.add(std::move(reduction), {node.input(0)}));
}

void import_global_pool(OnnxNode &node) {
  Reduction reduction{};
  reduction.kind = node.proto().op_type() == "GlobalMaxPool" ? Reduction::Kind::maximum : Reduction::Kind::mean;
  reduction.which = Reduction::Axes::spatial;
  node.give(node.add(std::move(reduction), {node.input(0)}));
}

void import_softmax(OnnxNode &node) {
  Softmax softmax;
  softmax.logarithm = node.proto().op_type() == "LogSoftmax";
  softmax.over_rest = node.opset() < 13;
  softmax.axis = node.integer("axis", softmax.over_rest ? 1 : -1);
  node.give(node.add(softmax, {node.input(0)}));
}

}  // namespace onednn
