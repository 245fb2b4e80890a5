#include "passes.h"

#include <algorithm>

#include "execution.h"
#include "failure.h"
#include "shape_inference.h"

namespace onednn {
namespace {

constexpr size_t nobody = SIZE_MAX;
constexpr int64_t max_folded_bytes = int64_t{256} << 20;

// Who makes and who uses each value.
struct Uses {
  std::vector<size_t> maker;  // node index, or nobody
  std::vector<int> count;     // uses by nodes and by the graph's outputs

  explicit Uses(const Graph &graph) : maker(graph.values.size(), nobody), count(graph.values.size(), 0) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      maker[static_cast<size_t>(graph.nodes[i].output)] = i;
      for (ValueId input : graph.nodes[i].inputs)
        if (input != no_value) ++count[static_cast<size_t>(input)];
    }
    for (ValueId output : graph.outputs) ++count[static_cast<size_t>(output)];
  }
};

void remove_nodes(Graph &graph, const std::vector<bool> &removed) {
  std::vector<Node> kept;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (!removed[i]) kept.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(kept);
}

// ---- constants ----

bool is_made_of_constants(const Graph &graph, const Node &node, const std::vector<bool> &constant) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    return input == no_value || graph.constant(input) || constant[static_cast<size_t>(input)];
  });
}

// ---- fusing ----

// oneDNN 2.6 gives all functions of one kind in a primitive the parameters of one of them: each kind once.
bool can_follow(const std::vector<PostOperation> &post) {
  for (size_t i = 0; i < post.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const auto *a = std::get_if<Elementwise>(&post[i]), *b = std::get_if<Elementwise>(&post[j]);
      if (a && b && a->kind == b->kind) return false;
    }
  return true;
}

class Fusion {
 public:
  Fusion(Graph &graph, std::vector<Shape> shapes)
      : graph_(graph), shapes_(std::move(shapes)), uses_(graph), removed_(graph.nodes.size(), false) {}

  void run() {
    for (index_ = 0; index_ < graph_.nodes.size(); ++index_) {
      const Operation &operation = graph_.nodes[index_].operation;
      if (std::holds_alternative<Unary>(operation))
        fuse_unary();
      else if (std::holds_alternative<Binary>(operation))
        fuse_binary();
    }
    remove_nodes(graph_, removed_);
  }

 private:
  Node &current() { return graph_.nodes[index_]; }

  // The node that makes a value which only the current node uses; null when there is none.
  Node *sole_maker(ValueId value) {
    size_t maker = uses_.maker[static_cast<size_t>(value)];
    return maker == nobody || uses_.count[static_cast<size_t>(value)] != 1 ? nullptr : &graph_.nodes[maker];
  }

  // The current node is now part of `earlier`.
  void become_part_of(Node &earlier) {
    uses_.maker[static_cast<size_t>(current().output)] = static_cast<size_t>(&earlier - graph_.nodes.data());
    earlier.output = current().output;
    removed_[index_] = true;
  }

  void fuse_unary() {
    Node *earlier = sole_maker(current().inputs[0]);
    if (!earlier) return;
    const auto &chain = std::get<Unary>(current().operation).chain;
    auto *convolution = std::get_if<Convolution>(&earlier->operation);
    auto *product = std::get_if<MatrixProduct>(&earlier->operation);
    if (convolution || product) {
      auto post = convolution ? convolution->post : product->post;
      post.insert(post.end(), chain.begin(), chain.end());
      if (!can_follow(post)) return;
      (convolution ? convolution->post : product->post) = std::move(post);
    } else if (auto *unary = std::get_if<Unary>(&earlier->operation)) {
      unary->chain.insert(unary->chain.end(), chain.begin(), chain.end());
    } else {
      return;
    }
    become_part_of(*earlier);
  }

  void fuse_binary() {
    if (std::get<Binary>(current().operation).kind != Binary::Kind::add) return;
    ValueId left = current().inputs[0], right = current().inputs[1];
    if (fuse_bias(left, right) || fuse_bias(right, left)) return;
    // Of two convolutions the later takes in the other's result.
    size_t left_maker = uses_.maker[static_cast<size_t>(left)], right_maker = uses_.maker[static_cast<size_t>(right)];
    bool left_is_later = left_maker != nobody && (right_maker == nobody || left_maker > right_maker);
    if (left_is_later)
      fuse_residual(left, right);
    else
      fuse_residual(right, left);
  }

  bool fuse_bias(ValueId value, ValueId constant) {
    const Tensor *tensor = graph_.constant(constant);
    Node *earlier = tensor ? sole_maker(value) : nullptr;
    auto *product = earlier ? std::get_if<MatrixProduct>(&earlier->operation) : nullptr;
    const Shape &shape = shapes_[static_cast<size_t>(value)];
    if (!product || !product->post.empty() || earlier->inputs[2] != no_value || shape.empty() ||
        shapes_[static_cast<size_t>(earlier->inputs[0])].size() < 2 ||
        shapes_[static_cast<size_t>(earlier->inputs[1])].size() < 2 || tensor->shape.empty() ||
        tensor->shape.size() > shape.size() || tensor->shape.back() != shape.back() ||
        static_cast<int64_t>(tensor->values.size()) != shape.back())
      return false;
    earlier->inputs[2] = graph_.add_constant({{shape.back()}, tensor->values});
    uses_.maker.push_back(nobody);
    uses_.count.push_back(1);
    shapes_.push_back({shape.back()});
    become_part_of(*earlier);
    return true;
  }

