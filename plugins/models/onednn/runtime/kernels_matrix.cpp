// Matrix products.
#include "failure.h"
#include "kernels.h"

namespace onednn {
namespace {

Layout with_swapped_end(Layout layout) {
  size_t last = layout.rank() - 1;
  std::swap(layout.dims[last], layout.dims[last - 1]);
  std::swap(layout.strides[last], layout.strides[last - 1]);
  return layout;
}

}  // namespace

void lay_out(const MatrixProduct &product, const Node &node, Builder &builder) {
  ValueId left = node.inputs[0], right = node.inputs[1];
  Layout a = row_major(builder.shape(left)), b = row_major(builder.shape(right));
  Layout result = row_major(builder.shape(node.output));
  Place left_place = builder.in_layout(left, a), right_place;
  bool constant = builder.is_constant(right) && b.rank() == 2 && !product.transpose_left;
  if (!constant) right_place = builder.in_layout(right, b);

  // Vectors become a row on the left and a column on the right.
  if (a.rank() == 1) a = row_major({1, a.dims[0]});
  if (b.rank() == 1) b = row_major({b.dims[0], 1});
  int64_t rows = product.transpose_left ? a.dims.back() : a.dims[a.rank() - 2];
  int64_t columns = product.transpose_right ? b.dims[b.rank() - 2] : b.dims.back();
  if (constant) {
    // One matrix for the whole batch: all rows in one product.
    rows = count_of(a.dims) / a.dims.back();
    a = row_major({rows, a.dims.back()});
    result = row_major({rows, columns});
  } else {
    Shape dims = broadcast({a.dims.begin(), a.dims.end() - 2}, {b.dims.begin(), b.dims.end() - 2});
    a = with_rank(a, dims.size() + 2);
    b = with_rank(b, dims.size() + 2);
    dims.push_back(rows);
    dims.push_back(columns);
    result = row_major(dims);
  }
  MatrixProductShape shape;
  shape.left = product.transpose_left ? with_swapped_end(a) : a;
  shape.right = product.transpose_right ? with_swapped_end(b) : b;
  shape.destination = result;
  shape.constant_right = constant;
  shape.bias = node.inputs[2] != no_value;
  Primitive primitive = make_matrix_product(shape, product.post);
  if (constant) right_place.constant = builder.weights().in_format(right, shape.right, primitive.weights_format());
  Place bias;
  if (shape.bias) bias = builder.in_layout(node.inputs[2], row_major(builder.shape(node.inputs[2])));
  Place destination = builder.make(node.output, row_major(builder.shape(node.output)));
  builder.call(primitive, {{Operand::source, left_place},
                           {Operand::weights, right_place},
                           {Operand::bias, bias},
                           {Operand::destination, destination}});
}

}  // namespace onednn
