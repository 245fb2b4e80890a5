#pragma once
// Plugins that run in worker processes: what they break is their own.

#include <memory>
#include <vector>

#include "plugin/decoding.h"
#include "plugin/model_stream.h"
#include "plugin/registry.h"
#include "plugin/worker_pool.h"

namespace kalon {

std::unique_ptr<Decoding> open_in_worker(std::shared_ptr<WorkerPool> pool, bool scales, const DecodingSource &source);

// Its worker is started by the first input().
std::unique_ptr<ModelStream> stream_in_worker(std::shared_ptr<WorkerPool> pool, const ModelInfo &model);

struct ToldModels {
  std::vector<ModelInfo> models;
  std::vector<PluginParameter> parameters;  // of a script; those of a library are in its manifest
};

// What the plugin's models say of themselves, checked. Throws missing_feature, internal, timeout.
ToldModels models_in_worker(WorkerPool &pool, const std::string &plugin);

}  // namespace kalon
