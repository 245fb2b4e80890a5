// Method "describe": what parameters methods take, for hosts that draw controls.

#include <algorithm>

#include "facade/json_object.h"
#include "facade/method_descriptions.h"
#include "facade/methods.h"

namespace kalon {

namespace {

// What a plugin declared, in the form of the methods' own.
std::string plugin_row(const std::string &plugin, const PluginParameter &parameter) {
  auto or_null = [](const std::string &json) { return json.empty() ? std::string("null") : json; };
  std::vector<std::string> choices;
  for (const auto &choice : parameter.choices) choices.push_back(json_string(choice));
  JsonObject row;
  row.add("plugin", plugin).add("name", parameter.name).add("type", parameter.type).add("required", false);
  row.raw("default", parameter.fallback);
  row.raw("minimum", or_null(parameter.minimum)).raw("maximum", or_null(parameter.maximum));
  row.raw("choices", choices.empty() ? "null" : json_array(choices));
  row.add("label", parameter.label).add("help", parameter.help).raw("when", "null").add("unit", parameter.unit);
  return row.str();
}

Ending describe_plugin(const MethodCall &call, const std::string &id) {
  auto plugins = call.registry.plugins();
  auto found = std::find_if(plugins.begin(), plugins.end(), [&](const PluginInfo &info) { return info.id == id; });
  if (found == plugins.end()) throw Error(Status::not_found, "there is no such plugin", "plugin " + display_text(id));
  for (const auto &parameter : found->parameters) call.rows.row(plugin_row(id, parameter));
  return {Status::ok, JsonObject().add("parameters", found->parameters.size()).str()};
}

}  // namespace

Ending run_describe(const MethodCall &call) {
  auto wanted = call.parameters.text("method"), plugin = call.parameters.text("plugin");
  call.parameters.reject_unknown();
  if (!wanted.empty() && !plugin.empty())
    throw Error(Status::invalid_argument, "goes without a method", "parameter plugin");
  if (!plugin.empty()) return describe_plugin(call, plugin);
  auto methods = described_methods();
  if (!wanted.empty() && std::find(methods.begin(), methods.end(), wanted) == methods.end()) {
    std::string known;
    for (auto method : methods) known += (known.empty() ? "" : ", ") + std::string(method);
    throw Error(Status::invalid_argument, "is not described; these are: " + known, "parameter method");
  }
  uint64_t rows = 0;
  for (auto method : methods) {
    if (!wanted.empty() && method != wanted) continue;
    for (const auto &description : method_descriptions()) {
      if (!describes(description, method)) continue;
      call.rows.row(description_row(description, method));
      ++rows;
    }
  }
  return {Status::ok, JsonObject().add("parameters", rows).str()};
}

}  // namespace kalon
