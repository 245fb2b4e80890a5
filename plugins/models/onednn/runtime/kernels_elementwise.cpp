// Functions of single values, of two tensors, and softmax.
#include <algorithm>

#include "broadcast_loop.h"
#include "failure.h"
#include "kernels.h"

namespace onednn {
namespace {

bool commutes(Binary::Kind kind) {
  return kind == Binary::Kind::add || kind == Binary::Kind::multiply;
}

// Calls oneDNN with `left` of the result's shape; false when left's order is none that it takes.
void lay_out_aligned(Binary::Kind kind, ValueId left, ValueId right, ValueId output, Builder &builder) {
  Place a = builder.in_usual_layout(left);
  Place b = builder.shape(right) == builder.shape(left) ? builder.in_layout(right, a.layout)
                                                        : builder.in_layout(right, row_major(builder.shape(right)));
  b.layout = with_rank(b.layout, a.layout.rank());
  Place destination = builder.make_over(output, left, a);
  builder.call(make_binary(kind, a.layout, b.layout, a.layout),
               {{Operand::source, a}, {Operand::second_source, b}, {Operand::destination, destination}});
}

}  // namespace

void lay_out(const Unary &unary, const Node &node, Builder &builder) {
  Place source = builder.in_usual_layout(node.inputs[0]);
  Place destination = builder.make_over(node.output, node.inputs[0], source);
  // One after the other: oneDNN 2.6 runs a chain in one primitive by its slow reference, and not at all on vectors.
  for (const auto &function : unary.chain) {
    builder.call(make_unary(source.layout, function), {{Operand::source, source}, {Operand::destination, destination}});
    source = destination;
  }
}

void lay_out(const Binary &binary, const Node &node, Builder &builder) {
  ValueId left = node.inputs[0], right = node.inputs[1];
  const Shape &result = builder.shape(node.output);
  bool left_is_whole = builder.shape(left) == result && !builder.is_constant(left);
  bool right_is_whole = builder.shape(right) == result && !builder.is_constant(right);
  if (left_is_whole) return lay_out_aligned(binary.kind, left, right, node.output, builder);
  if (right_is_whole && commutes(binary.kind)) return lay_out_aligned(binary.kind, right, left, node.output, builder);
  Place a = builder.place(left), b = builder.place(right);
  Place destination = builder.make(node.output, right_is_whole ? b.layout : row_major(result));
  Layout of_a = with_rank(a.layout, result.size()), of_b = with_rank(b.layout, result.size());
  builder.call([kind = binary.kind, of_a, of_b, to = destination.layout](
                   const std::vector<float *> &data) { apply_binary(kind, of_a, data[0], of_b, data[1], to, data[2]); },
               {a, b, destination});
}

void lay_out(const ChannelAffine &, const Node &node, Builder &builder) {
  Place source = builder.in_usual_layout(node.inputs[0]);
  Place scale = builder.place(node.inputs[1]), shift = builder.place(node.inputs[2]);
  Place destination = builder.make_over(node.output, node.inputs[0], source);
  builder.call(make_channel_affine(source.layout), {{Operand::source, source},
                                                    {Operand::weights, scale},
                                                    {Operand::bias, shift},
                                                    {Operand::destination, destination}});
}

void lay_out(const Softmax &softmax, const Node &node, Builder &builder) {
  const Shape &data = builder.shape(node.inputs[0]);
  size_t axis = checked_axis(softmax.axis, data.size());
  Place source, destination;
  Layout layout;
  if (softmax.over_rest) {
    source = builder.in_layout(node.inputs[0], row_major(data));
    auto middle = data.begin() + static_cast<std::ptrdiff_t>(axis);
    layout = row_major({count_of({data.begin(), middle}), count_of({middle, data.end()})});
    axis = 1;
  } else {
    source = builder.in_usual_layout(node.inputs[0]);
    layout = source.layout;
  }
  destination = builder.make_over(node.output, node.inputs[0], source);
  builder.call(make_softmax(layout, axis, softmax.logarithm),
               {{Operand::source, source}, {Operand::destination, destination}});
}

}  // namespace onednn
