// Paths, URIs and JSON texts.

#include <filesystem>
#include <string>
#include <system_error>

#include "library/catalogue.h"
#include "shell/glyphs.h"

namespace kalon::viewer {
namespace {

constexpr std::string_view scheme = "file://";
constexpr std::string_view hex_digits = "0123456789ABCDEF";

int digit_of(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  return -1;
}

// The length of the well-formed UTF-8 character at the beginning; 0 when there is none.
size_t character_length(std::string_view text) {
  auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  unsigned first = byte(0);
  size_t length = first < 0x80                    ? 1
                  : first >= 0xc2 && first < 0xe0 ? 2
                  : first >= 0xe0 && first < 0xf0 ? 3
                  : first >= 0xf0 && first < 0xf5 ? 4
                                                  : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t at = 1; at < length; ++at)
    if ((byte(at) & 0xc0) != 0x80) return 0;
  if (length == 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0))) return 0;
  if (length == 4 && ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90))) return 0;
  return length;
}

}  // namespace

std::string uri_of(std::string_view path) {
  std::string uri(scheme);
  for (char letter : path) {
    bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                 (letter >= '0' && letter <= '9') || std::string_view("/-._~").find(letter) != std::string_view::npos;
    if (plain) {
      uri += letter;
    } else {
      auto byte = static_cast<unsigned char>(letter);
      uri += {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
    }
  }
  return uri;
}

std::string path_of(std::string_view uri) {
  if (!uri.starts_with(scheme)) return {};
  uri.remove_prefix(scheme.size());
  std::string path;
  path.reserve(uri.size());
  for (size_t at = 0; at < uri.size(); ++at) {
    if (uri[at] == '%' && at + 2 < uri.size() && digit_of(uri[at + 1]) >= 0 && digit_of(uri[at + 2]) >= 0) {
      path += static_cast<char>(digit_of(uri[at + 1]) * 16 + digit_of(uri[at + 2]));
      at += 2;
    } else {
      path += uri[at];
    }
  }
  return path;
}

std::string normal_path(std::string_view path) {
  std::error_code error;
  auto absolute = std::filesystem::absolute(std::filesystem::path(path), error);
  if (error) return std::string(path);
  auto normal = absolute.lexically_normal().native();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

std::string shown_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    size_t length = character_length(bytes);
    bool control = length == 1 && (static_cast<unsigned char>(bytes[0]) < 0x20 || bytes[0] == 0x7f);
    if (length == 0 || control)
      text += "\xef\xbf\xbd";
    else
      text += bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  note_glyphs(text);
  return text;
}

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (char letter : shown_text(text)) {
    if (letter == '"' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + "\"";
}

std::string paths_json(const Catalogue &catalogue, std::span<const ItemIndex> items, std::string_view more) {
  std::string json = "{\"paths\":[";
  for (size_t i = 0; i < items.size(); ++i)
    json += (i > 0 ? ",\"" : "\"") + uri_of(catalogue.item(items[i]).path) + "\"";
  return json + "]" + std::string(more) + "}";
}

}  // namespace kalon::viewer
