#include "plugin/plugin_parameters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace kalon {
namespace {

using Json = nlohmann::json;

constexpr size_t most_parameters = 64, most_choices = 64, longest_name = 64, longest_label = 64, longest_help = 512,
                 longest_text = 1024;
constexpr int64_t largest_whole = int64_t{1} << 53;  // every program reads numbers up to here alike

[[noreturn]] void reject(const std::string &reason) {
  throw Error(Status::unsupported, reason);
}

bool is_printable(const std::string &text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// One parameter of the list, with its place for messages.
class Declaration {
 public:
  Declaration(const Json &json, size_t number) : json_(json), where_("parameter " + std::to_string(number)) {
    if (!json.is_object()) reject(where_ + " must be an object");
    static const std::set<std::string> known = {"name",    "type",  "default", "minimum", "maximum",
                                                "choices", "label", "help",    "unit"};
    for (const auto &[key, value] : json.items())
      if (!known.contains(key))
        reject(where_ + " has the unknown field \"" + display_text(shorten_utf8(key, 64)) + '"');
  }

  PluginParameter read() {
    PluginParameter parameter;
    parameter.name = text("name", longest_name, true);
    bool is_word = std::all_of(parameter.name.begin(), parameter.name.end(),
                               [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!is_word) reject(label("name") + " must be of a-z, 0-9 and _");
    where_ = "parameter " + parameter.name;
    parameter.type = text("type", longest_name, true);
    static const std::set<std::string> types = {"integer", "number", "choice", "flag", "text"};
    if (!types.contains(parameter.type)) reject(label("type") + " must be integer, number, choice, flag or text");
    parameter.label = text("label", longest_label, true);
    parameter.help = text("help", longest_help, false);
    parameter.unit = text("unit", longest_label, false);
    read_choices(parameter);
    parameter.minimum = bound("minimum", parameter.type);
    parameter.maximum = bound("maximum", parameter.type);
    if (!parameter.minimum.empty() && !parameter.maximum.empty() &&
        Json::parse(parameter.minimum).get<double>() > Json::parse(parameter.maximum).get<double>())
      reject(where_ + " has a minimum above its maximum");
    auto fallback = json_.find("default");
    if (fallback == json_.end()) reject(where_ + " lacks \"default\"");
    parameter.fallback = checked(parameter, *fallback);
    return parameter;
  }

  // A value as it comes to the model; rejects one that the parameter cannot have.
  static std::string checked(const PluginParameter &parameter, const Json &value) {
    auto wrong = [&](const std::string &wanted) { reject("parameter " + parameter.name + " must be " + wanted); };
    if (parameter.type == "flag") {
      if (!value.is_boolean()) wrong("true or false");
      return value.dump();
    }
    if (parameter.type == "text") {
      if (!value.is_string() || value.get_ref<const std::string &>().size() > longest_text ||
          !is_printable(value.get_ref<const std::string &>()))
        wrong("a text of one line, of at most " + std::to_string(longest_text) + " bytes");
      return value.dump();
    }
    if (parameter.type == "choice") {
      if (!value.is_string() || std::ranges::count(parameter.choices, value.get<std::string>()) == 0) {
        std::string list;
        for (const auto &choice : parameter.choices) list += (list.empty() ? "" : ", ") + choice;
        wrong("one of " + list);
      }
      return value.dump();
    }
    bool whole = parameter.type == "integer";
    auto range = (parameter.minimum.empty() ? "" : " from " + parameter.minimum) +
                 (parameter.maximum.empty() ? "" : " to " + parameter.maximum);
    auto wanted = (whole ? "a whole number" : "a number") + range;
    if (whole ? !value.is_number_integer() : !value.is_number()) wrong(wanted);
    double number = value.get<double>();
    if (!std::isfinite(number) || (whole && std::abs(number) > static_cast<double>(largest_whole))) wrong(wanted);
    if (!parameter.minimum.empty() && number < Json::parse(parameter.minimum).get<double>()) wrong(wanted);
    if (!parameter.maximum.empty() && number > Json::parse(parameter.maximum).get<double>()) wrong(wanted);
    // One way to write each value, since the space of vectors is named by it.
    return whole ? value.dump() : Json(number == 0 ? 0.0 : number).dump();
  }

 private:
  std::string label(const char *name) const { return where_ + ": \"" + name + '"'; }

  std::string text(const char *name, size_t most, bool needed) const {
    auto found = json_.find(name);
    if (found == json_.end() && !needed) return {};
    if (found == json_.end()) reject(where_ + " lacks \"" + name + '"');
    if (!found->is_string()) reject(label(name) + " must be a text");
    auto value = found->get<std::string>();
    if (value.size() > most || (needed && value.empty()) || !is_printable(value))
      reject(label(name) + " must be one line of at most " + std::to_string(most) + " bytes");
    return value;
  }

  void read_choices(PluginParameter &parameter) const {
    auto found = json_.find("choices");
    bool chooses = parameter.type == "choice";
    if (chooses != (found != json_.end()))
      reject(chooses ? where_ + " lacks \"choices\"" : label("choices") + " goes with the type choice alone");
    if (!chooses) return;
    if (!found->is_array() || found->empty() || found->size() > most_choices)
      reject(label("choices") + " must be an array of 1 to " + std::to_string(most_choices) + " texts");
    for (const auto &item : *found) {
      if (!item.is_string() || item.get_ref<const std::string &>().empty() ||
          item.get_ref<const std::string &>().size() > longest_label ||
          !is_printable(item.get_ref<const std::string &>()) ||
          std::ranges::count(parameter.choices, item.get<std::string>()) > 0)
        reject(label("choices") + " must be different texts of one line");
      parameter.choices.push_back(item.get<std::string>());
    }
  }

  std::string bound(const char *name, const std::string &type) const {
    auto found = json_.find(name);
    if (found == json_.end()) return {};
    bool whole = type == "integer";
    if (!whole && type != "number") reject(label(name) + " goes with integers and numbers alone");
    if (whole ? !found->is_number_integer() : !found->is_number())
      reject(label(name) + " must be a number of its type");
    if (!std::isfinite(found->get<double>()) ||
        (whole && std::abs(found->get<double>()) > static_cast<double>(largest_whole)))
      reject(label(name) + " is too large");
    return found->dump();
  }

  const Json &json_;
  std::string where_;
};

}  // namespace

std::vector<PluginParameter> plugin_parameters_from(const Json &list) {
  if (!list.is_array() || list.size() > most_parameters)
    reject("\"parameters\" must be an array of at most " + std::to_string(most_parameters) + " items");
  std::vector<PluginParameter> parameters;
  for (size_t i = 0; i < list.size(); ++i) {
    auto parameter = Declaration(list[i], i + 1).read();
    if (std::ranges::any_of(parameters, [&](const auto &other) { return other.name == parameter.name; }))
      reject("two parameters are called " + parameter.name);
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Json to_json(std::span<const PluginParameter> parameters) {
  auto list = Json::array();
  for (const auto &parameter : parameters) {
    Json json = {{"name", parameter.name},
                 {"type", parameter.type},
                 {"label", parameter.label},
                 {"default", Json::parse(parameter.fallback)}};
    if (!parameter.minimum.empty()) json["minimum"] = Json::parse(parameter.minimum);
    if (!parameter.maximum.empty()) json["maximum"] = Json::parse(parameter.maximum);
    if (!parameter.choices.empty()) json["choices"] = parameter.choices;
    if (!parameter.help.empty()) json["help"] = parameter.help;
    if (!parameter.unit.empty()) json["unit"] = parameter.unit;
    list.push_back(std::move(json));
  }
  return list;
}

std::string parameter_values(std::span<const PluginParameter> declared, std::string_view given) {
  constexpr const char *context = "parameter model_parameters";
  auto values = Json::parse(given.empty() ? std::string_view("{}") : given, nullptr, false);
  if (!values.is_object()) throw Error(Status::invalid_argument, "must be an object of names and values", context);
  std::map<std::string, std::string> all;
  bool usual = true;
  for (const auto &parameter : declared) {
    auto &value = all[parameter.name] = parameter.fallback;
    auto found = values.find(parameter.name);
    if (found == values.end() || found->is_null()) continue;
    try {
      value = Declaration::checked(parameter, *found);
    } catch (const Error &error) {
      throw Error(Status::invalid_argument, error.message(), context);
    }
    usual = usual && value == parameter.fallback;
  }
  for (const auto &[name, value] : values.items())
    if (!all.contains(name)) {
      std::string known;
      for (const auto &[other, unused] : all) known += (known.empty() ? "" : ", ") + other;
      throw Error(Status::invalid_argument,
                  "the model has no parameter " + display_text(shorten_utf8(name, longest_name)) +
                      (known.empty() ? "; it has none" : "; it has: " + known),
                  context);
    }
  if (usual) return {};
  std::string text = "{";
  for (const auto &[name, value] : all) text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
  return text + "}";
}

}  // namespace kalon
