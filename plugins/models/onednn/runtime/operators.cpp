#include "operators.h"

#include <algorithm>
#include <array>
#include <utility>

namespace onednn {
namespace {

// Sorted by name.
constexpr std::array<std::pair<std::string_view, OperatorImport>, 45> operators = {{
    {"Abs", import_unary},
    {"Add", import_binary},
    {"AveragePool", import_average_pool},
    {"BatchNormalization", import_batch_normalization},
    {"Cast", import_cast},
    {"Clip", import_clip},
    {"Concat", import_concatenation},
    {"Constant", import_constant},
    {"Conv", import_convolution},
    {"Div", import_binary},
    {"Dropout", import_dropout},
    {"Elu", import_unary},
    {"Exp", import_unary},
    {"Flatten", import_flatten},
    {"Gemm", import_gemm},
    {"GlobalAveragePool", import_global_pool},
    {"GlobalMaxPool", import_global_pool},
    {"HardSigmoid", import_hard_sigmoid},
    {"HardSwish", import_unary},
    {"Identity", import_identity},
    {"LeakyRelu", import_unary},
    {"Log", import_unary},
    {"LogSoftmax", import_softmax},
    {"MatMul", import_matrix_product},
    {"MaxPool", import_maximum_pool},
    {"Mul", import_binary},
    {"Neg", import_unary},
    {"Pad", import_padding},
    {"Reciprocal", import_unary},
    {"ReduceMax", import_reduction},
    {"ReduceMean", import_reduction},
    {"ReduceMin", import_reduction},
    {"ReduceSum", import_reduction},
    {"Relu", import_unary},
    {"Reshape", import_reshape},
    {"Sigmoid", import_unary},
    {"Softmax", import_softmax},
    {"Softplus", import_unary},
    {"Sqrt", import_unary},
    {"Squeeze", import_squeeze},
    {"Sub", import_binary},
    {"Sum", import_sum},
    {"Tanh", import_unary},
    {"Transpose", import_transpose},
    {"Unsqueeze", import_unsqueeze},
}};

}  // namespace

OperatorImport find_operator(std::string_view name) {
  auto found = std::find_if(operators.begin(), operators.end(), [&](const auto &entry) { return entry.first == name; });
  return found == operators.end() ? nullptr : found->second;
}

std::string supported_operators() {
  std::string list;
  for (const auto &[name, function] : operators) list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

}  // namespace onednn
