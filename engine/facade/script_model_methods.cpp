// Methods "add_model" and "remove_model": models that are a user's own scripts.

#include "facade/json_object.h"
#include "facade/methods.h"
#include "plugin/script_models.h"

namespace kalon {

Ending run_add_model(const MethodCall &call) {
  auto script = call.parameters.required_path("script");
  auto interpreter = call.parameters.path("interpreter");
  call.parameters.reject_unknown();
  AddedModel added;
  try {
    added = add_script_model(call.registry, script, interpreter);
  } catch (const Error &error) {
    throw Error(error.status(), error.message(), error.context().empty() ? display_text(script) : error.context());
  }
  const auto &about = added.model.description;
  JsonObject summary;
  summary.add("model", about.id).add("name", about.name).add("summary", about.summary);
  summary.add("input_width", about.input_width).add("input_height", about.input_height);
  summary.add("dimension", added.model.outputs[0].dimension).add("weights", about.weights_hash);
  if (!added.replaced.empty()) summary.add("replaced_path", display_text(added.replaced));
  summary.add("interpreter", added.interpreter).add("plugin", added.plugin);
  summary.add("manifest", file_uri(added.manifest)).add("manifest_path", display_text(added.manifest));
  return {Status::ok, summary.str()};
}

Ending run_remove_model(const MethodCall &call) {
  auto model = call.parameters.required_text("model");
  call.parameters.reject_unknown();
  auto manifest = remove_script_model(call.registry, model);
  return {Status::ok, JsonObject().add("removed", model).add("manifest_path", display_text(manifest)).str()};
}

}  // namespace kalon
