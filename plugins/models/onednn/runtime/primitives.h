#pragma once
// The one door to oneDNN: what it computes, in this runtime's words. Debian 12 has its API v2; v3 compiles as well.
//
// A Primitive is made once, holds no data, and serves any number of streams at once. A Call binds it to the memory of
// one stream. All of it is made and run under OneThread. Everything here throws out_of_memory, or internal for what
// oneDNN refuses.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "operations.h"

namespace onednn {

// Holds OpenMP, and with it oneDNN, to the calling thread while it lives. [any]
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread &) = delete;
  OneThread &operator=(const OneThread &) = delete;

 private:
  int previous_;
};

// How numbers lie for oneDNN: plain, or in an order of its own that only it can read.
class Format {
 public:
  struct Parts;
  explicit Format(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  size_t bytes() const;
  bool operator==(const Format &other) const;
  const Parts &parts() const { return *parts_; }

 private:
  std::shared_ptr<const Parts> parts_;
};
Format plain_format(const Layout &layout);
// Copies numbers from one order to another; their dims must be equal.
void convert(const Format &from, const float *source, const Format &to, float *destination);

enum class Operand { source, second_source, weights, bias, destination, scratchpad };

class Primitive {
 public:
  struct Parts;
  explicit Primitive(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  size_t scratchpad_bytes() const;
  Format weights_format() const;  // of convolutions and of matrix products with constant weights
  std::string implementation() const;
  const Parts &parts() const { return *parts_; }

 private:
  std::shared_ptr<const Parts> parts_;
};

// source, weights (in weights_format), bias, destination. A residual is what lies at the destination before.
struct ConvolutionShape {
  Layout source, destination;
  Shape weights;  // O, C/groups, kernel
  int64_t groups = 1;
  bool bias = false;
  Shape strides, dilations, pads_begin, pads_end;
};
// post: no kind of elementwise function twice, here and in matrix products.
Primitive make_convolution(const ConvolutionShape &shape, const std::vector<PostOperation> &post);

// source, destination
struct PoolingShape {
  Pooling::Kind kind;
  bool count_padding = false;
  Layout source, destination;
  Shape kernel, strides, dilations, pads_begin, pads_end;
};
Primitive make_pooling(const PoolingShape &shape);

// source, destination (may be the same memory)
Primitive make_unary(const Layout &layout, const Elementwise &function);

// source, second_source, destination. Left and destination have equal dims, right has the same rank; where its size is
// 1 it is repeated. Left and destination may be the same memory.
Primitive make_binary(Binary::Kind kind, const Layout &left, const Layout &right, const Layout &destination);

// source, weights (scales), bias (shifts), destination: one scale and shift for each index of axis 1
Primitive make_channel_affine(const Layout &layout);

// source (... M K), weights (... K N), bias (N), destination. All have one rank of at least 2. Constant weights are
// taken in weights_format instead of their layout.
struct MatrixProductShape {
  Layout left, right, destination;
  bool constant_right = false;
  bool bias = false;
};
Primitive make_matrix_product(const MatrixProductShape &shape, const std::vector<PostOperation> &post);

// source, destination
Primitive make_softmax(const Layout &layout, size_t axis, bool logarithm);

// source, destination of the same rank, of size 1 where reduced
Primitive make_reduction(Reduction::Kind kind, const Layout &source, const Layout &destination);

// source, destination of equal dims
Primitive make_copy(const Layout &source, const Layout &destination);

// One stream's queue of work; each thread has its own.
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;
  struct Parts;
  Parts &parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

class Call {
 public:
  explicit Call(const Primitive &primitive);
  ~Call();
  Call(Call &&) noexcept;
  Call &operator=(Call &&) noexcept;
  // Operands that the primitive does not have are ignored.
  void bind(Operand operand, void *data);
  // Returns when the result is there. All operands must be bound.
  void run(Stream &stream);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace onednn
