// Functions of single values, and of two.
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <limits>

#include "operators.h"

namespace onednn {
namespace {

using Kind = Elementwise::Kind;

void give_chain(OnnxNode &node, std::vector<Elementwise> chain) {
  node.give(node.add(Unary{std::move(chain)}, {node.input(0)}));
}

float bound(OnnxNode &node, size_t input, float fallback) {
  if (!node.has_input(input)) return fallback;
  const Tensor &tensor = node.needed_constant(input, "the bounds");
  if (tensor.values.size() != 1) node.is_wrong("a bound must be one number");
  return tensor.values[0];
}

Elementwise elementwise_of(OnnxNode &node) {
  const std::string &name = node.proto().op_type();
  if (name == "Relu") return {Kind::relu};
  if (name == "LeakyRelu") return {Kind::relu, node.number("alpha", 0.01f)};
  if (name == "Sigmoid") return {Kind::logistic};
  if (name == "Tanh") return {Kind::tanh};
  if (name == "Elu") return {Kind::elu, node.number("alpha", 1)};
  if (name == "Abs") return {Kind::absolute};
  if (name == "Sqrt") return {Kind::square_root};
  if (name == "Exp") return {Kind::exponential};
  if (name == "Log") return {Kind::logarithm};
  if (name == "Softplus") return {Kind::softplus};
  if (name == "Neg") return {Kind::linear, -1, 0};
  if (name == "Reciprocal") return {Kind::reciprocal};
  if (name == "HardSwish") return {Kind::hard_swish};
  node.refuse("is not supported");
}

Binary::Kind binary_of(const std::string &name) {
  return name == "Add"   ? Binary::Kind::add
         : name == "Sub" ? Binary::Kind::subtract
         : name == "Mul" ? Binary::Kind::multiply
                         : Binary::Kind::divide;
}

}  // namespace

void import_clip(OnnxNode &node) {
  constexpr float unbounded = std::numeric_limits<float>::infinity();
  float low, high;
  if (node.opset() < 11) {
    low = node.number("min", -unbounded);
    high = node.number("max", unbounded);
  } else {
    low = bound(node, 1, -unbounded);
    high = bound(node, 2, unbounded);
  }
  // ONNX takes the minimum last: bounds that cross give the upper one everywhere.
  give_chain(node, {{Kind::clip, std::min(low, high), high}});
}

void import_hard_sigmoid(OnnxNode &node) {
  float slope = node.number("alpha", 0.2f), offset = node.number("beta", 0.5f);
  give_chain(node, {{Kind::linear, slope, offset}, {Kind::clip, 0, 1}});
}

void import_unary(OnnxNode &node) {
  give_chain(node, {elementwise_of(node)});
}

void import_binary(OnnxNode &node) {
  if (node.opset() < 7) {
    // Without "axis" the old rule is a special case of the new one.
    node.integer("broadcast", 0);
    if (node.has("axis")) node.refuse("broadcasting along an \"axis\", as opsets below 7 have it, is not supported");
  }
  node.give(node.add(Binary{binary_of(node.proto().op_type())}, {node.input(0), node.input(1)}));
}

void import_sum(OnnxNode &node) {
  ValueId sum = node.input(0);
  for (size_t i = 1; i < node.input_count(); ++i) sum = node.add(Binary{Binary::Kind::add}, {sum, node.input(i)});
  node.give(sum);
}

}  // namespace onednn
