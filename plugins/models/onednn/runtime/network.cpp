#include "network.h"

#include <algorithm>

#include "failure.h"
#include "import.h"
#include "onnx_file.h"
#include "passes.h"
#include "shape_inference.h"

namespace onednn {
namespace {

std::string declared(const Shape &shape) {
  std::string text;
  for (int64_t size : shape) text += (text.empty() ? "" : " x ") + (size < 0 ? "any" : std::to_string(size));
  return text;
}

}  // namespace

Network::Network(std::string_view bytes, const NetworkInput &input, const std::vector<std::string> &outputs,
                 int64_t preferred_batch)
    : input_(input), graph_(import_model(*parse_onnx(bytes), outputs)), largest_batch_(preferred_batch) {
  OneThread guard;
  if (graph_.inputs.size() != 1 || graph_.value(graph_.inputs[0].value).name != input.tensor)
    unsupported("the network must have one input, named \"" + input.tensor + '"');
  const Shape &shape = graph_.inputs[0].shape;
  if (shape.size() == 4 && shape[0] == 1) largest_batch_ = 1;
  Shape wanted = input_shape(largest_batch_);
  bool fits = shape.size() == wanted.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) fits = shape[i] == -1 || shape[i] == wanted[i];
  if (!fits)
    unsupported("the network takes an input of " + declared(shape) + "; the model's manifest asks for " +
                text_of(wanted) + (shape.size() == 4 && shape[0] > 1 ? " (a batch of any size, or of one)" : ""));
  Shape example = input_shape(std::min<int64_t>(2, largest_batch_));
  optimise(graph_, {example});
  for (int64_t batch : sizes_of_batch()) {
    std::vector<Shape> shapes = infer_shapes(graph_, {input_shape(batch)});
    std::vector<int64_t> sizes;
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const Shape &output = shapes[static_cast<size_t>(graph_.outputs[i])];
      if (output.empty() || output[0] != batch)
        unsupported("the output \"" + graph_.output_names[i] + "\" is of the shape " + text_of(output) +
                    " for a batch of " + std::to_string(batch) + "; it must have one row for each picture");
      sizes.push_back(count_of(output) / batch);
    }
    if (batch > 1 && sizes != output_sizes_) unsupported("the outputs' sizes depend on the size of the batch");
    output_sizes_ = sizes;
  }
  weights_ = std::make_unique<Weights>(graph_);
  int64_t for_one = plan(1)->arena_bytes;
  while (largest_batch_ > 1 && for_one > max_arena_bytes / largest_batch_) largest_batch_ /= 2;
}

Shape Network::input_shape(int64_t batch) const {
  if (input_.axes == NetworkInput::Axes::nchw) return {batch, input_.channels, input_.height, input_.width};
  return {batch, input_.height, input_.width, input_.channels};
}

std::vector<int64_t> Network::sizes_of_batch() const {
  std::vector<int64_t> sizes;
  for (int64_t batch = 1; batch < largest_batch_; batch *= 2) sizes.push_back(batch);
  sizes.push_back(largest_batch_);
  return sizes;
}

int64_t Network::batch_for(int64_t pictures) const {
  int64_t batch = 1;
  for (int64_t size : sizes_of_batch())
    if (size <= pictures) batch = size;
  return batch;
}

std::shared_ptr<const Plan> Network::plan(int64_t batch) {
  std::lock_guard lock(mutex_);
  auto &plan = plans_[batch];
  if (!plan) {
    OneThread guard;
    PlanOptions options;
    // Either way the picture's channels lie innermost in memory.
    options.input_order = input_.axes == NetworkInput::Axes::nchw ? InputOrder::channels_last : InputOrder::row_major;
    options.by_picture = true;
    plan = make_plan(graph_, *weights_, {input_shape(batch)}, options);
  }
  return plan;
}

uint64_t Network::weight_bytes() {
  std::lock_guard lock(mutex_);
  return weights_->bytes();
}

}  // namespace onednn
