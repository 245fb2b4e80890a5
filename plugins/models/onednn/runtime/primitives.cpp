#include "primitives.h"

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "failure.h"

// Of GCC's OpenMP runtime, whose header only GCC finds.
extern "C" {
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}

// What differs between the versions of oneDNN's API: v2 describes an operation first and makes the primitive's
// description from it and the engine; v3 does both at once.
#if DNNL_VERSION_MAJOR >= 3
#define ONEDNN_DESCRIBE(primitive, attributes, ...) primitive::primitive_desc(engine(), __VA_ARGS__, attributes)
#else
#define ONEDNN_DESCRIBE(primitive, attributes, ...) \
  primitive::primitive_desc(primitive::desc(__VA_ARGS__), attributes, engine())
#endif

namespace onednn {

using Memory = dnnl::memory;
using Description = dnnl::memory::desc;

struct Format::Parts {
  Description description;
};

struct Primitive::Parts {
  dnnl::primitive primitive;
  struct Argument {
    Operand operand;
    int index;  // DNNL_ARG_...
    Description description;
  };
  std::vector<Argument> arguments;
  Description weights;
  size_t scratchpad_bytes = 0;
  std::string implementation;
};

struct Stream::Parts {
  dnnl::stream stream;
};

struct Call::Parts {
  dnnl::primitive primitive;
  std::vector<Primitive::Parts::Argument> arguments;
  std::unordered_map<int, Memory> memories;
};

namespace {

constexpr auto f32 = Memory::data_type::f32;
constexpr auto inference = dnnl::prop_kind::forward_inference;

const dnnl::engine &engine() {
  static const dnnl::engine one(dnnl::engine::kind::cpu, 0);
  return one;
}

[[noreturn]] void rethrow(const char *what, const dnnl::error &error) {
  if (error.status == dnnl_out_of_memory) throw Failure(KALON_OUT_OF_MEMORY, "not enough memory");
  fault(std::string("oneDNN cannot make ") + what + ": " + error.message);
}

template <typename Function>
auto guarded(const char *what, Function &&function) {
  try {
    return function();
  } catch (const dnnl::error &error) {
    rethrow(what, error);
  }
}

Description describe(const Layout &layout) {
  if (layout.dims.empty()) return {{1}, f32, Memory::dims{1}};
  // Strides of axes of size 1 are no matter to us but are to oneDNN: it takes them from the neighbour.
  Memory::dims strides = layout.strides;
  Shape usual = row_major(layout.dims).strides;
  if (same_places(layout, row_major(layout.dims))) strides = usual;
  if (same_places(layout, channels_last(layout.dims))) strides = channels_last(layout.dims).strides;
  return {layout.dims, f32, strides};
}

Description any_order(const Shape &dims) {
  return {dims, f32, Memory::format_tag::any};
}

Memory::dims less_one(const Shape &dilations) {
  Memory::dims result = dilations;
  for (auto &value : result) --value;
  return result;
}

// ---- functions of single values ----

struct Function {
  dnnl::algorithm algorithm;
  float alpha, beta;
};

Function function_of(const Elementwise &elementwise) {
  using Kind = Elementwise::Kind;
  using dnnl::algorithm;
  float alpha = elementwise.alpha, beta = elementwise.beta;
  switch (elementwise.kind) {
    case Kind::relu:
      return {algorithm::eltwise_relu, alpha, 0};
    case Kind::clip:
      return {algorithm::eltwise_clip, alpha, beta};
    case Kind::linear:
      return {algorithm::eltwise_linear, alpha, beta};
    case Kind::logistic:
      return {algorithm::eltwise_logistic, 0, 0};
    case Kind::elu:
      return {algorithm::eltwise_elu, alpha, 0};
    case Kind::tanh:
      return {algorithm::eltwise_tanh, 0, 0};
    case Kind::absolute:
      return {algorithm::eltwise_abs, 0, 0};
    case Kind::square_root:
      return {algorithm::eltwise_sqrt, 0, 0};
    case Kind::exponential:
      return {algorithm::eltwise_exp, 0, 0};
    case Kind::logarithm:
      return {algorithm::eltwise_log, 0, 0};
    case Kind::softplus:
      return {algorithm::eltwise_soft_relu, 1, 0};
    case Kind::reciprocal:
      return {algorithm::eltwise_pow, 1, -1};
    // v3 takes slope and offset; v2 has the usual ones built in and ignores these.
    case Kind::hard_swish:
      return {algorithm::eltwise_hardswish, 1.0f / 6, 0.5f};
  }
  fault("an elementwise function without a primitive");
}

void append(dnnl::post_ops &operations, const Elementwise &elementwise) {
  Function function = function_of(elementwise);
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(function.algorithm, function.alpha, function.beta);
#else
  operations.append_eltwise(1, function.algorithm, function.alpha, function.beta);
#endif
}

dnnl::primitive_attr attributes_with(const dnnl::post_ops &operations) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(operations);
  return attributes;
}

dnnl::primitive_attr attributes_of(const std::vector<PostOperation> &post) {
  dnnl::post_ops operations;
  for (const auto &operation : post) {
    if (const auto *elementwise = std::get_if<Elementwise>(&operation))
      append(operations, *elementwise);
    else
      operations.append_sum(1);
  }
  return attributes_with(operations);
}

dnnl::primitive_attr attributes_of() {
  return attributes_with({});
}

// ---- results ----

// kind: dnnl::convolution_forward and its like.
template <typename Kind, typename Described>
Primitive finished(const Described &described, std::vector<Primitive::Parts::Argument> arguments,
                   Description weights = {}) {
  auto parts = std::make_shared<Primitive::Parts>();
  parts->primitive = Kind(described);
  parts->arguments = std::move(arguments);
  parts->weights = weights;
  parts->scratchpad_bytes = described.scratchpad_desc().get_size();
  if (parts->scratchpad_bytes > 0)
    parts->arguments.push_back({Operand::scratchpad, DNNL_ARG_SCRATCHPAD, described.scratchpad_desc()});
  parts->implementation = described.impl_info_str();
  return Primitive(std::move(parts));
}

}  // namespace

