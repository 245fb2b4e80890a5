#pragma once
// A network between import and execution: values and the operations that make them, in an order in which they can run.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "failure.h"
#include "operations.h"
#include "shape.h"

namespace onednn {

using ValueId = int32_t;
inline constexpr ValueId no_value = -1;  // an input that is left out

struct Tensor {
  Shape shape;
  std::vector<float> values;  // row-major
};

struct Value {
  std::string name;                        // as in the file; empty for what passes made
  std::shared_ptr<const Tensor> constant;  // null for what is computed
};

struct Node {
  std::string name;  // for messages: the operator and the node's name in the file
  Operation operation;
  std::vector<ValueId> inputs;
  ValueId output;
};

struct GraphInput {
  ValueId value;
  Shape shape;  // as declared; -1 where the file leaves a size free
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;  // every input is made by an earlier node, or constant, or an input of the graph
  std::vector<GraphInput> inputs;
  std::vector<ValueId> outputs;
  std::vector<std::string> output_names;
  // How many numbers constants may still take: nodes that share weights may each ask for a copy of their own.
  int64_t room_for_constants = int64_t{1} << 26;

  ValueId add_value(std::string name = {}) {
    values.push_back({std::move(name), nullptr});
    return static_cast<ValueId>(values.size()) - 1;
  }
  ValueId add_constant(Tensor tensor) {
    take_room(static_cast<int64_t>(tensor.values.size()));
    ValueId id = add_value();
    value(id).constant = std::make_shared<const Tensor>(std::move(tensor));
    return id;
  }
  // limit_exceeded when there is not as much room left.
  void take_room(int64_t numbers) {
    if (numbers > room_for_constants) too_large("the network's constants take too much memory beside its weights");
    room_for_constants -= numbers;
  }
  Value &value(ValueId id) { return values[static_cast<size_t>(id)]; }
  const Value &value(ValueId id) const { return values[static_cast<size_t>(id)]; }
  const Tensor *constant(ValueId id) const { return id == no_value ? nullptr : value(id).constant.get(); }
};

}  // namespace onednn
