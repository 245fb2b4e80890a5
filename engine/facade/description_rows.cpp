// How descriptions of parameters are looked up and told.

#include <algorithm>
#include <array>

#include "facade/json_object.h"
#include "facade/method_descriptions.h"

namespace kalon {
namespace {

std::string_view next_word(std::string_view &words) {
  auto space = std::min(words.find(' '), words.size());
  auto word = words.substr(0, space);
  words.remove_prefix(std::min(space + 1, words.size()));
  return word;
}

bool is_numeral(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string choice_json(std::string_view word) {
  return is_numeral(word) ? std::string(word) : json_string(word);
}

}  // namespace

std::string_view parameter_type_name(ParameterType type) {
  static constexpr std::array<std::string_view, 9> names = {"integer", "number", "choice", "flag",      "text",
                                                            "path",    "paths",  "model",  "parameters"};
  return names[static_cast<size_t>(type)];
}

bool describes(const ParameterDescription &description, std::string_view method) {
  for (auto words = description.methods; !words.empty();)
    if (next_word(words) == method) return true;
  return false;
}

std::vector<std::string_view> described_methods() {
  std::vector<std::string_view> names;
  for (const auto &description : method_descriptions())
    for (auto words = description.methods; !words.empty();)
      if (auto word = next_word(words); std::find(names.begin(), names.end(), word) == names.end())
        names.push_back(word);
  return names;
}

std::string description_row(const ParameterDescription &description, std::string_view method) {
  auto or_null = [](std::string_view json) { return json.empty() ? std::string_view("null") : json; };
  std::vector<std::string> choices;
  for (auto words = description.choices; !words.empty();) choices.push_back(choice_json(next_word(words)));
  JsonObject row;
  row.add("method", method).add("name", description.name).add("type", parameter_type_name(description.type));
  row.add("required", description.required);
  row.raw("default", !description.fallback.empty() ? description.fallback
                     : choices.empty()             ? std::string_view("null")
                                                   : std::string_view(choices.front()));
  row.raw("minimum", or_null(description.minimum)).raw("maximum", or_null(description.maximum));
  row.raw("choices", choices.empty() ? "null" : json_array(choices));
  row.add("label", description.label).add("help", description.help).raw("when", or_null(description.when));
  row.add("unit", description.unit);
  return row.str();
}

}  // namespace kalon