// ---- one thread ----

OneThread::OneThread() : previous_(omp_get_max_threads()) {
  omp_set_num_threads(1);
}
OneThread::~OneThread() {
  omp_set_num_threads(previous_);
}

// ---- formats ----

size_t Format::bytes() const {
  return parts_->description.get_size();
}
bool Format::operator==(const Format &other) const {
  return parts_->description == other.parts_->description;
}

Format plain_format(const Layout &layout) {
  return guarded("a format", [&] { return Format(std::make_shared<Format::Parts>(Format::Parts{describe(layout)})); });
}

void convert(const Format &from, const float *source, const Format &to, float *destination) {
  guarded("a conversion", [&] {
    dnnl::stream stream(engine());
    Memory in(from.parts().description, engine(), const_cast<float *>(source));
    Memory out(to.parts().description, engine(), destination);
    dnnl::reorder(in, out).execute(stream, in, out);
    stream.wait();
  });
}

// ---- primitives ----

size_t Primitive::scratchpad_bytes() const {
  return parts_->scratchpad_bytes;
}
Format Primitive::weights_format() const {
  return Format(std::make_shared<Format::Parts>(Format::Parts{parts_->weights}));
}
std::string Primitive::implementation() const {
  return parts_->implementation;
}

Primitive make_convolution(const ConvolutionShape &shape, const std::vector<PostOperation> &post) {
  return guarded("a convolution", [&] {
    Description source = describe(shape.source), destination = describe(shape.destination);
    int64_t outputs = shape.weights[0];
    Shape weight_dims = shape.weights;
    if (shape.groups > 1) {
      weight_dims[0] /= shape.groups;
      weight_dims.insert(weight_dims.begin(), shape.groups);
    }
    Description weights = any_order(weight_dims);
    Description bias = shape.bias ? Description({outputs}, f32, Memory::format_tag::a) : Description();
    auto described = ONEDNN_DESCRIBE(dnnl::convolution_forward, attributes_of(post), inference,
                                     dnnl::algorithm::convolution_direct, source, weights, bias, destination,
                                     shape.strides, less_one(shape.dilations), shape.pads_begin, shape.pads_end);
    std::vector<Primitive::Parts::Argument> arguments = {{Operand::source, DNNL_ARG_SRC, source},
                                                         {Operand::weights, DNNL_ARG_WEIGHTS, described.weights_desc()},
                                                         {Operand::destination, DNNL_ARG_DST, destination}};
    if (shape.bias) arguments.push_back({Operand::bias, DNNL_ARG_BIAS, bias});
    return finished<dnnl::convolution_forward>(described, std::move(arguments), described.weights_desc());
  });
}

