#pragma once
// What parameters methods take, told so that hosts can draw controls for them. A test holds the table against the
// methods themselves.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kalon {

enum class ParameterType { integer, number, choice, flag, text, path, paths, model, parameters };
std::string_view parameter_type_name(ParameterType type);

struct ParameterDescription {
  std::string_view methods;  // names, with spaces between
  std::string_view name;
  ParameterType type = ParameterType::text;
  // JSON; empty: there is none, or the method finds one by itself.
  std::string_view fallback = {};
  // Of integers and numbers, inclusive, as JSON; empty: none but that of the type.
  std::string_view minimum = {}, maximum = {};
  std::string_view choices =
      {};                      // words with spaces between, the default first unless it is told; numerals are numbers
  std::string_view unit = {};  // "s", "min", "px"
  // JSON object: the parameter counts only where each of these others has the value, or one of the values of an array;
  // true: where it is given. Empty: always. One name may have several descriptions that exclude one another.
  std::string_view when = {};
  bool required = false;
  std::string_view label = {}, help = {};
};

// All of them, in the order in which a person is asked: what a method is about, then how, then where to, then what is
// rarely said. [any]
std::span<const ParameterDescription> method_descriptions();
// Its parts, in this order.
std::span<const ParameterDescription> arranging_descriptions();
std::span<const ParameterDescription> ranking_descriptions();
std::span<const ParameterDescription> common_descriptions();
bool describes(const ParameterDescription &description, std::string_view method);
// Names of the methods that are described, each once, in order.
std::vector<std::string_view> described_methods();
// One row for a host; method: the one that is asked for.
std::string description_row(const ParameterDescription &description, std::string_view method);

}  // namespace kalon
