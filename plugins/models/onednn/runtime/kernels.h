#pragma once
// How each operation is laid out: which primitives it takes, and in which order their numbers lie. Convolutions and
// pools work channels-last, matrices row-major; copies between the two are made where they are needed and nowhere else.

#include "builder.h"

namespace onednn {

// Adds the steps of one node to the plan. Failures carry no name of the node; make_plan adds it. [worker]
void lay_out(const Convolution &convolution, const Node &node, Builder &builder);
void lay_out(const Pooling &pooling, const Node &node, Builder &builder);
void lay_out(const Reduction &reduction, const Node &node, Builder &builder);
void lay_out(const Unary &unary, const Node &node, Builder &builder);
void lay_out(const Binary &binary, const Node &node, Builder &builder);
void lay_out(const ChannelAffine &affine, const Node &node, Builder &builder);
void lay_out(const Softmax &softmax, const Node &node, Builder &builder);
void lay_out(const MatrixProduct &product, const Node &node, Builder &builder);
void lay_out(const Reshape &reshape, const Node &node, Builder &builder);
void lay_out(const Flatten &flatten, const Node &node, Builder &builder);
void lay_out(const Squeeze &squeeze, const Node &node, Builder &builder);
void lay_out(const Unsqueeze &unsqueeze, const Node &node, Builder &builder);
void lay_out(const Transpose &transpose, const Node &node, Builder &builder);
void lay_out(const Concatenation &concatenation, const Node &node, Builder &builder);
void lay_out(const Padding &padding, const Node &node, Builder &builder);

}  // namespace onednn
