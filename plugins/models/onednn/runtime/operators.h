#pragma once
// The ONNX operators that are understood, and how each becomes operations. One function for each operator; those of a
// family lie in one import_*.cpp.

#include <string>
#include <string_view>

#include "onnx_node.h"

namespace onednn {

// Adds what the node means to its import. unsupported, corrupt_data; the messages name the node. [any]
using OperatorImport = void (*)(OnnxNode &node);

// Null for operators that are not supported. [any]
OperatorImport find_operator(std::string_view name);
std::string supported_operators();  // "Abs, Add, ..." [any]

// import_window.cpp
void import_convolution(OnnxNode &node);
void import_maximum_pool(OnnxNode &node);
void import_average_pool(OnnxNode &node);
// import_elementwise.cpp
void import_clip(OnnxNode &node);
void import_hard_sigmoid(OnnxNode &node);
void import_unary(OnnxNode &node);
void import_binary(OnnxNode &node);
void import_sum(OnnxNode &node);
// import_matrix.cpp
void import_gemm(OnnxNode &node);
void import_matrix_product(OnnxNode &node);
void import_batch_normalization(OnnxNode &node);
// import_reduction.cpp
void import_reduction(OnnxNode &node);
void import_global_pool(OnnxNode &node);
void import_softmax(OnnxNode &node);
// import_movement.cpp
void import_reshape(OnnxNode &node);
void import_flatten(OnnxNode &node);
void import_squeeze(OnnxNode &node);
void import_unsqueeze(OnnxNode &node);
void import_transpose(OnnxNode &node);
void import_concatenation(OnnxNode &node);
void import_padding(OnnxNode &node);
// import_constant.cpp
void import_constant(OnnxNode &node);
void import_identity(OnnxNode &node);
void import_dropout(OnnxNode &node);
void import_cast(OnnxNode &node);

}  // namespace onednn
