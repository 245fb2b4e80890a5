#pragma once
// ONNX files made by a test.

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

class ModelBuilder {
 public:
  explicit ModelBuilder(int64_t opset = 13) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("test");
  }

  // -1: a size that the file leaves free.
  void input(const std::string &name, const std::vector<int64_t> &shape) {
    declare(*model.mutable_graph()->add_input(), name, shape);
  }
  void output(const std::string &name) { model.mutable_graph()->add_output()->set_name(name); }
  void output(const std::string &name, const std::vector<int64_t> &shape) {
    declare(*model.mutable_graph()->add_output(), name, shape);
  }
  onnx::TensorProto &weights(const std::string &name, const std::vector<int64_t> &shape,
                             const std::vector<float> &values) {
    auto &tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (int64_t size : shape) tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return tensor;
  }
  // Numbers that follow from their places alone, of about unit size.
  onnx::TensorProto &weights(const std::string &name, const std::vector<int64_t> &shape) {
    size_t count = 1;
    for (int64_t size : shape) count *= static_cast<size_t>(size);
    std::vector<float> values(count);
    uint32_t state = 12345;
    for (float &value : values) {
      state = state * 1664525 + 1013904223;
      value = static_cast<float>(state >> 8) / (1 << 23) - 1;
    }
    return weights(name, shape, values);
  }
  onnx::TensorProto &whole_numbers(const std::string &name, const std::vector<int64_t> &values) {
    auto &tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<int64_t>(values.size()));
    for (int64_t value : values) tensor.add_int64_data(value);
    return tensor;
  }
  onnx::NodeProto &node(const std::string &op, const std::vector<std::string> &inputs, const std::string &result) {
    auto &proto = *model.mutable_graph()->add_node();
    proto.set_op_type(op);
    proto.set_name(op + " of " + result);
    for (const auto &name : inputs) proto.add_input(name);
    proto.add_output(result);
    return proto;
  }
  static void set(onnx::NodeProto &node, const std::string &name, int64_t value) {
    auto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  static void set(onnx::NodeProto &node, const std::string &name, const std::vector<int64_t> &values) {
    auto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (int64_t value : values) attribute.add_ints(value);
  }
  std::string bytes() const { return model.SerializeAsString(); }

  onnx::ModelProto model;

 private:
  static void declare(onnx::ValueInfoProto &info, const std::string &name, const std::vector<int64_t> &shape) {
    info.set_name(name);
    auto &type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape();
    for (int64_t size : shape) {
      auto &dim = *type.mutable_shape()->add_dim();
      if (size == -1)
        dim.set_dim_param("N");
      else
        dim.set_dim_value(size);
    }
  }
};

// A small network that takes pictures: convolution, ReLU6, residual, pool, and a matrix. Outputs "features" (channels
// values) and "logits" (5), of which only the first declares its shape when asked to. nhwc: the input's axes.
inline ModelBuilder picture_network(int64_t side, int64_t channels, bool nhwc = false, int64_t batch = -1,
                                    bool declare_features = true) {
  ModelBuilder builder;
  if (nhwc)
    builder.input("input", {batch, side, side, 3});
  else
    builder.input("input", {batch, 3, side, side});
  std::string picture = "input";
  if (nhwc) ModelBuilder::set(builder.node("Transpose", {"input"}, picture = "nchw"), "perm", {0, 3, 1, 2});
  builder.weights("w1", {channels, 3, 3, 3});
  builder.weights("b1", {channels});
  builder.weights("low", {}, {0});
  builder.weights("high", {}, {6});
  auto &stem = builder.node("Conv", {picture, "w1", "b1"}, "c1");
  ModelBuilder::set(stem, "pads", {1, 1, 1, 1});
  ModelBuilder::set(stem, "strides", {2, 2});
  builder.node("Clip", {"c1", "low", "high"}, "r1");
  builder.weights("w2", {channels, 1, 3, 3});
  auto &depthwise = builder.node("Conv", {"r1", "w2"}, "c2");
  ModelBuilder::set(depthwise, "pads", {1, 1, 1, 1});
  ModelBuilder::set(depthwise, "group", channels);
  builder.node("Add", {"c2", "r1"}, "sum");
  builder.node("GlobalAveragePool", {"sum"}, "pool");
  builder.node("Flatten", {"pool"}, "features");
  builder.weights("fc", {5, channels});
  ModelBuilder::set(builder.node("Gemm", {"features", "fc"}, "logits"), "transB", 1);
  if (declare_features)
    builder.output("features", {batch, channels});
  else
    builder.output("features");
  builder.output("logits");
  return builder;
}
