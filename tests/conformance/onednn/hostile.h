#pragma once
// A small sound file, ways to spoil it, and what becomes of it.

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "failure.h"
#include "model_builder.h"
#include "network.h"

namespace onednn::hostile {

struct Refusal {
  kalon_status status = KALON_OK;
  std::string text;
};

// Loads the file as a model of pictures of this side, and runs it once when it loads and is small.
inline Refusal load(const std::string &bytes, int64_t side = 8) {
  try {
    NetworkInput input{"input", side, side};
    Network network(bytes, input, {"features"}, 2);
    auto plan = network.plan(2);
    if (plan->arena_bytes < (1 << 24)) {
      OneThread guard;
      std::vector<float> features(static_cast<size_t>(2 * network.output_sizes()[0]));
      auto fill = [&](size_t, int64_t, float *to) { std::fill_n(to, plan->inputs[0].count, 0.5f); };
      Execution().run(plan, fill, {features.data()});
    }
    return {};
  } catch (const Failure &failure) {
    return {failure.status(), failure.what()};
  }
}

inline ModelBuilder small() {
  return picture_network(8, 4);
}

inline onnx::NodeProto &node(ModelBuilder &builder, const std::string &op) {
  for (auto &proto : *builder.model.mutable_graph()->mutable_node())
    if (proto.op_type() == op) return proto;
  throw std::runtime_error("no such node");
}
inline onnx::TensorProto &weights(ModelBuilder &builder, const std::string &name) {
  for (auto &proto : *builder.model.mutable_graph()->mutable_initializer())
    if (proto.name() == name) return proto;
  throw std::runtime_error("no such weights");
}
inline void set_list(onnx::NodeProto &proto, const std::string &name, const std::vector<int64_t> &values) {
  for (int i = 0; i < proto.attribute_size(); ++i)
    if (proto.attribute(i).name() == name) proto.mutable_attribute()->DeleteSubrange(i--, 1);
  ModelBuilder::set(proto, name, values);
}
inline void set_number(onnx::NodeProto &proto, const std::string &name, int64_t value) {
  for (int i = 0; i < proto.attribute_size(); ++i)
    if (proto.attribute(i).name() == name) proto.mutable_attribute()->DeleteSubrange(i--, 1);
  ModelBuilder::set(proto, name, value);
}

}  // namespace onednn::hostile
