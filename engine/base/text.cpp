#include "base/text.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>

#include "base/error.h"

namespace kalon {
namespace {

// Length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) at the start of text; 0 when there is none.
size_t utf8_sequence(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  auto within = [&](size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  auto tail = [&](size_t i) { return within(i, 0x80, 0xbf); };
  unsigned first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first == 0xe0) return within(1, 0xa0, 0xbf) && tail(2) ? 3 : 0;
  if (first == 0xed) return within(1, 0x80, 0x9f) && tail(2) ? 3 : 0;
  if (first >= 0xe1 && first <= 0xef) return tail(1) && tail(2) ? 3 : 0;
  if (first == 0xf0) return within(1, 0x90, 0xbf) && tail(2) && tail(3) ? 4 : 0;
  if (first >= 0xf1 && first <= 0xf3) return tail(1) && tail(2) && tail(3) ? 4 : 0;
  if (first == 0xf4) return within(1, 0x80, 0x8f) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

bool valid_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t length = utf8_sequence(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string display_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    size_t length = utf8_sequence(bytes);
    if (length == 0) {
      text += "\xef\xbf\xbd";
      length = 1;
    } else {
      text += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return text;
}

std::string nfc(std::string_view bytes) {
  bool ascii = true;
  for (char c : bytes) ascii = ascii && static_cast<signed char>(c) > 0;
  if (ascii || !valid_utf8(bytes)) return std::string(bytes);
  utf8proc_uint8_t *composed = nullptr;
  auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t *>(bytes.data()),
                             static_cast<utf8proc_ssize_t>(bytes.size()), &composed,
                             static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  std::string result =
      length < 0 ? std::string(bytes) : std::string(reinterpret_cast<char *>(composed), static_cast<size_t>(length));
  std::free(composed);
  return result;
}

std::string file_uri(std::string_view path) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string uri = "file://";
  for (char c : path) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '/' || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    if (plain) {
      uri += c;
    } else {
      auto byte = static_cast<uint8_t>(c);
      uri += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return uri;
}

std::string path_from_uri(std::string_view uri) {
  if (!uri.starts_with("file://")) {
    auto scheme = uri.find("://");
    if (scheme != std::string_view::npos && uri.substr(0, scheme).find('/') == std::string_view::npos)
      throw Error(Status::invalid_argument, "only file:// addresses can be opened", display_text(uri));
    return std::string(uri);
  }
  uri.remove_prefix(7);
  if (uri.starts_with("localhost/")) uri.remove_prefix(9);
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] != '%') {
      path += uri[i];
      continue;
    }
    int high = i + 1 < uri.size() ? hex_value(uri[i + 1]) : -1, low = i + 2 < uri.size() ? hex_value(uri[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0))
      throw Error(Status::invalid_argument, "a % in a file:// address is not followed by two hex digits",
                  std::string(uri));
    path += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return path;
}

int natural_compare(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      size_t start_a = i, start_b = j;
      while (start_a < a.size() && a[start_a] == '0') ++start_a;
      while (start_b < b.size() && b[start_b] == '0') ++start_b;
      size_t end_a = start_a, end_b = start_b;
      while (end_a < a.size() && digit(a[end_a])) ++end_a;
      while (end_b < b.size() && digit(b[end_b])) ++end_b;
      if (end_a - start_a != end_b - start_b) return end_a - start_a < end_b - start_b ? -1 : 1;
      int order = a.substr(start_a, end_a - start_a).compare(b.substr(start_b, end_b - start_b));
      if (order != 0) return order;
      i = end_a;
      j = end_b;
      continue;
    }
    auto left = static_cast<uint8_t>(lower(a[i])), right = static_cast<uint8_t>(lower(b[j]));
    if (left != right) return left < right ? -1 : 1;
    ++i, ++j;
  }
  if (i < a.size() || j < b.size()) return i < a.size() ? 1 : -1;
  return a.compare(b);
}

std::string_view shorten_utf8(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  // At most three continuation bytes precede the start of a sequence; anything longer is not UTF-8 and is cut bluntly.
  for (int step = 0; step < 3 && end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80; ++step) --end;
  return text.substr(0, (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80 ? max_bytes : end);
}

std::string ascii_lower(std::string_view text) {
  std::string result(text);
  for (char &c : result) c = lower(c);
  return result;
}

std::string grouped(uint64_t number) {
  auto digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

void append_json_string(std::string &out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    auto byte = static_cast<uint8_t>(text[i]);
    auto plain = [&](size_t at) {
      auto c = static_cast<uint8_t>(text[at]);
      return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    };
    if (plain(i)) {
      auto begin = i;
      while (i < text.size() && plain(i)) ++i;
      out += text.substr(begin, i - begin);
      continue;
    }
    if (byte >= 0x80) {
      size_t length = utf8_sequence(text.substr(i));
      if (length == 0) {
        out += "\xef\xbf\xbd";
        ++i;
      } else {
        out += text.substr(i, length);
        i += length;
      }
      continue;
    }
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    }
    ++i;
  }
  out += '"';
}

}  // namespace kalon
