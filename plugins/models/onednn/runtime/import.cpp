#include "import.h"

#include <onnx/onnx_pb.h>

#include <map>

#include "failure.h"
#include "operators.h"

namespace onednn {
namespace {

// Between them the operators' meanings are known to the import functions.
constexpr int64_t oldest_opset = 1, newest_opset = 21;
constexpr size_t max_inputs = 64, max_outputs = 64;
constexpr int max_nodes = 10'000;
constexpr int64_t max_node_inputs = 5 * max_nodes;  // of all nodes together; each may cost a step
constexpr size_t max_missing_listed = 20;

bool is_onnx_domain(const std::string &domain) {
  return domain.empty() || domain == "ai.onnx";
}

int64_t opset_of(const onnx::ModelProto &model) {
  int64_t opset = 0;
  for (const auto &entry : model.opset_import())
    if (is_onnx_domain(entry.domain())) opset = entry.version();
  if (opset < oldest_opset || opset > newest_opset)
    unsupported("the ONNX file is of the operator set " + std::to_string(opset) + "; supported are " +
                std::to_string(oldest_opset) + " to " + std::to_string(newest_opset));
  return opset;
}

void check_size(const onnx::GraphProto &graph) {
  if (graph.node_size() > max_nodes)
    too_large("the network has " + std::to_string(graph.node_size()) + " nodes; at most " + std::to_string(max_nodes) +
              " are supported");
  int64_t inputs = 0;
  for (const auto &node : graph.node()) inputs += node.input_size();
  if (inputs > max_node_inputs)
    too_large("the network's nodes have " + std::to_string(inputs) + " inputs; at most " +
              std::to_string(max_node_inputs) + " are supported");
}

void check_operators(const onnx::GraphProto &graph) {
  std::map<std::string, std::pair<int, std::string>> missing;  // operator -> how often, first node
  for (const auto &node : graph.node()) {
    bool known = is_onnx_domain(node.domain()) && find_operator(node.op_type());
    if (known) continue;
    std::string name = shown((is_onnx_domain(node.domain()) ? "" : node.domain() + '.') + node.op_type());
    name = name.substr(1, name.size() - 2);
    auto &[count, first] = missing[name];
    if (++count == 1) first = !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
  }
  if (missing.empty()) return;
  std::string list;
  size_t listed = 0;
  for (const auto &[name, what] : missing) {
    if (++listed > max_missing_listed) {
      list += " and " + std::to_string(missing.size() - max_missing_listed) + " others";
      break;
    }
    list += (list.empty() ? "" : ", ") + name + " (" + std::to_string(what.first) + " times, first in the node " +
            shown(what.second) + ')';
  }
  unsupported("the network needs operators that are not supported: " + list + ". Supported are " +
              supported_operators());
}

void note_used_names(const onnx::GraphProto &graph, const std::vector<std::string> &outputs,
                     std::set<std::string> &names) {
  for (const auto &node : graph.node()) names.insert(node.input().begin(), node.input().end());
  names.insert(outputs.begin(), outputs.end());
  names.erase("");
}

void import_initializers(const onnx::GraphProto &graph, Import &import) {
  for (const auto &tensor : graph.initializer()) {
    if (!import.used_names.count(tensor.name())) continue;
    Named named = import_tensor(tensor, "the weights " + shown(tensor.name()), import);
    if (named.value != no_value) import.graph.value(named.value).name = tensor.name();
    if (!import.names.emplace(tensor.name(), named).second)
      corrupt("the weights " + shown(tensor.name()) + " occur twice");
  }
}

void import_inputs(const onnx::GraphProto &graph, Import &import) {
  for (const auto &input : graph.input()) {
    // Files of the first versions list the weights among the inputs.
    if (import.names.count(input.name())) continue;
    const auto &type = input.type().tensor_type();
    if (!input.type().has_tensor_type() || type.elem_type() != onnx::TensorProto::FLOAT)
      unsupported("the input " + shown(input.name()) + " is no tensor of the type FLOAT");
    if (!type.has_shape()) unsupported("the input " + shown(input.name()) + " does not say its shape");
    GraphInput entry{import.graph.add_value(input.name()), {}};
    for (const auto &size : type.shape().dim()) {
      if (size.has_dim_value() && size.dim_value() == 0)
        unsupported("the input " + shown(input.name()) + " has no elements");
      if (size.has_dim_value() && size.dim_value() < 0)
        corrupt("the input " + shown(input.name()) + " has an impossible shape");
      entry.shape.push_back(size.has_dim_value() ? size.dim_value() : -1);
    }
    if (entry.shape.size() > max_rank)
      unsupported("the input " + shown(input.name()) + " has more than " + std::to_string(max_rank) + " dimensions");
    import.graph.inputs.push_back(entry);
    if (import.graph.inputs.size() > max_inputs) too_large("the ONNX file has too many inputs");
    if (!import.names.emplace(input.name(), Named{entry.value, nullptr}).second)
      corrupt("the input " + shown(input.name()) + " occurs twice");
  }
}

void import_outputs(const std::vector<std::string> &outputs, Import &import) {
  for (const auto &output : outputs) {
    auto found = import.names.find(output);
    if (found == import.names.end()) corrupt("nothing makes the output " + shown(output));
    if (found->second.integers) unsupported("the output " + shown(output) + " is not of the type FLOAT");
    import.graph.outputs.push_back(found->second.value);
    import.graph.output_names.push_back(output);
  }
  if (import.graph.outputs.empty()) corrupt("the ONNX file has no outputs");
  if (import.graph.outputs.size() > max_outputs) too_large("the ONNX file has too many outputs");
}

}  // namespace

Graph import_model(const onnx::ModelProto &model, const std::vector<std::string> &wanted) {
  if (!model.has_graph()) corrupt("the file is no ONNX file: it has no graph");
  const onnx::GraphProto &graph = model.graph();
  Import import;
  import.opset = opset_of(model);
  if (graph.sparse_initializer_size() > 0) unsupported("sparse weights are not supported");
  check_size(graph);
  check_operators(graph);
  std::vector<std::string> outputs = wanted;
  if (outputs.empty())
    for (const auto &output : graph.output()) outputs.push_back(output.name());
  // Each weight once as it is and once as folding and scaling make it, and what a graph has of its own.
  import.graph.room_for_constants += 2 * static_cast<int64_t>(model.ByteSizeLong() / sizeof(float));
  note_used_names(graph, outputs, import.used_names);
  import_initializers(graph, import);
  import_inputs(graph, import);
  for (const auto &proto : graph.node()) {
    OnnxNode node(proto, import);
    find_operator(proto.op_type())(node);
    node.finish();
  }
  import_outputs(outputs, import);
  return std::move(import.graph);
}

}  // namespace onednn
