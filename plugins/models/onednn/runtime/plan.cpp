#include "plan.h"

#include <algorithm>
#include <numeric>

#include "builder.h"
#include "failure.h"
#include "kernels.h"
#include "shape_inference.h"

namespace onednn {
namespace {

constexpr int64_t alignment = 64;

int64_t rounded_up(int64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

int64_t bytes_of(const Shape &shape) {
  return count_of(shape) * static_cast<int64_t>(sizeof(float));
}

// For each node, the graph's outputs that need it.
std::vector<uint64_t> outputs_of_nodes(const Graph &graph) {
  std::vector<uint64_t> of_values(graph.values.size(), 0), of_nodes(graph.nodes.size(), 0);
  for (size_t i = 0; i < graph.outputs.size(); ++i) of_values[static_cast<size_t>(graph.outputs[i])] |= output_bit(i);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    of_nodes[i] = of_values[static_cast<size_t>(graph.nodes[i].output)];
    for (ValueId input : graph.nodes[i].inputs)
      if (input != no_value) of_values[static_cast<size_t>(input)] |= of_nodes[i];
  }
  return of_nodes;
}

// Values that the first `count` nodes, or the inputs, leave for later nodes and for the outputs.
std::vector<bool> left_for_later(const Graph &graph, size_t count) {
  std::vector<bool> used(graph.values.size(), false), left(graph.values.size(), false);
  for (size_t i = count; i < graph.nodes.size(); ++i)
    for (ValueId input : graph.nodes[i].inputs)
      if (input != no_value) used[static_cast<size_t>(input)] = true;
  for (ValueId output : graph.outputs) used[static_cast<size_t>(output)] = true;
  for (const auto &input : graph.inputs)
    left[static_cast<size_t>(input.value)] = used[static_cast<size_t>(input.value)];
  for (size_t i = 0; i < count; ++i) {
    auto output = static_cast<size_t>(graph.nodes[i].output);
    left[output] = used[output];
  }
  return left;
}

// True when the whole batch's tensor is the single pictures' tensors one behind the other.
bool stacks(const Shape &one, const Shape &all, int64_t batch) {
  return !one.empty() && one.size() == all.size() && one[0] == 1 && all[0] == batch &&
         std::equal(one.begin() + 1, one.end(), all.begin() + 1) && bytes_of(one) % alignment == 0;
}

// How many nodes run picture by picture.
size_t nodes_by_picture(const Graph &graph, const std::vector<Shape> &one, const std::vector<Shape> &all, int64_t batch,
                        int64_t large_activations) {
  size_t count = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    int64_t bytes = bytes_of(one[static_cast<size_t>(graph.nodes[i].output)]);
    for (ValueId input : graph.nodes[i].inputs)
      if (input != no_value && !graph.constant(input)) bytes += bytes_of(one[static_cast<size_t>(input)]);
    if (bytes > large_activations) count = i + 1;
  }
  if (count == 0) return 0;
  std::vector<bool> left = left_for_later(graph, count);
  for (size_t value = 0; value < left.size(); ++value)
    if (left[value] && !stacks(one[value], all[value], batch)) return 0;
  return count;
}

class Maker {
 public:
  Maker(const Graph &graph, Weights &weights, const PlanOptions &options)
      : graph_(graph), options_(options), outputs_(outputs_of_nodes(graph)), builder_(graph, weights, plan_) {}

  void stage(const std::vector<Shape> &shapes, size_t begin, size_t end, std::vector<bool> sliced,
             int64_t repetitions) {
    builder_.begin_stage(shapes, std::move(sliced), repetitions);
    if (begin == 0)
      for (const auto &input : graph_.inputs) place_input(input.value, shapes);
    for (size_t i = begin; i < end; ++i) {
      builder_.begin_node(i, outputs_[i]);
      const Node &node = graph_.nodes[i];
      try {
        std::visit([&](const auto &operation) { lay_out(operation, node, builder_); }, node.operation);
      } catch (const Failure &failure) {
        throw Failure(failure.status(), node.name + ": " + failure.what());
      }
    }
    bool last = end == graph_.nodes.size() && repetitions == 1;
    if (last) place_outputs();
    builder_.end_stage();
  }

  std::shared_ptr<const Plan> finished() {
    for (auto &output : plan_.outputs)
      if (output.place.buffer >= 0)
        plan_.buffers[static_cast<size_t>(output.place.buffer)].last = static_cast<int>(plan_.steps.size());
    plan_.arena_bytes = arrange_buffers(plan_.buffers);
    if (plan_.arena_bytes > max_arena_bytes)
      too_large("the network needs " + std::to_string(plan_.arena_bytes >> 20) + " MiB for its values; at most " +
                std::to_string(max_arena_bytes >> 20) + " are allowed");
    return std::make_shared<const Plan>(std::move(plan_));
  }

 private:
  void place_input(ValueId value, const std::vector<Shape> &shapes) {
    const Shape &shape = shapes[static_cast<size_t>(value)];
    Layout layout = options_.input_order == InputOrder::channels_last ? channels_last(shape) : row_major(shape);
    plan_.inputs.push_back({builder_.place_input(value, layout), count_of(shape)});
  }

  void place_outputs() {
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      builder_.begin_node(graph_.nodes.empty() ? 0 : graph_.nodes.size() - 1, output_bit(i));
      const Shape &shape = builder_.shape(graph_.outputs[i]);
      plan_.outputs.push_back({builder_.in_layout(graph_.outputs[i], row_major(shape)), shape});
    }
  }

  const Graph &graph_;
  const PlanOptions &options_;
  std::vector<uint64_t> outputs_;
  Plan plan_;
  Builder builder_;
};

}  // namespace

int64_t arrange_buffers(std::vector<Buffer> &buffers) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  int64_t total = 0;
  std::vector<const Buffer *> placed;  // by offset
  for (size_t index : order) {
    Buffer &buffer = buffers[index];
    int64_t offset = 0, size = rounded_up(buffer.bytes);
    for (const Buffer *other : placed) {
      bool together = buffer.first <= other->last && other->first <= buffer.last;
      if (!together || other->offset + rounded_up(other->bytes) <= offset) continue;
      if (offset + size <= other->offset) break;
      offset = other->offset + rounded_up(other->bytes);
    }
    buffer.offset = offset;
    total = std::max(total, offset + size);
    auto behind = std::upper_bound(placed.begin(), placed.end(), offset,
                                   [](int64_t value, const Buffer *other) { return value < other->offset; });
    placed.insert(behind, &buffer);
  }
  return total;
}

std::shared_ptr<const Plan> make_plan(const Graph &graph, Weights &weights, const std::vector<Shape> &inputs,
                                      const PlanOptions &options) {
  std::vector<Shape> all = infer_shapes(graph, inputs);
  std::vector<bool> whole(graph.values.size(), false);
  Maker maker(graph, weights, options);
  int64_t batch = inputs.empty() || inputs[0].empty() ? 1 : inputs[0][0];
  size_t first = 0;
  if (options.by_picture && batch > 1) {
    std::vector<Shape> one_picture = inputs;
    for (auto &shape : one_picture) shape.at(0) = 1;
    std::vector<Shape> one = infer_shapes(graph, one_picture);
    first = nodes_by_picture(graph, one, all, batch, options.large_activations);
    if (first > 0) maker.stage(one, 0, first, left_for_later(graph, first), batch);
  }
  maker.stage(all, first, graph.nodes.size(), whole, 1);
  return maker.finished();
}

}  // namespace onednn
