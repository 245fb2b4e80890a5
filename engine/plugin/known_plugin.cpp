#include "plugin/known_plugin.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "plugin/in_worker.h"
#include "plugin/loader.h"
#include "plugin/models.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

constexpr uint64_t max_script_bytes = uint64_t{64} << 20;

void load_apart(KnownPlugin &plugin) {
  const Manifest &manifest = plugin.manifest;
  if (manifest.info.kind == "decoder") {
    plugin.pool->give_back(plugin.pool->take());
    return;
  }
  // What a script said when it was added does for listing it; it is started for work alone.
  if (manifest.is_script && !manifest.script_models.empty()) {
    plugin.models = models_from_json(manifest.info.id, nlohmann::json::parse(manifest.script_models));
  } else {
    auto told = models_in_worker(*plugin.pool, manifest.info.id);
    plugin.models = std::move(told.models);
    if (manifest.is_script) plugin.parameters = std::move(told.parameters);
  }
  plugin.script_hash = manifest.script_hash;
  check_weights(plugin.models, manifest.weights);
}

// Loads whatever the kind needs; throws missing_feature.
void load(KnownPlugin &plugin) {
  const PluginInfo &info = plugin.manifest.info;
  if (plugin.apart) return load_apart(plugin);
  LoadedPlugin &loaded = load_plugin(info.id, plugin.manifest.file);
  if (info.kind == "decoder") {
    plugin.decoder = &decoder_factory(loaded);
  } else {
    auto *factory = static_cast<const kalon_model_factory *>(plugin_factory(loaded, KALON_MODEL_FACTORY));
    plugin.models = describe_models(info.id, *factory, plugin.manifest.weights);
    plugin.model_factory = factory;
  }
  plugin.local = {&loaded, info.concurrency == Concurrency::serial_per_process};
}

bool is_passing(Status status) {
  return status == Status::cancelled || status == Status::out_of_memory || status == Status::io ||
         status == Status::busy;
}

}  // namespace

void log_rejection(const PluginInfo &info, const std::string &reason) {
  log(LogLevel::warning, "plugin " + info.id + " was rejected: " + reason + " (" + display_text(info.manifest) + ")");
}

WorkerProgram program_of(const Manifest &manifest, const Isolation &isolation) {
  WorkerProgram program;
  if (manifest.is_script)
    program.command = {manifest.interpreter, "-B", isolation.python_worker};
  else
    program.command = {isolation.worker_program};
  program.plugin = manifest.info.id;
  program.kind = manifest.info.kind;
  program.file = manifest.file;
  program.is_script = manifest.is_script;
  bool overridden = isolation.deadline_seconds > 0;
  program.deadline_seconds = overridden ? isolation.deadline_seconds : manifest.deadline_seconds;
  program.start_seconds = overridden ? isolation.deadline_seconds : std::max(120.0, manifest.deadline_seconds);
  return program;
}

KnownPlugin &need(KnownPlugin &plugin) {
  const PluginInfo &info = plugin.manifest.info;
  if (plugin.rejected_by_manifest())
    throw Error(Status::missing_feature, "cannot be used: " + info.reason, "plugin " + info.id);
  std::lock_guard lock(plugin.mutex);
  if (plugin.pool)
    if (auto reason = plugin.pool->quarantined(); !reason.empty())
      throw Error(Status::missing_feature,
                  "is in quarantine: " + reason + ". `kalon plugins release " + info.id + "` lets it work again",
                  "plugin " + info.id);
  if (!plugin.tried) {
    plugin.tried = true;
    try {
      load(plugin);
      plugin.failed = false;
    } catch (const std::exception &) {
      auto outcome = outcome_of_current_exception();
      bool is_known = plugin.failed && plugin.failure == outcome.text;
      plugin.failure = outcome.text;
      plugin.failed = true;
      // A process that lacks memory or descriptors may have them again in a moment.
      if (plugin.apart && is_passing(outcome.status)) plugin.tried = false;
      if (outcome.status == Status::cancelled) {
        plugin.failed = false;
        throw;
      }
      if (!is_known) log_rejection(info, plugin.failure);
    }
  }
  if (plugin.failed) throw Error(Status::missing_feature, "cannot be used: " + plugin.failure, "plugin " + info.id);
  return plugin;
}

std::vector<ModelInfo> models_of(KnownPlugin &plugin) {
  need(plugin);
  std::lock_guard lock(plugin.mutex);
  return plugin.models;
}

ModelInfo current_model(KnownPlugin &plugin, const ModelInfo &told) {
  const Manifest &manifest = plugin.manifest;
  std::lock_guard lock(plugin.mutex);
  auto hash = hash_of(read_file(manifest.file, max_script_bytes)).hex();
  std::string id = told.description.id;
  if (hash != plugin.script_hash) {
    plugin.pool->renew();  // they have loaded what it was
    auto now = models_in_worker(*plugin.pool, manifest.info.id);
    plugin.models = std::move(now.models);
    plugin.parameters = std::move(now.parameters);
    plugin.script_hash = hash;
    for (const auto &model : plugin.models)
      if (id == model.description.id) {
        log(LogLevel::warning, "the script of the model " + id + " has changed since it was added; " +
                                   (std::string_view(told.description.weights_hash) == model.description.weights_hash
                                        ? "its vectors stay what they were"
                                        : "its vectors begin anew"));
        note_script_models(manifest.info.manifest, hash, plugin.models, plugin.parameters);
      }
  }
  for (const auto &model : plugin.models)
    if (id == model.description.id) return model;
  throw Error(Status::missing_feature,
              "its script now describes another model, " +
                  std::string(plugin.models.empty() ? "none" : plugin.models[0].description.id) +
                  ": `kalon models add " + display_text(manifest.file) + "` takes that in",
              "model " + id);
}

bool is_out_of_order(const KnownPlugin &plugin) {
  return plugin.failed || (plugin.pool && !plugin.pool->quarantined().empty());
}

}  // namespace kalon