Primitive make_pooling(const PoolingShape &shape) {
#if DNNL_VERSION_MAJOR >= 3
  using Pool = dnnl::pooling_forward;
#else
  using Pool = dnnl::pooling_v2_forward;
#endif
  return guarded("a pool", [&] {
    Description source = describe(shape.source), destination = describe(shape.destination);
    auto algorithm = shape.kind == Pooling::Kind::maximum ? dnnl::algorithm::pooling_max
                     : shape.count_padding                ? dnnl::algorithm::pooling_avg_include_padding
                                                          : dnnl::algorithm::pooling_avg_exclude_padding;
    auto described = ONEDNN_DESCRIBE(Pool, attributes_of(), inference, algorithm, source, destination, shape.strides,
                                     shape.kernel, less_one(shape.dilations), shape.pads_begin, shape.pads_end);
    return finished<Pool>(described,
                          {{Operand::source, DNNL_ARG_SRC, source}, {Operand::destination, DNNL_ARG_DST, destination}});
  });
}

Primitive make_unary(const Layout &layout, const Elementwise &elementwise) {
  return guarded("an elementwise function", [&] {
    Description data = describe(layout);
    Function function = function_of(elementwise);
#if DNNL_VERSION_MAJOR >= 3
    dnnl::eltwise_forward::primitive_desc described(engine(), inference, function.algorithm, data, data, function.alpha,
                                                    function.beta, attributes_of());
#else
    auto described = ONEDNN_DESCRIBE(dnnl::eltwise_forward, attributes_of(), inference, function.algorithm, data,
                                     function.alpha, function.beta);
#endif
    return finished<dnnl::eltwise_forward>(
        described, {{Operand::source, DNNL_ARG_SRC, data}, {Operand::destination, DNNL_ARG_DST, data}});
  });
}

Primitive make_binary(Binary::Kind kind, const Layout &left, const Layout &right, const Layout &destination) {
  return guarded("a function of two tensors", [&] {
    Description a = describe(left), b = describe(right), c = describe(destination);
    auto algorithm = kind == Binary::Kind::add        ? dnnl::algorithm::binary_add
                     : kind == Binary::Kind::subtract ? dnnl::algorithm::binary_sub
                     : kind == Binary::Kind::multiply ? dnnl::algorithm::binary_mul
                                                      : dnnl::algorithm::binary_div;
    auto described = ONEDNN_DESCRIBE(dnnl::binary, attributes_of(), algorithm, a, b, c);
    return finished<dnnl::binary>(described, {{Operand::source, DNNL_ARG_SRC_0, a},
                                              {Operand::second_source, DNNL_ARG_SRC_1, b},
                                              {Operand::destination, DNNL_ARG_DST, c}});
  });
}

Primitive make_channel_affine(const Layout &layout) {
  return guarded("a scale and shift of channels", [&] {
    Shape channels(layout.rank(), 1);
    channels[1] = layout.dims[1];
    Description data = describe(layout), vector = describe(row_major(channels));
    dnnl::post_ops shift;
    shift.append_binary(dnnl::algorithm::binary_add, vector);
    auto described =
        ONEDNN_DESCRIBE(dnnl::binary, attributes_with(shift), dnnl::algorithm::binary_mul, data, vector, data);
    return finished<dnnl::binary>(described,
                                  {{Operand::source, DNNL_ARG_SRC_0, data},
                                   {Operand::weights, DNNL_ARG_SRC_1, vector},
                                   {Operand::bias, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, vector},
                                   {Operand::destination, DNNL_ARG_DST, data}});
  });
}

