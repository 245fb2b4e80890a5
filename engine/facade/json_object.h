#pragma once
// Rows and summaries as JSON text, written without a document in between.

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace kalon {

// One JSON object under construction. Numbers are written in the shortest form that reads back the same.
class JsonObject {
 public:
  JsonObject() : text_("{") {}
  JsonObject &add(std::string_view name, std::string_view value) {
    append_json_string(key(name), value);
    return *this;
  }
  JsonObject &add(std::string_view name, const char *value) { return add(name, std::string_view(value)); }
  JsonObject &add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) JsonObject &add(std::string_view name, Integer value) {
    char digits[24];
    return raw(name, {digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
  }
  template <std::floating_point Float>
  JsonObject &add(std::string_view name, Float value) {
    if (!std::isfinite(value)) return raw(name, "null");
    char digits[40];
    return raw(name, {digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
  }
  // null where there is nothing.
  template <class Value>
  JsonObject &add(std::string_view name, const std::optional<Value> &value) {
    return value ? add(name, *value) : raw(name, "null");
  }
  // value: JSON text.
  JsonObject &raw(std::string_view name, std::string_view value) {
    key(name) += value;
    return *this;
  }
  std::string str() const { return text_ + "}"; }

 private:
  std::string &key(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    append_json_string(text_, name);
    text_ += ':';
    return text_;
  }
  std::string text_;
};

// A JSON string.
inline std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

// A JSON array of already written values.
template <class Range>
std::string json_array(const Range &values) {
  std::string text = "[";
  for (const auto &value : values) {
    if (text.size() > 1) text += ',';
    text += value;
  }
  return text + "]";
}

}  // namespace kalon
