// Methods "plugins" and "models": what is installed.

#include <map>

#include "embed/model_streams.h"
#include "facade/json_object.h"
#include "facade/methods.h"
#include "facade/vectors.h"

namespace kalon {
namespace {

std::string_view output_kind(int32_t kind) {
  switch (kind) {
    case KALON_OUTPUT_EMBEDDING:
      return "embedding";
    case KALON_OUTPUT_LOGITS:
      return "logits";
    case KALON_OUTPUT_PROBABILITY:
      return "probability";
    default:
      return "score";
  }
}

}  // namespace

Ending run_plugins(const MethodCall &call) {
  call.parameters.reject_unknown();
  static constexpr std::string_view states[] = {"available", "loaded", "rejected", "quarantined"};
  uint64_t count = 0, rejected = 0, quarantined = 0;
  for (const auto &plugin : call.registry.plugins()) {
    JsonObject row;
    row.add("id", plugin.id).add("kind", plugin.kind).add("version", plugin.version).add("licence", plugin.licence);
    row.add("state", states[static_cast<int>(plugin.state)]).add("summary", plugin.summary);
    row.add("worker", plugin.worker);
    if (!plugin.reason.empty()) row.add("reason", plugin.reason);
    rejected += plugin.state == PluginState::rejected;
    quarantined += plugin.state == PluginState::quarantined;
    row.add("manifest", file_uri(plugin.manifest)).add("manifest_path", plugin.manifest);
    std::vector<std::string> formats;
    for (const auto &format : plugin.formats) {
      std::vector<std::string> extensions;
      for (const auto &extension : format.extensions) extensions.push_back(json_string(extension));
      formats.push_back(JsonObject().add("name", format.name).raw("extensions", json_array(extensions)).str());
    }
    row.raw("formats", json_array(formats));
    call.rows.row(row.str());
    ++count;
  }
  return {Status::ok,
          JsonObject().add("plugins", count).add("rejected", rejected).add("quarantined", quarantined).str()};
}

Ending run_release_plugin(const MethodCall &call) {
  auto plugin = call.parameters.required_text("plugin");
  call.parameters.reject_unknown();
  bool was_there = call.registry.release(plugin);
  return {Status::ok, JsonObject().add("released", plugin).add("was_in_quarantine", was_there).str()};
}

Ending run_models(const MethodCall &call) {
  call.parameters.reject_unknown();
  uint64_t count = 0;
  auto preferred = default_model(call.registry);
  std::map<std::string, PluginInfo> scripts;
  for (auto &plugin : call.registry.plugins())
    if (!plugin.script.empty()) scripts[plugin.id] = std::move(plugin);
  for (const auto &model : call.registry.models()) {
    const auto &description = model.description;
    std::vector<std::string> outputs;
    for (const auto &output : model.outputs)
      outputs.push_back(JsonObject()
                            .add("name", output.name)
                            .add("kind", output_kind(output.kind))
                            .add("dimension", output.dimension)
                            .add("tolerance", output.tolerance)
                            .str());
    JsonObject row;
    row.add("id", description.id).add("name", description.name).add("summary", description.summary);
    row.add("licence", description.licence).add("weights", description.weights_hash).add("plugin", model.plugin);
    row.add("default", description.id == preferred);
    if (auto script = scripts.find(model.plugin); script != scripts.end())
      row.add("script", file_uri(script->second.script))
          .add("script_path", display_text(script->second.script))
          .add("interpreter", display_text(script->second.interpreter));
    row.add("input_width", description.input_width).add("input_height", description.input_height);
    row.raw("outputs", json_array(outputs));
    call.rows.row(row.str());
    ++count;
  }
  auto imported = call.open ? imported_spaces(call.library().read()) : std::vector<Space>();
  for (const auto &space : imported) {
    const auto &key = space.key;
    JsonObject row;
    row.add("id", key.model).add("imported", true).add("weights", key.weights_hash).add("default", false);
    row.add("dimension", key.dimension).add("metric", key.metric == KALON_METRIC_COSINE ? "cosine" : "euclidean");
    call.rows.row(row.add("vectors", space.rows).str());
  }
  return {Status::ok, JsonObject().add("models", count).add("imported", imported.size()).str()};
}

}  // namespace kalon