  void fuse_residual(ValueId value, ValueId residual) {
    Node *earlier = value == residual || graph_.constant(residual) ? nullptr : sole_maker(value);
    auto *convolution = earlier ? std::get_if<Convolution>(&earlier->operation) : nullptr;
    // The sum comes first in what follows: not every one of oneDNN's convolutions takes it elsewhere.
    if (!convolution || !convolution->post.empty() ||
        shapes_[static_cast<size_t>(value)] != shapes_[static_cast<size_t>(residual)])
      return;
    convolution->post.push_back(AddResidual{});
    earlier->inputs.resize(4, no_value);
    earlier->inputs[3] = residual;
    become_part_of(*earlier);
  }

  Graph &graph_;
  std::vector<Shape> shapes_;
  Uses uses_;
  std::vector<bool> removed_;
  size_t index_ = 0;
};

}  // namespace

void remove_unused(Graph &graph) {
  std::vector<bool> needed(graph.values.size(), false), removed(graph.nodes.size(), false);
  for (ValueId output : graph.outputs) needed[static_cast<size_t>(output)] = true;
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    removed[i] = !needed[static_cast<size_t>(graph.nodes[i].output)];
    if (removed[i]) continue;
    for (ValueId input : graph.nodes[i].inputs)
      if (input != no_value) needed[static_cast<size_t>(input)] = true;
  }
  remove_nodes(graph, removed);
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (!needed[i]) graph.values[i].constant = nullptr;
}

void fold_constants(Graph &graph, const std::vector<Shape> &inputs) {
  std::vector<bool> constant(graph.values.size(), false), removed(graph.nodes.size(), false);
  Graph part;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node &node = graph.nodes[i];
    if (!is_made_of_constants(graph, node, constant)) continue;
    constant[static_cast<size_t>(node.output)] = removed[i] = true;
    part.nodes.push_back(node);
  }
  if (part.nodes.empty()) return;
  infer_shapes(graph, inputs);  // the whole graph must be sound before any of it runs
  std::vector<bool> needed(graph.values.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (ValueId input : graph.nodes[i].inputs)
      if (!removed[i] && input != no_value) needed[static_cast<size_t>(input)] = true;
  for (ValueId output : graph.outputs) needed[static_cast<size_t>(output)] = true;
  part.values = graph.values;
  for (size_t i = 0; i < constant.size(); ++i)
    if (constant[i] && needed[i]) part.outputs.push_back(static_cast<ValueId>(i));
  Weights weights(part);
  auto plan = make_plan(part, weights, {}, {});
  if (plan->arena_bytes > max_folded_bytes) too_large("the network's constants grow too large when they are computed");
  // Outputs that are views of one another lie in the arena once, but each becomes a constant.
  for (const auto &output : plan->outputs) graph.take_room(count_of(output.shape));
  std::vector<Tensor> results;
  for (const auto &output : plan->outputs)
    results.push_back({output.shape, std::vector<float>(static_cast<size_t>(count_of(output.shape)))});
  std::vector<float *> pointers;
  pointers.reserve(results.size());
  for (auto &result : results) pointers.push_back(result.values.data());
  Execution().run(plan, {}, pointers);
  for (size_t i = 0; i < results.size(); ++i)
    graph.value(part.outputs[i]).constant = std::make_shared<const Tensor>(std::move(results[i]));
  remove_nodes(graph, removed);
}

void fold_channel_affines(Graph &graph) {
  Uses uses(graph);
  std::vector<bool> removed(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Node &node = graph.nodes[i];
    auto input = static_cast<size_t>(node.inputs[0]);
    if (!std::holds_alternative<ChannelAffine>(node.operation) || uses.count[input] != 1 || uses.maker[input] == nobody)
      continue;
    Node &earlier = graph.nodes[uses.maker[input]];
    if (!std::holds_alternative<Convolution>(earlier.operation)) continue;
    const Tensor *weights = graph.constant(earlier.inputs[1]), *bias = graph.constant(earlier.inputs[2]);
    const Tensor *scale = graph.constant(node.inputs[1]), *shift = graph.constant(node.inputs[2]);
    if (!weights || (earlier.inputs[2] != no_value && !bias) || !scale || !shift) continue;
    Tensor new_weights = *weights, new_bias = *shift;
    size_t channels = scale->values.size(), size = new_weights.values.size() / channels;
    for (size_t c = 0; c < channels; ++c) {
      for (size_t k = 0; k < size; ++k) new_weights.values[c * size + k] *= scale->values[c];
      if (bias) new_bias.values[c] += bias->values[c] * scale->values[c];
    }
    earlier.inputs[1] = graph.add_constant(std::move(new_weights));
    earlier.inputs[2] = graph.add_constant(std::move(new_bias));
    earlier.output = node.output;
    uses.maker[static_cast<size_t>(node.output)] = uses.maker[input];
    removed[i] = true;
  }
  remove_nodes(graph, removed);
}

void fuse_what_follows(Graph &graph, const std::vector<Shape> &inputs) {
  Fusion(graph, infer_shapes(graph, inputs)).run();
}

void optimise(Graph &graph, const std::vector<Shape> &inputs) {
  remove_unused(graph);
  fold_constants(graph, inputs);
  infer_shapes(graph, inputs);  // what is folded next relies on sound shapes
  fold_channel_affines(graph);
  fuse_what_follows(graph, inputs);
  remove_unused(graph);
}

}  // namespace onednn
