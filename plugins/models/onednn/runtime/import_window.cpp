// Conv, MaxPool, AveragePool.
#include <algorithm>

#include "operators.h"

namespace onednn {
namespace {

constexpr int64_t max_extent = 65535;  // of kernels, strides, dilations and pads along one axis

Shape checked_list(OnnxNode &node, const char *name, int64_t least) {
  Shape list = node.integer_list(name);
  bool good = list.size() <= 2 * max_rank;
  for (int64_t value : list) good = good && value >= least && value <= max_extent;
  if (!good) node.is_wrong("its attribute \"" + std::string(name) + "\" holds an impossible number");
  return list;
}

Window read_window(OnnxNode &node) {
  Window window;
  window.kernel = checked_list(node, "kernel_shape", 1);
  window.strides = checked_list(node, "strides", 1);
  window.dilations = checked_list(node, "dilations", 1);
  Shape pads = checked_list(node, "pads", 0);
  if (pads.size() % 2 != 0) node.is_wrong("its attribute \"pads\" needs a begin and an end for each axis");
  auto middle = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  window.pads_begin.assign(pads.begin(), middle);
  window.pads_end.assign(middle, pads.end());
  std::string mode = node.text("auto_pad", "NOTSET");
  if (mode == "SAME_UPPER")
    window.auto_pad = AutoPad::same_upper;
  else if (mode == "SAME_LOWER")
    window.auto_pad = AutoPad::same_lower;
  else if (mode == "VALID")
    window.auto_pad = AutoPad::valid;
  else if (mode != "NOTSET")
    node.is_wrong("its attribute \"auto_pad\" is none that ONNX knows");
  return window;
}

Window read_pooling_window(OnnxNode &node) {
  Window window = read_window(node);
  if (window.kernel.empty()) node.is_wrong("lacks its attribute \"kernel_shape\"");
  window.round_up = node.integer("ceil_mode", 0) != 0;
  return window;
}

bool all_ones(const Shape &list) {
  return std::all_of(list.begin(), list.end(), [](int64_t value) { return value == 1; });
}

}  // namespace

void import_convolution(OnnxNode &node) {
  Convolution convolution;
  convolution.window = read_window(node);
  convolution.groups = node.integer("group", 1);
  node.give(node.add(std::move(convolution), {node.input(0), node.input(1), node.input_or_none(2)}));
}

void import_maximum_pool(OnnxNode &node) {
  if (node.integer("storage_order", 0) != 0) node.refuse("its attribute \"storage_order\" is not supported");
  Pooling pooling{Pooling::Kind::maximum, read_pooling_window(node)};
  node.give(node.add(std::move(pooling), {node.input(0)}));
}

void import_average_pool(OnnxNode &node) {
  Pooling pooling{Pooling::Kind::average, read_pooling_window(node)};
  pooling.count_padding = node.integer("count_include_pad", 0) != 0;
  if (!all_ones(pooling.window.dilations)) node.refuse("averages over dilated windows are not supported");
  node.give(node.add(std::move(pooling), {node.input(0)}));
}

}  // namespace onednn