Primitive make_matrix_product(const MatrixProductShape &shape, const std::vector<PostOperation> &post) {
  return guarded("a matrix product", [&] {
    Description left = describe(shape.left), destination = describe(shape.destination);
    Description right = shape.constant_right ? any_order(shape.right.dims) : describe(shape.right);
    Shape bias_dims(shape.destination.rank(), 1);
    bias_dims.back() = shape.destination.dims.back();
    Description bias = shape.bias ? describe(row_major(bias_dims)) : Description();
    auto described = ONEDNN_DESCRIBE(dnnl::matmul, attributes_of(post), left, right, bias, destination);
    std::vector<Primitive::Parts::Argument> arguments = {{Operand::source, DNNL_ARG_SRC, left},
                                                         {Operand::weights, DNNL_ARG_WEIGHTS, described.weights_desc()},
                                                         {Operand::destination, DNNL_ARG_DST, destination}};
    if (shape.bias) arguments.push_back({Operand::bias, DNNL_ARG_BIAS, bias});
    return finished<dnnl::matmul>(described, std::move(arguments), described.weights_desc());
  });
}

Primitive make_softmax(const Layout &layout, size_t axis, bool logarithm) {
#if DNNL_VERSION_MAJOR >= 3
  using Softmax_ = dnnl::softmax_forward;
#else
  using Softmax_ = dnnl::softmax_v2_forward;
#endif
  return guarded("a softmax", [&] {
    Description data = describe(layout);
    auto algorithm = logarithm ? dnnl::algorithm::softmax_log : dnnl::algorithm::softmax_accurate;
    auto described =
        ONEDNN_DESCRIBE(Softmax_, attributes_of(), inference, algorithm, data, data, static_cast<int>(axis));
    return finished<Softmax_>(described,
                              {{Operand::source, DNNL_ARG_SRC, data}, {Operand::destination, DNNL_ARG_DST, data}});
  });
}

Primitive make_reduction(Reduction::Kind kind, const Layout &source, const Layout &destination) {
  return guarded("a reduction", [&] {
    Description in = describe(source), out = describe(destination);
    auto algorithm = kind == Reduction::Kind::mean      ? dnnl::algorithm::reduction_mean
                     : kind == Reduction::Kind::sum     ? dnnl::algorithm::reduction_sum
                     : kind == Reduction::Kind::maximum ? dnnl::algorithm::reduction_max
                                                        : dnnl::algorithm::reduction_min;
    auto described = ONEDNN_DESCRIBE(dnnl::reduction, attributes_of(), algorithm, in, out, 0.0f, 0.0f);
    return finished<dnnl::reduction>(described,
                                     {{Operand::source, DNNL_ARG_SRC, in}, {Operand::destination, DNNL_ARG_DST, out}});
  });
}

Primitive make_copy(const Layout &source, const Layout &destination) {
  return guarded("a copy", [&] {
    Description in = describe(source), out = describe(destination);
    dnnl::reorder::primitive_desc described(engine(), in, engine(), out, attributes_of());
    return finished<dnnl::reorder>(described,
                                   {{Operand::source, DNNL_ARG_FROM, in}, {Operand::destination, DNNL_ARG_TO, out}});
  });
}

// ---- running ----

Stream::Stream() : parts_(guarded("a stream", [] { return std::make_unique<Parts>(Parts{dnnl::stream(engine())}); })) {}
Stream::~Stream() = default;

Call::Call(const Primitive &primitive) : parts_(std::make_unique<Parts>()) {
  guarded("a call", [&] {
    parts_->primitive = primitive.parts().primitive;
    parts_->arguments = primitive.parts().arguments;
    for (const auto &argument : parts_->arguments)
      parts_->memories.emplace(argument.index, Memory(argument.description, engine(), nullptr));
  });
}
Call::~Call() = default;
Call::Call(Call &&) noexcept = default;
Call &Call::operator=(Call &&) noexcept = default;

void Call::bind(Operand operand, void *data) {
  guarded("a call", [&] {
    for (const auto &argument : parts_->arguments)
      if (argument.operand == operand) parts_->memories.at(argument.index).set_data_handle(data);
  });
}

void Call::run(Stream &stream) {
  guarded("a result", [&] {
    parts_->primitive.execute(stream.parts().stream, parts_->memories);
    stream.parts().stream.wait();
  });
}

}  // namespace onednn
