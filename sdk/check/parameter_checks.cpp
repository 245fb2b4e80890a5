#include "parameter_checks.h"

#include <kalon/draft/parameters.h>

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

#include "loaded_plugin.h"
#include "model_runs.h"

namespace kalon::check {
namespace {

using nlohmann::json;

json declared(const Subject &subject) {
  auto manifest = json::parse(subject.manifest_text, nullptr, false);
  return manifest.is_object() ? manifest.value("parameters", json::array()) : json::array();
}

// Whether the parameter may have the value.
bool fits(const json &parameter, const json &value) {
  auto type = parameter.at("type").get<std::string>();
  if (type == "flag") return value.is_boolean();
  if (type == "text") return value.is_string();
  if (type == "choice") {
    for (const auto &choice : parameter.at("choices"))
      if (choice == value) return true;
    return false;
  }
  if (type == "integer" ? !value.is_number_integer() : !value.is_number()) return false;
  return !(parameter.contains("minimum") && value < parameter.at("minimum")) &&
         !(parameter.contains("maximum") && value > parameter.at("maximum"));
}

// Values worth trying beside the default.
std::vector<json> others(const json &parameter) {
  auto type = parameter.at("type").get<std::string>();
  if (type == "flag") return {true, false};
  if (type == "choice") return parameter.at("choices").get<std::vector<json>>();
  std::vector<json> ends;
  for (const char *end : {"minimum", "maximum"})
    if (parameter.contains(end)) ends.push_back(parameter.at(end));
  return ends;
}

void require_made(const kalon_model_parameters &table, const Model &model, const json &values) {
  Text error;
  kalon_model *instance = nullptr;
  auto text = values.dump();
  auto status = table.create(model.number, text.c_str(), &instance, error.get());
  require(status == KALON_OK && instance, model.name() + ": cannot be made with the parameters " + text + ": " +
                                              status_text(status) + ": " + error.str());
  model.factory.destroy(instance);
}

}  // namespace

void require_declared_parameters(const Subject &subject) {
  auto parameters = declared(subject);
  require(parameters.is_array(), "its \"parameters\" are no array");
  std::set<std::string> names;
  for (const auto &parameter : parameters) {
    require(parameter.is_object(), "one of its \"parameters\" is no object");
    for (const char *member : {"name", "type", "label"})
      require(parameter.contains(member) && parameter[member].is_string() && parameter[member] != "",
              std::string("one of its \"parameters\" lacks its \"") + member + '"');
    auto name = parameter["name"].get<std::string>(), type = parameter["type"].get<std::string>();
    require(names.insert(name).second, "two of its \"parameters\" are called " + name);
    require(type == "integer" || type == "number" || type == "choice" || type == "flag" || type == "text",
            "its parameter " + name + " is of no known type");
    auto choices = parameter.value("choices", json());
    require((type == "choice") == (choices.is_array() && !choices.empty()),
            "its parameter " + name + " and its choices do not go together");
    for (const char *end : {"minimum", "maximum"})
      require(!parameter.contains(end) || ((type == "integer" || type == "number") && parameter[end].is_number()),
              "its parameter " + name + " has a " + end + " that is none");
    require(parameter.contains("default") && fits(parameter, parameter["default"]),
            "its parameter " + name + " has no default that it may have");
  }
}

void require_taken_parameters(const Subject &subject) {
  auto parameters = declared(subject);
  const auto *table =
      static_cast<const kalon_model_parameters *>(initialised(subject).get_factory(KALON_MODEL_PARAMETERS));
  require(parameters.empty() || (table && table->create),
          "its manifest declares parameters, but its library offers no " KALON_MODEL_PARAMETERS);
  require(!parameters.empty() || !table,
          "its library offers " KALON_MODEL_PARAMETERS ", but its manifest declares no parameters");
  if (parameters.empty()) return;
  json defaults = json::object();
  for (const auto &parameter : parameters) defaults[parameter["name"].get<std::string>()] = parameter["default"];
  for (const auto &model : models(subject)) {
    require_made(*table, model, defaults);
    for (const auto &parameter : parameters)
      for (const auto &value : others(parameter)) {
        auto values = defaults;
        values[parameter["name"].get<std::string>()] = value;
        require_made(*table, model, values);
      }
  }
}

}  // namespace kalon::check
