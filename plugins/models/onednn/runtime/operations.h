#pragma once
// What a network is made of after import: few operations, each plain data with one meaning, whatever ONNX operator and
// opset it came from. Their inputs are listed beside each; every operation has one output.

#include <cstdint>
#include <variant>
#include <vector>

#include "shape.h"

namespace onednn {

// ---- parts ----

// A function of single values. What alpha and beta mean is said beside each.
struct Elementwise {
  enum class Kind {
    relu,      // x > 0 ? x : alpha x
    clip,      // min(max(x, alpha), beta)
    linear,    // alpha x + beta
    logistic,  // 1 / (1 + exp(-x))
    elu,       // x > 0 ? x : alpha (exp(x) - 1)
    tanh,
    absolute,
    square_root,
    exponential,
    logarithm,
    softplus,  // log(1 + exp(x))
    reciprocal,
    hard_swish,  // x min(max(x / 6 + 1/2, 0), 1)
  };
  Kind kind;
  float alpha = 0;
  float beta = 0;
};

// What follows a convolution or matrix product on its way to memory, in this order.
struct AddResidual {};  // adds the operation's last input
using PostOperation = std::variant<Elementwise, AddResidual>;

// A window that slides over the spatial axes. Empty lists mean 1 (strides, dilations) or 0 (pads).
enum class AutoPad { none, same_upper, same_lower, valid };
struct Window {
  Shape kernel;  // empty for convolutions: their weights say it
  Shape strides, dilations, pads_begin, pads_end;
  AutoPad auto_pad = AutoPad::none;
  bool round_up = false;  // ONNX's ceil_mode
};

// ---- operations ----

// data (N C ...), weights (O C/groups ..., constant), bias (O) or nothing, residual or nothing
struct Convolution {
  Window window;
  int64_t groups = 1;
  std::vector<PostOperation> post;
};

// data (N C ...)
struct Pooling {
  enum class Kind { maximum, average };
  Kind kind;
  Window window;
  bool count_padding = false;  // averages divide by the whole window, padding included
};

// data
struct Reduction {
  enum class Kind { mean, sum, maximum, minimum };
  Kind kind;
  std::vector<int64_t> axes;
  enum class Axes { listed, all, spatial };  // spatial: all but the first two
  Axes which = Axes::listed;
  bool keep_axes = true;
};

// data
struct Unary {
  std::vector<Elementwise> chain;
};

// left, right: with broadcasting
struct Binary {
  enum class Kind { add, subtract, multiply, divide };
  Kind kind;
};

// left (... M K), right (... K N), bias (N) or nothing; the transposes are of the last two axes
struct MatrixProduct {
  bool transpose_left = false, transpose_right = false;
  std::vector<PostOperation> post;  // Elementwise only
};

// data (N C ...), scale (C, constant), shift (C, constant): batch normalisation at inference
struct ChannelAffine {};

// data; the same elements in row-major order under another shape
struct Reshape {
  Shape target;  // as of ONNX's Reshape: one -1, and 0 copies an axis unless zero_is_size
  bool zero_is_size = false;
};
struct Flatten {
  int64_t axis = 1;
};
struct Squeeze {
  std::vector<int64_t> axes;  // none: all of size 1
};
struct Unsqueeze {
  std::vector<int64_t> axes;
};

// data
struct Transpose {
  std::vector<int64_t> order;  // empty: reversed
};

// one or more
struct Concatenation {
  int64_t axis = 0;
};

// data
struct Padding {
  enum class Mode { constant, reflect, edge };
  Mode mode = Mode::constant;
  std::vector<int64_t> begin, end;  // one for each axis of `axes`; negative ones cut
  std::vector<int64_t> axes;        // empty: all, in order
  float value = 0;
};

// data
struct Softmax {
  int64_t axis = -1;
  bool logarithm = false;
  bool over_rest = false;  // opsets below 13: over all axes from `axis` on together
};

using Operation = std::variant<Convolution, Pooling, Reduction, Unary, Binary, MatrixProduct, ChannelAffine, Reshape,
                               Flatten, Squeeze, Unsqueeze, Transpose, Concatenation, Padding, Softmax>;

}  // namespace onednn
