// Constants, and operators that do nothing at inference: their outputs are names for what goes in.
#include <onnx/onnx_pb.h>

#include "operators.h"

namespace onednn {

void import_constant(OnnxNode &node) {
  if (const auto *tensor = node.tensor("value")) {
    node.give(import_tensor(*tensor, node.label(), node.import()));
  } else if (node.has("value_float")) {
    node.give(node.add_constant({{}, {node.number("value_float", 0)}}));
  } else if (node.has("value_floats")) {
    auto values = node.number_list("value_floats");
    Shape shape{static_cast<int64_t>(values.size())};
    node.give(node.add_constant({shape, std::move(values)}));
  } else if (node.has("value_int")) {
    node.give({no_value, std::make_shared<const Integers>(Integers{{}, {node.integer("value_int", 0)}})});
  } else if (node.has("value_ints")) {
    auto values = node.integer_list("value_ints");
    Shape shape{static_cast<int64_t>(values.size())};
    node.give({no_value, std::make_shared<const Integers>(Integers{shape, std::move(values)})});
  } else {
    node.refuse("its kind of constant is not supported");
  }
}

void import_identity(OnnxNode &node) {
  node.give(node.named_input(0));
}

void import_dropout(OnnxNode &node) {
  node.ignore("ratio");
  node.ignore("seed");
  bool training = node.opset() < 7 && node.integer("is_test", 0) == 0;
  if (node.opset() >= 12 && node.has_input(2)) {
    const auto &mode = node.integers(2, "the training mode").values;
    training = mode.size() != 1 || mode[0] != 0;
  }
  if (training) node.refuse("is in training mode");
  node.give(node.input(0));
}

void import_cast(OnnxNode &node) {
  node.ignore("saturate");
  int64_t to = node.integer("to", 0);
  Named from = node.named_input(0);
  if (!from.integers && to == onnx::TensorProto::FLOAT) return node.give(from);
  if (from.integers && (to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32)) return node.give(from);
  if (from.integers && to == onnx::TensorProto::FLOAT)
    return node.give(
        node.add_constant({from.integers->shape, {from.integers->values.begin(), from.integers->values.end()}}));
  node.refuse("this conversion is not supported");
}

}  // namespace onednn
