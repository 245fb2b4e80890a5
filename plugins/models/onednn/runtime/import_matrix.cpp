// Gemm, MatMul, and BatchNormalization, which is a scale and a shift for each channel.
#include <algorithm>
#include <cmath>

#include "operators.h"

namespace onednn {
namespace {

ValueId scaled(OnnxNode &node, ValueId value, float factor) {
  if (factor == 1) return value;
  if (const Tensor *constant = node.import().graph.constant(value)) {
    Tensor copy = *constant;
    for (float &number : copy.values) number *= factor;
    return node.add_constant(std::move(copy));
  }
  return node.add(Unary{{{Elementwise::Kind::linear, factor, 0}}}, {value});
}

// A constant that adds one number to each column, as a vector of that many numbers; no_value for all others.
ValueId as_bias(OnnxNode &node, ValueId value, int64_t columns) {
  const Tensor *constant = node.import().graph.constant(value);
  if (!constant || constant->shape.empty() || constant->shape.back() != columns ||
      static_cast<int64_t>(constant->values.size()) != columns)
    return no_value;
  return node.add_constant({{columns}, constant->values});
}

}  // namespace

void import_gemm(OnnxNode &node) {
  float alpha = node.number("alpha", 1), beta = node.number("beta", 1);
  MatrixProduct product;
  product.transpose_left = node.integer("transA", 0) != 0;
  product.transpose_right = node.integer("transB", 0) != 0;
  if (node.opset() < 7) node.integer("broadcast", 0);
  ValueId left = node.input(0), right = node.input(1);
  for (ValueId factor : {left, right})
    if (const Tensor *constant = node.import().graph.constant(factor); constant && constant->shape.size() != 2)
      node.is_wrong("its factors must be matrices");
  const Tensor *weights = node.import().graph.constant(right);
  ValueId addend = node.has_input(2) && beta != 0 ? scaled(node, node.input(2), beta) : no_value;
  ValueId bias = no_value;
  // alpha belongs to the product alone, so the weights carry it.
  if (weights && addend != no_value) bias = as_bias(node, addend, weights->shape[product.transpose_right ? 0 : 1]);
  ValueId result;
  if (weights)
    result = node.add(product, {left, scaled(node, right, alpha), bias});
  else
    result = scaled(node, node.add(product, {left, right, no_value}), alpha);
  if (addend != no_value && bias == no_value) result = node.add(Binary{Binary::Kind::add}, {result, addend});
  node.give(result);
}

void import_matrix_product(OnnxNode &node) {
  node.give(node.add(MatrixProduct{}, {node.input(0), node.input(1), no_value}));
}

void import_batch_normalization(OnnxNode &node) {
  float epsilon = node.number("epsilon", 1e-5f);
  node.ignore("momentum");
  if (node.integer("training_mode", 0) != 0 || (node.opset() < 7 && node.integer("is_test", 0) == 0))
    node.refuse("is in training mode");
  if (node.opset() < 9 && node.integer("spatial", 1) != 1) node.refuse("normalises each place by itself");
  const Tensor &scale = node.needed_constant(1, "the scales"), &shift = node.needed_constant(2, "the shifts"),
               &mean = node.needed_constant(3, "the means"), &variance = node.needed_constant(4, "the variances");
  size_t channels = scale.values.size();
  if (scale.shape.size() != 1 || shift.shape != scale.shape || mean.shape != scale.shape ||
      variance.shape != scale.shape)
    node.is_wrong("its scales, shifts, means and variances must be vectors of one length");
  Tensor factors{scale.shape, std::vector<float>(channels)}, offsets = factors;
  for (size_t i = 0; i < channels; ++i) {
    double factor = scale.values[i] / std::sqrt(double{variance.values[i]} + epsilon);
    factors.values[i] = static_cast<float>(factor);
    offsets.values[i] = static_cast<float>(shift.values[i] - factor * mean.values[i]);
  }
  ValueId factor_id = node.add_constant(std::move(factors)), offset_id = node.add_constant(std::move(offsets));
  node.give(node.add(ChannelAffine{}, {node.input(0), factor_id, offset_id}));
}

}  // namespace onednn
