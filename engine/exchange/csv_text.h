#pragma once
// CSV as it is written: RFC 4180, quotes only where they are needed, as Python's csv does.

#include <string>
#include <string_view>

namespace kalon {

// Appends one field; between fields the caller puts the separator. [any]
inline void append_csv_cell(std::string &out, std::string_view text, char separator = ',') {
  const char special[] = {separator, '"', '\r', '\n'};
  if (text.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace kalon
