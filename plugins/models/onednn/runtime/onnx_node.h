#pragma once
// One node of an ONNX file while it is turned into operations.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph.h"

namespace onnx {
class AttributeProto;
class NodeProto;
class TensorProto;
}  // namespace onnx

namespace onednn {

// A constant of whole numbers: shapes, axes, pads. They are used up during import.
struct Integers {
  Shape shape;
  std::vector<int64_t> values;
};

// What a name of the file stands for so far: one of the two.
struct Named {
  ValueId value = no_value;
  std::shared_ptr<const Integers> integers;
};

// A text from the file, quoted, short and free of control characters: fit for a message. [any]
std::string shown(const std::string &text);

// The graph being made, and what its names stand for.
struct Import {
  Graph graph;
  int64_t opset = 0;
  std::unordered_map<std::string, Named> names;
  std::set<std::string> used_names;  // inputs of some node, or outputs of the graph
};

// The numbers of a tensor of the file: f32 into a Tensor, int64 and int32 into Integers. where: for messages.
// corrupt_data when the bytes do not fit the shape; unsupported for other types and for weights in other files.
Named import_tensor(const onnx::TensorProto &tensor, const std::string &where, Import &import);

// The operators' functions read what they need; what is left unread at the end is refused, so that no meaning is lost.
class OnnxNode {
 public:
  OnnxNode(const onnx::NodeProto &proto, Import &import);

  const std::string &label() const { return label_; }  // for messages
  int64_t opset() const { return import_.opset; }
  [[noreturn]] void refuse(const std::string &reason) const;    // unsupported
  [[noreturn]] void is_wrong(const std::string &reason) const;  // corrupt_data

  // ---- inputs ----
  size_t input_count() const;
  bool has_input(size_t index) const;
  ValueId input(size_t index) const;           // refused when it is of whole numbers
  ValueId input_or_none(size_t index) const;   // no_value when left out
  const Tensor *constant(size_t index) const;  // null when computed
  const Tensor &needed_constant(size_t index, const char *what) const;
  // Shapes, axes, pads: refused when computed, and when they are more than two for each axis.
  const Integers &integers(size_t index, const char *what) const;
  Named named_input(size_t index) const;

  // ---- attributes ----
  bool has(const char *name) const;
  int64_t integer(const char *name, int64_t fallback);
  float number(const char *name, float fallback);
  std::string text(const char *name, const std::string &fallback);
  std::vector<int64_t> integer_list(const char *name);  // empty when absent
  std::vector<float> number_list(const char *name);
  const onnx::TensorProto *tensor(const char *name);
  void ignore(const char *name);  // changes nothing at inference
  // Axes or pads: an attribute in older opsets, an input from `since` on. present: false when neither is there.
  std::vector<int64_t> list_by_opset(const char *attribute, size_t input, int64_t since, bool &present);

  // ---- results ----
  ValueId add(Operation operation, std::vector<ValueId> inputs);
  ValueId add_constant(Tensor tensor) { return import_.graph.add_constant(std::move(tensor)); }
  void give(ValueId value);  // the node's first output
  void give(const Named &named);
  // Throws when anything of the node was not understood: attributes that nobody read, outputs that are used but not
  // made.
  void finish() const;

  const onnx::NodeProto &proto() const { return proto_; }
  Import &import() { return import_; }

 private:
  const onnx::AttributeProto *find(const char *name, int type);
  const onnx::NodeProto &proto_;
  Import &import_;
  std::string label_;
  std::set<std::string> read_;
};

}  // namespace onednn
