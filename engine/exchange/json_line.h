#pragma once
// One line of JSON, member by member, in the order given.

#include <concepts>
#include <string>
#include <string_view>

#include "base/text.h"
#include "exchange/table.h"

namespace kalon {

class JsonLine {
 public:
  JsonLine &add(std::string_view name, std::string_view text) {
    begin(name);
    append_json_string(text_, text);
    return *this;
  }
  JsonLine &add(std::string_view name, const char *text) { return add(name, std::string_view(text)); }
  JsonLine &add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  template <std::integral Number>
  JsonLine &add(std::string_view name, Number value) {
    return raw(name, std::to_string(value));
  }
  // Always with a point or exponent, so that readers that guess a column's type by its first rows take it for real.
  JsonLine &add(std::string_view name, double value) { return raw(name, real_text(value)); }
  JsonLine &null(std::string_view name) { return raw(name, "null"); }
  // JSON as it is.
  JsonLine &raw(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
  }
  std::string str() const { return text_ + '}'; }

  static std::string real_text(double value) {
    auto text = number_text(value);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
  }

 private:
  void begin(std::string_view name) {
    text_ += text_.size() > 1 ? "," : "";
    append_json_string(text_, name);
    text_ += ':';
  }
  std::string text_ = "{";
};

}  // namespace kalon
