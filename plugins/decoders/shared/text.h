#pragma once
// Text of unknown encoding.

#include <string>
#include <string_view>

namespace kalon::decoders {

inline bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > text.size() - i) return false;
    for (size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    if (length >= 3) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0)) return false;  // overlong, surrogate
      if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) return false;  // overlong, too large
    }
    i += length;
  }
  return true;
}

// UTF-8 stays as it is, anything else is read as Latin-1. Ends at the first NUL.
inline std::string to_utf8(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  if (is_utf8(text)) return std::string(text);
  std::string out;
  for (char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
  }
  return out;
}

}  // namespace kalon::decoders
