#pragma once
// Plugins that run in this process: a crash of theirs is ours.

#include <memory>

#include "plugin/decoding.h"
#include "plugin/loader.h"
#include "plugin/model_stream.h"
#include "plugin/registry.h"

namespace kalon {

// How a loaded plugin is called. Both live as long as the process.
struct LocalPlugin {
  LoadedPlugin *plugin = nullptr;
  bool one_at_a_time = false;  // one caller in the whole process
};

// The decoder's table; throws missing_feature when it has none or lacks functions: only scale may be null. [any]
const kalon_decoder_factory &decoder_factory(const LoadedPlugin &plugin);

std::unique_ptr<Decoding> open_in_process(const LocalPlugin &plugin, const kalon_decoder_factory &factory,
                                          const DecodingSource &source);

class LocalStream : public ModelStream {
 public:
  // As run(), with the input wherever it lies, aligned as its values are. signs_of_life: counts the model's reports of
  // progress; may be null.
  virtual std::string run_on(const uint8_t *input, uint32_t count, float *const *outputs, kalon_status *statuses,
                             const std::atomic<bool> *cancelled, std::atomic<uint64_t> *signs_of_life) = 0;
};

// Throws what the model says when it cannot be started.
std::unique_ptr<LocalStream> stream_in_process(const LocalPlugin &plugin, const kalon_model_factory &factory,
                                               const ModelInfo &model);

}  // namespace kalon
