// What only moves or renames values.
#include "operators.h"

namespace onednn {

void import_reshape(OnnxNode &node) {
  if (node.opset() < 5) node.refuse("this form of opsets below 5 is not supported");
  Reshape reshape;
  reshape.target = node.integers(1, "the new shape").values;
  reshape.zero_is_size = node.integer("allowzero", 0) != 0;
  node.give(node.add(std::move(reshape), {node.input(0)}));
}

void import_flatten(OnnxNode &node) {
  node.give(node.add(Flatten{node.integer("axis", 1)}, {node.input(0)}));
}

void import_squeeze(OnnxNode &node) {
  bool listed = false;
  Squeeze squeeze{node.list_by_opset("axes", 1, 13, listed)};
  node.give(node.add(std::move(squeeze), {node.input(0)}));
}

void import_unsqueeze(OnnxNode &node) {
  bool listed = false;
  Unsqueeze unsqueeze{node.list_by_opset("axes", 1, 13, listed)};
  if (!listed) node.is_wrong("lacks its axes");
  node.give(node.add(std::move(unsqueeze), {node.input(0)}));
}

void import_transpose(OnnxNode &node) {
  node.give(node.add(Transpose{node.integer_list("perm")}, {node.input(0)}));
}

void import_concatenation(OnnxNode &node) {
  if (!node.has("axis")) node.is_wrong("lacks its attribute \"axis\"");
  Concatenation concatenation{node.integer("axis", 0)};
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < node.input_count(); ++i) inputs.push_back(node.input(i));
  if (inputs.empty()) node.is_wrong("lacks its inputs");
  node.give(node.add(concatenation, std::move(inputs)));
}

void import_padding(OnnxNode &node) {
  Padding padding;
  std::string mode = node.text("mode", "constant");
  if (mode == "reflect")
    padding.mode = Padding::Mode::reflect;
  else if (mode == "edge")
    padding.mode = Padding::Mode::edge;
  else if (mode != "constant")
    node.refuse("its mode is not supported");
  bool listed = false;
  std::vector<int64_t> pads = node.list_by_opset("pads", 1, 11, listed);
  if (!listed || pads.size() % 2 != 0) node.is_wrong("its pads need a begin and an end for each axis");
  auto middle = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  padding.begin.assign(pads.begin(), middle);
  padding.end.assign(middle, pads.end());
  if (node.opset() < 11) {
    padding.value = node.number("value", 0);
  } else if (node.has_input(2)) {
    const Tensor &value = node.needed_constant(2, "the value of the padding");
    if (value.values.size() != 1) node.is_wrong("the value of the padding must be one number");
    padding.value = value.values[0];
  }
  if (node.has_input(3)) {
    padding.axes = node.integers(3, "the axes of the padding").values;
    if (padding.axes.size() != padding.begin.size()) node.is_wrong("it has more pads than axes, or fewer");
  }
  node.give(node.add(std::move(padding), {node.input(0)}));
}

}  // namespace onednn
