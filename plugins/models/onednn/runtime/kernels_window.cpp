// Convolutions, pools, and reductions, of which those over all spatial axes are pools.
#include "failure.h"
#include "kernels.h"
#include "shape_inference.h"
#include "window.h"

namespace onednn {
namespace {

Shape spatial_of(const Shape &shape) {
  return {shape.begin() + 2, shape.end()};
}

bool adds_residual(const Convolution &convolution) {
  for (const auto &operation : convolution.post)
    if (std::holds_alternative<AddResidual>(operation)) return true;
  return false;
}

void lay_out_pool(const PoolingShape &pool, const Place &source, const Place &destination, Builder &builder) {
  builder.call(make_pooling(pool), {{Operand::source, source}, {Operand::destination, destination}});
}

// True when the reduction is over every axis but the first two, of which there are 1 to 3.
bool is_global_pool(const Reduction &reduction, const std::vector<size_t> &axes, size_t rank) {
  bool kind = reduction.kind == Reduction::Kind::mean || reduction.kind == Reduction::Kind::maximum;
  return kind && rank >= 3 && rank <= 5 && axes.size() == rank - 2 && axes.front() == 2;
}

}  // namespace

void lay_out(const Convolution &convolution, const Node &node, Builder &builder) {
  const Shape &data = builder.shape(node.inputs[0]), &weights = builder.shape(node.inputs[1]);
  const Shape &result = builder.shape(node.output);
  if (!builder.is_constant(node.inputs[1]))
    unsupported("its weights must be constants; computed ones are not supported");
  PlacedWindow window = place_window(convolution.window, {weights.begin() + 2, weights.end()}, spatial_of(data));
  ConvolutionShape shape;
  shape.source = channels_last(data);
  shape.destination = channels_last(result);
  shape.weights = weights;
  shape.groups = convolution.groups;
  shape.bias = node.inputs[2] != no_value;
  shape.strides = window.strides;
  shape.dilations = window.dilations;
  shape.pads_begin = window.pads_begin;
  shape.pads_end = window.pads_end;
  Primitive primitive = make_convolution(shape, convolution.post);

  Shape weight_dims = weights;
  if (shape.groups > 1) {
    weight_dims[0] /= shape.groups;
    weight_dims.insert(weight_dims.begin(), shape.groups);
  }
  Place packed;
  packed.constant = builder.weights().in_format(node.inputs[1], row_major(weight_dims), primitive.weights_format());
  Place bias;
  if (shape.bias) bias = builder.in_layout(node.inputs[2], row_major(builder.shape(node.inputs[2])));
  Place source = builder.in_layout(node.inputs[0], shape.source);
  Place destination = adds_residual(convolution)
                          ? builder.make_from(node.output, node.inputs[3], shape.destination, source)
                          : builder.make(node.output, shape.destination);
  builder.call(primitive, {{Operand::source, source},
                           {Operand::weights, packed},
                           {Operand::bias, bias},
                           {Operand::destination, destination}});
}

void lay_out(const Pooling &pooling, const Node &node, Builder &builder) {
  const Shape &data = builder.shape(node.inputs[0]);
  PlacedWindow window = place_window(pooling.window, pooling.window.kernel, spatial_of(data));
  PoolingShape shape;
  shape.kind = pooling.kind;
  shape.count_padding = pooling.count_padding;
  shape.source = channels_last(data);
  shape.destination = channels_last(builder.shape(node.output));
  shape.kernel = window.kernel;
  shape.strides = window.strides;
  shape.dilations = window.dilations;
  shape.pads_begin = window.pads_begin;
  shape.pads_end = window.pads_end;
  Place source = builder.in_layout(node.inputs[0], shape.source);
  lay_out_pool(shape, source, builder.make(node.output, shape.destination), builder);
}

void lay_out(const Reduction &reduction, const Node &node, Builder &builder) {
  const Shape &data = builder.shape(node.inputs[0]), &result = builder.shape(node.output);
  std::vector<size_t> axes = reduced_axes(reduction, data.size());
  Shape kept = data;
  for (size_t axis : axes) kept[axis] = 1;
  if (axes.empty() || kept == data) {
    // Nothing to reduce: each value is its own sum, mean and maximum.
    builder.make_view(node.output, builder.in_layout(node.inputs[0], row_major(data)), row_major(result));
    return;
  }
  Place destination = builder.make(node.output, row_major(result));
  destination.layout = row_major(kept);
  if (is_global_pool(reduction, axes, data.size())) {
    PoolingShape shape;
    shape.kind = reduction.kind == Reduction::Kind::mean ? Pooling::Kind::average : Pooling::Kind::maximum;
    shape.kernel = spatial_of(data);
    shape.strides = shape.dilations = Shape(shape.kernel.size(), 1);
    shape.pads_begin = shape.pads_end = Shape(shape.kernel.size(), 0);
    shape.source = channels_last(data);
    shape.destination = channels_last(kept);  // the same places as row-major: one number for each channel
    lay_out_pool(shape, builder.in_layout(node.inputs[0], shape.source), destination, builder);
    return;
  }
  Place source = builder.in_layout(node.inputs[0], row_major(data));
  builder.call(make_reduction(reduction.kind, source.layout, destination.layout),
               {{Operand::source, source}, {Operand::destination, destination}});
}

}  // namespace onednn
