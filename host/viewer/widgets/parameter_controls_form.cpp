#include "widgets/parameter_controls_form.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

namespace kalon::viewer {
namespace {

using Json = nlohmann::json;

std::optional<ParameterType> type_named(std::string_view name) {
  static constexpr std::pair<std::string_view, ParameterType> names[] = {{"integer", ParameterType::integer},
                                                                         {"number", ParameterType::number},
                                                                         {"choice", ParameterType::choice},
                                                                         {"flag", ParameterType::flag},
                                                                         {"text", ParameterType::text},
                                                                         {"path", ParameterType::path},
                                                                         {"paths", ParameterType::paths},
                                                                         {"model", ParameterType::model},
                                                                         {"parameters", ParameterType::parameters}};
  for (const auto &[written, type] : names) {
    if (written == name) return type;
  }
  return std::nullopt;
}

// A JSON value as the text of a form; nothing for null and what is no value.
std::optional<std::string> text_of(const Json &json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>() ? "true" : "false";
  if (json.is_number_integer()) return json.dump();
  if (json.is_number()) return number_text(json.get<double>());
  return std::nullopt;
}

std::vector<std::string> texts_of(const Json &json) {
  std::vector<std::string> texts;
  if (json.is_array()) {
    for (const auto &one : json) {
      if (auto text = text_of(one)) texts.push_back(std::move(*text));
    }
  } else if (auto text = text_of(json)) {
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::string text_member(const Json &row, const char *name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_member(const Json &row, const char *name) {
  const auto found = row.find(name);
  if (found == row.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

// {"by": "similarity"}, {"by": ["burst", "cluster"]}, {"to": true}.
std::vector<Parameter::Condition> conditions_of(const Json &when) {
  std::vector<Parameter::Condition> conditions;
  if (!when.is_object()) return conditions;
  for (const auto &[name, values] : when.items()) {
    conditions.push_back({name, texts_of(values), values.is_boolean() && values.get<bool>()});
  }
  return conditions;
}

std::string unit_in_words(const std::string &unit) {
  static constexpr std::pair<std::string_view, std::string_view> units[] = {
      {"s", "seconds"}, {"min", "minutes"}, {"px", "pixels"}};
  for (const auto &[short_one, words] : units) {
    if (unit == short_one) return std::string(words);
  }
  return unit;
}

std::optional<Parameter> parameter_of(const Json &row) {
  Parameter parameter;
  parameter.name = text_member(row, "name");
  const auto type = type_named(text_member(row, "type"));
  if (parameter.name.empty() || !type) return std::nullopt;
  parameter.type = *type;
  parameter.label = text_member(row, "label");
  if (parameter.label.empty()) {
    parameter.label = parameter.name;
    std::replace(parameter.label.begin(), parameter.label.end(), '_', ' ');
    if (parameter.label[0] >= 'a' && parameter.label[0] <= 'z') {
      parameter.label[0] = static_cast<char>(parameter.label[0] - 'a' + 'A');
    }
  }
  parameter.help = text_member(row, "help");
  parameter.unit = unit_in_words(text_member(row, "unit"));
  if (const auto found = row.find("default"); found != row.end()) parameter.fallback = text_of(*found);
  parameter.minimum = number_member(row, "minimum");
  parameter.maximum = number_member(row, "maximum");
  if (const auto found = row.find("choices"); found != row.end() && found->is_array()) {
    parameter.choices = texts_of(*found);
    parameter.choices_are_numbers =
        std::all_of(found->begin(), found->end(), [](const Json &choice) { return choice.is_number(); });
  }
  if (const auto found = row.find("when"); found != row.end()) parameter.when = conditions_of(*found);
  if (const auto found = row.find("required"); found != row.end() && found->is_boolean()) {
    parameter.required = found->get<bool>();
  }
  if (parameter.type == ParameterType::flag && !parameter.fallback) parameter.fallback = "false";
  if (parameter.type == ParameterType::choice && parameter.choices.empty()) parameter.type = ParameterType::text;
  return parameter;
}

// The value as it is kept; nothing, and `why`, when the parameter may not have it.
std::optional<std::string> accepted(const Parameter &parameter, std::string_view value, std::string *why) {
  const auto refuse = [&](std::string text) {
    if (why != nullptr) *why = parameter.label + " " + std::move(text);
    return std::nullopt;
  };
  switch (parameter.type) {
    case ParameterType::integer:
    case ParameterType::number: {
      const auto number = number_of(value);
      const bool whole = parameter.type == ParameterType::integer;
      if (!number) return refuse("must be a number.");
      if (whole && (*number != std::floor(*number) || std::abs(*number) > 9e15)) {
        return refuse("must be a whole number.");
      }
      if (parameter.minimum && *number < *parameter.minimum) {
        return refuse("must be at least " + number_text(*parameter.minimum) + ".");
      }
      if (parameter.maximum && *number > *parameter.maximum) {
        return refuse("must be at most " + number_text(*parameter.maximum) + ".");
      }
      return whole ? std::to_string(static_cast<long long>(*number)) : number_text(*number);
    }
    case ParameterType::flag:
      if (value != "true" && value != "false") return refuse("must be true or false.");
      break;
    case ParameterType::choice:
      if (std::find(parameter.choices.begin(), parameter.choices.end(), value) == parameter.choices.end()) {
        std::string known;
        for (const auto &choice : parameter.choices) known += (known.empty() ? "" : ", ") + choice;
        return refuse("must be one of " + known + ".");
      }
      break;
    default:
      break;
  }
  return std::string(value);
}

}  // namespace

std::string range_text(const Parameter &parameter) {
  std::string text;
  for (const auto &choice : parameter.choices) text += (text.empty() ? "" : ", ") + choice;
  if (parameter.type == ParameterType::flag) text = "On or off";
  if (parameter.type == ParameterType::text) text = "A text";
  if (parameter.type == ParameterType::integer || parameter.type == ParameterType::number) {
    const auto low = parameter.minimum ? number_text(*parameter.minimum) : std::string();
    const auto high = parameter.maximum ? number_text(*parameter.maximum) : std::string();
    text = !low.empty() && !high.empty() ? low + " to " + high
           : !low.empty()                ? low + " or more"
           : !high.empty()               ? high + " or less"
                                         : std::string("Any number");
    if (!parameter.unit.empty()) text += " " + parameter.unit;
  }
  const auto fallback = parameter.fallback.value_or("");
  if (fallback.empty()) return text;
  const bool flag = parameter.type == ParameterType::flag;
  return text + "; " + (flag ? (fallback == "true" ? "on" : "off") : fallback) + " by default";
}

std::string number_text(double number) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

ParameterForm::ParameterForm(std::span<const std::string> rows, std::string_view method,
                             std::span<const std::string_view> hidden) {
  for (const auto &text : rows) {
    const auto row = Json::parse(text, nullptr, false);
    if (!row.is_object()) continue;
    if (const auto of = text_member(row, "method"); !method.empty() && !of.empty() && of != method) continue;
    if (auto parameter = parameter_of(row)) {
      parameter->hidden = std::find(hidden.begin(), hidden.end(), parameter->name) != hidden.end();
      parameters_.push_back(std::move(*parameter));
    }
  }
}

const Parameter *ParameterForm::find(std::string_view name, int depth) const {
  const Parameter *first = nullptr;
  for (const auto &parameter : parameters_) {
    if (parameter.name != name) continue;
    if (applies(parameter, depth)) return &parameter;
    if (first == nullptr) first = &parameter;
  }
  return first;
}

// What was chosen, unless it was chosen for another of this name, and this one may not have it.
const std::string *ParameterForm::chosen(const Parameter &parameter) const {
  const auto found = values_.find(parameter.name);
  return found != values_.end() && accepted(parameter, found->second, nullptr) ? &found->second : nullptr;
}

std::string ParameterForm::value(std::string_view name, int depth) const {
  const auto *parameter = find(name, depth);
  if (parameter == nullptr) return {};
  const auto *text = chosen(*parameter);
  return text != nullptr ? *text : parameter->fallback.value_or("");
}

bool ParameterForm::changed(std::string_view name) const {
  const auto *parameter = find(name);
  if (parameter == nullptr) return false;
  const auto *text = chosen(*parameter);
  return text != nullptr && *text != parameter->fallback.value_or("");
}

bool ParameterForm::applies(const Parameter &parameter, int depth) const {
  constexpr int deepest = 6;
  if (depth > deepest) return false;
  return std::all_of(parameter.when.begin(), parameter.when.end(), [&](const Parameter::Condition &condition) {
    const auto *other = find(condition.name, depth + 1);
    if (other == nullptr) return !condition.given;
    if (!applies(*other, depth + 1)) return false;
    const auto now = value(condition.name, depth + 1);
    if (condition.given && other->type != ParameterType::flag) return !now.empty();
    return std::find(condition.values.begin(), condition.values.end(), now) != condition.values.end();
  });
}

std::vector<const Parameter *> ParameterForm::shown() const {
  std::vector<const Parameter *> shown;
  for (const auto &parameter : parameters_) {
    if (!parameter.hidden && parameter.type != ParameterType::parameters && applies(parameter))
      shown.push_back(&parameter);
  }
  return shown;
}

bool ParameterForm::set(std::string_view name, std::string_view value, std::string *why) {
  const auto *parameter = find(name);
  if (parameter == nullptr) {
    if (why != nullptr) *why = "There is no parameter \"" + std::string(name) + "\".";
    return false;
  }
  if (value.empty()) {
    reset(name);
    return true;
  }
  auto kept = accepted(*parameter, value, why);
  if (!kept) return false;
  if (parameter->fallback && *kept == *parameter->fallback) {
    reset(name);
  } else {
    values_[std::string(name)] = std::move(*kept);
  }
  return true;
}

std::vector<std::string> ParameterForm::missing() const {
  std::vector<std::string> labels;
  for (const auto *parameter : shown()) {
    if (parameter->required && value(parameter->name).empty()) labels.push_back(parameter->label);
  }
  return labels;
}

bool ParameterForm::takes(ParameterType type) const {
  return std::any_of(parameters_.begin(), parameters_.end(),
                     [&](const Parameter &parameter) { return parameter.type == type && applies(parameter); });
}

std::string ParameterForm::json(const ParameterForm *of_model) const {
  auto object = Json::object();
  for (const auto &parameter : parameters_) {
    if (parameter.type == ParameterType::parameters) {
      auto values = of_model && takes(ParameterType::model) ? Json::parse(of_model->json()) : Json::object();
      if (!values.empty()) object[parameter.name] = std::move(values);
      continue;
    }
    const auto *text = chosen(parameter);
    if (text == nullptr || !applies(parameter) || *text == parameter.fallback.value_or("")) continue;
    switch (parameter.type) {
      case ParameterType::integer:
        object[parameter.name] = static_cast<int64_t>(number_of(*text).value_or(0));
        break;
      case ParameterType::number:
        object[parameter.name] = number_of(*text).value_or(0);
        break;
      case ParameterType::flag:
        object[parameter.name] = *text == "true";
        break;
      case ParameterType::paths:
        object[parameter.name] = Json::array({*text});
        break;
      case ParameterType::choice:
        if (parameter.choices_are_numbers) {
          object[parameter.name] = Json::parse(*text, nullptr, false);
        } else {
          object[parameter.name] = *text;
        }
        break;
      default:
        object[parameter.name] = *text;
    }
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool ParameterForm::take_json(std::string_view text, std::string *why) {
  const auto object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    if (why != nullptr) *why = "The parameters must be a JSON object.";
    return false;
  }
  for (const auto &[name, json] : object.items()) {
    const auto value = json.is_array() && json.size() == 1 ? text_of(json[0]) : text_of(json);
    if (!value) {
      if (why != nullptr) *why = "The parameter \"" + name + "\" is no single value.";
      return false;
    }
    if (!set(name, *value, why)) return false;
  }
  return true;
}

}  // namespace kalon::viewer
