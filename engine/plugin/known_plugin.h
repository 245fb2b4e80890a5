#pragma once
// One plugin of the registry: what its manifest says, and what became of it.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plugin/in_process.h"
#include "plugin/manifest.h"
#include "plugin/worker_pool.h"

namespace kalon {

// What the manifest said is fixed; the rest is written under the mutex.
struct KnownPlugin {
  explicit KnownPlugin(Manifest read) : manifest(std::move(read)), parameters(manifest.info.parameters) {}
  const Manifest manifest;

  std::atomic<bool> gone{false};  // replaced or removed; it stays for those who still use it

  bool apart = false;    // in workers
  bool trusted = false;  // of the install folder

  std::mutex mutex;
  bool tried = false;
  LocalPlugin local;
  const kalon_decoder_factory *decoder = nullptr;
  const kalon_model_factory *model_factory = nullptr;
  std::shared_ptr<WorkerPool> pool;
  std::vector<ModelInfo> models;
  std::vector<PluginParameter> parameters;  // of a script, as it said last
  std::string script_hash;                  // of the script that told of them
  std::string failure;
  std::atomic<bool> failed{false};

  bool rejected_by_manifest() const { return manifest.info.state == PluginState::rejected; }
};

// What to start for a plugin that runs apart.
WorkerProgram program_of(const Manifest &manifest, const Isolation &isolation);

// Loads the plugin, here or in a worker, unless that was done; gives it back. Throws missing_feature, every time with
// the reason of the first; cancelled. [any]
KnownPlugin &need(KnownPlugin &plugin);

// Its models, loaded when they are not yet: a copy, as they are told anew after a quarantine. Throws as need(). [any]
std::vector<ModelInfo> models_of(KnownPlugin &plugin);

// A model as its script has it now: one that changed is asked anew, and its manifest says so from then on. [any]
ModelInfo current_model(KnownPlugin &plugin, const ModelInfo &told);

// Whether there is no sense in asking it. [any]
bool is_out_of_order(const KnownPlugin &plugin);

void log_rejection(const PluginInfo &info, const std::string &reason);

}  // namespace kalon
