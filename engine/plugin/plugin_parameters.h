#pragma once
// Parameters that the plugin of a model declares in its manifest: hosts draw them, their values come to the model.

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kalon {

struct PluginParameter {
  std::string name;
  std::string type;                  // integer, number, choice, flag or text
  std::string fallback;              // JSON, of the type and within the range
  std::string minimum, maximum;      // JSON, of integers and numbers; empty: none
  std::vector<std::string> choices;  // of a choice
  std::string label, help, unit;     // for people; help and unit may be empty
};

// From a manifest's "parameters". Throws unsupported with what is wrong with them. [any]
std::vector<PluginParameter> plugin_parameters_from(const nlohmann::json &list);

// As a manifest has them. [any]
nlohmann::json to_json(std::span<const PluginParameter> parameters);

// The values of all parameters, those that are not given by their defaults, as a JSON object in order of names; empty
// when all have their defaults. given: a JSON object, or empty. Throws invalid_argument, naming the parameter, for a
// name or a value that is none. [any]
std::string parameter_values(std::span<const PluginParameter> declared, std::string_view given);

}  // namespace kalon
