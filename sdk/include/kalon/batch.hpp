// For those who call models in C++17 (the engine, tests of plugins): a batch from plain pointers. Header-only.
#ifndef KALON_BATCH_HPP
#define KALON_BATCH_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugin.h"

namespace kalon {
namespace plugin {

// The tensors of one model's batches. Used by one thread at a time.
class BatchTensors {
 public:
  // dimensions: of the model's outputs, in their order.
  BatchTensors(const kalon_model_description &about, const std::vector<uint32_t> &dimensions)
      : outputs_(dimensions.size()), wanted_(dimensions.size()) {
    const bool channels_first = about.input_layout == KALON_LAYOUT_NCHW;
    const uint64_t height = about.input_height, width = about.input_width;
    input_.size = sizeof input_;
    input_.sample = about.input_sample;
    input_.rank = 4;
    input_.shape[1] = channels_first ? 3 : height;
    input_.shape[2] = channels_first ? height : width;
    input_.shape[3] = channels_first ? width : 3;
    for (size_t i = 0; i < dimensions.size(); ++i) {
      outputs_[i].size = sizeof outputs_[i];
      outputs_[i].sample = KALON_SAMPLE_F32;
      outputs_[i].rank = 2;
      outputs_[i].shape[1] = dimensions[i];
    }
  }
  // As the factory describes its model; without outputs when it has no such model. [any]
  BatchTensors(const kalon_model_factory &factory, uint32_t model)
      : BatchTensors(description(factory, model), dimensions(factory, model)) {}
  BatchTensors(const BatchTensors &) = delete;
  BatchTensors &operator=(const BatchTensors &) = delete;

  // input: count pictures as the model describes them. outputs: one pointer for each output, each to count x dimension
  // values, null where it is not wanted. statuses: count. The batch is valid until the next call.
  kalon_batch batch(uint32_t count, const void *input, float *const *outputs, kalon_status *statuses) {
    input_.shape[0] = count;
    // A model reads its input; what would let it write is the type that inputs and outputs share.
    input_.data = const_cast<void *>(input);
    for (size_t i = 0; i < outputs_.size(); ++i) {
      outputs_[i].shape[0] = count;
      outputs_[i].data = outputs ? outputs[i] : nullptr;
      wanted_[i] = outputs_[i].data ? &outputs_[i] : nullptr;
    }
    kalon_batch made{};
    made.size = sizeof made;
    made.count = count;
    made.input = input ? &input_ : nullptr;
    made.outputs = outputs ? wanted_.data() : nullptr;
    made.statuses = statuses;
    return made;
  }

 private:
  static kalon_model_description description(const kalon_model_factory &factory, uint32_t model) {
    kalon_model_description about{};
    about.size = sizeof about;
    factory.describe(model, &about);
    return about;
  }
  static std::vector<uint32_t> dimensions(const kalon_model_factory &factory, uint32_t model) {
    std::vector<uint32_t> all;
    const uint32_t count = description(factory, model).output_count;
    for (uint32_t i = 0; i < count; ++i) {
      kalon_output_description about{};
      about.size = sizeof about;
      factory.describe_output(model, i, &about);
      all.push_back(about.dimension);
    }
    return all;
  }

  kalon_tensor input_{};
  std::vector<kalon_tensor> outputs_;
  std::vector<const kalon_tensor *> wanted_;
};

}  // namespace plugin
}  // namespace kalon

#endif
