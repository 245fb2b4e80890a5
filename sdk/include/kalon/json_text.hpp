// The little JSON that a program needs to call methods, for those without a library for it. kalon.hpp includes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kalon::host {

// The file:// URI of an absolute path: every byte a name can hold survives the way through JSON.
inline std::string file_uri(std::string_view path) {
  static constexpr char digits[] = "0123456789ABCDEF";
  static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~";
  std::string uri = "file://";
  for (char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    uri += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return uri;
}

// A text as a JSON string, quotes included, for the parameters of methods. UTF-8 stays as it is.
inline std::string json_string(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string json = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') json += '\\';
    if (byte < 0x20)
      json += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
      json += c;
  }
  return json + '"';
}

namespace detail {

// The four hexadecimal digits at a place of a JSON string; 0 where there are none.
inline uint32_t code_unit(std::string_view json, size_t at) {
  uint32_t unit = 0;
  for (size_t end = at + 4; at < end; ++at) {
    static constexpr std::string_view digits = "0123456789abcdef";
    auto digit = at < json.size() ? digits.find(static_cast<char>(json[at] | 0x20)) : std::string_view::npos;
    if (digit == std::string_view::npos) return 0;
    unit = unit * 16 + static_cast<uint32_t>(digit);
  }
  return unit;
}

inline void append_utf8(std::string &text, uint32_t code) {
  auto add = [&](uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xe0 | code >> 12);
    } else {
      add(0xf0 | code >> 18);
      add(0x80 | (code >> 12 & 63));
    }
    add(0x80 | (code >> 6 & 63));
  }
  add(0x80 | (code & 63));
}

// The text of the JSON string whose first quote is at `at`, which moves behind its last.
inline std::string string_at(std::string_view json, size_t &at) {
  std::string text;
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] != '\\' || at + 1 == json.size()) {
      text += json[at];
      continue;
    }
    static constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
    char escape = json[++at];
    if (auto letter = letters.find(escape); letter != std::string_view::npos) {
      text += meanings[letter];
    } else if (escape != 'u') {
      text += escape;
    } else {
      uint32_t code = code_unit(json, at + 1);
      at += 4;
      if (code >> 10 == 0x36 && json.substr(at + 1 < json.size() ? at + 1 : json.size(), 2) == "\\u") {
        code = 0x10000 + ((code & 0x3ff) << 10) + (code_unit(json, at + 3) & 0x3ff);
        at += 6;
      }
      append_utf8(text, code);
    }
  }
  ++at;
  return text;
}

// The text of a member of a JSON object of the engine, empty when it has none: as much JSON as the end of a task needs.
inline std::string text_member(std::string_view json, std::string_view name) {
  int depth = 0;
  for (size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      depth += json[at] == '{' || json[at] == '[';
      depth -= json[at] == '}' || json[at] == ']';
      ++at;
      continue;
    }
    bool is_it = string_at(json, at) == name && depth == 1;
    if (is_it && json.substr(at < json.size() ? at : json.size(), 2) == ":\"") return string_at(json, ++at);
  }
  return {};
}

}  // namespace detail

}  // namespace kalon::host
