// Raw bytes of metadata values as text, and texts as times.
#include <charconv>
#include <chrono>

#include "base/text.h"
#include "metadata/findings.h"

namespace kalon {
namespace {

// Windows-1252 between 0x80 and 0x9f (https://encoding.spec.whatwg.org/index-windows-1252.txt).
constexpr char32_t windows_1252[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                       0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                       0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                       0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

void append_utf8(std::string &out, char32_t code) {
  auto byte = [&](char32_t value) { out += static_cast<char>(static_cast<uint8_t>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | code >> 6), byte(0x80 | (code & 63));
  } else if (code < 0x10000) {
    byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63));
  } else {
    byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 63)), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63));
  }
}

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    append_utf8(text, byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : char32_t{byte});
  }
  return text;
}

bool space(char c) {
  return c == ' ' || c == '\n' || c == '\t';
}

// Reads exactly `digits` digits; -1 when they are not there.
int take_digits(std::string_view &text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view &text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string clean_text(std::string_view bytes) {
  // More than any value may have, so that huge ones cost nothing.
  bytes = shorten_utf8(bytes, 2 * max_value_bytes);
  std::string converted;
  if (!valid_utf8(bytes)) {
    converted = from_windows_1252(bytes);
    bytes = converted;
  }
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::string text;
  text.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    char c = bytes[i];
    if (c == '\r') {
      if (i + 1 >= bytes.size() || bytes[i + 1] != '\n') text += '\n';
    } else if (c == '\xc2' && i + 1 < bytes.size() && static_cast<uint8_t>(bytes[i + 1]) < 0xa0) {
      ++i;  // C1 control characters
    } else if (static_cast<uint8_t>(c) >= 0x80 || (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t') {
      text += c;
    }
  }
  size_t begin = 0;
  while (begin < text.size() && space(text[begin])) ++begin;
  text.erase(0, begin);
  text.resize(shorten_utf8(text, max_value_bytes).size());
  while (!text.empty() && space(text.back())) text.pop_back();
  return text;
}

std::string text_from_utf16(ByteView bytes, bool little_endian) {
  std::string text;
  auto unit = [&](size_t i) {
    return static_cast<char32_t>(little_endian ? bytes[i] | bytes[i + 1] << 8 : bytes[i] << 8 | bytes[i + 1]);
  };
  for (size_t i = 0; i + 1 < bytes.size() && text.size() <= 2 * max_value_bytes; i += 2) {
    char32_t code = unit(i);
    if (code >= 0xd800 && code < 0xe000) {
      bool pair = code < 0xdc00 && i + 3 < bytes.size() && unit(i + 2) >= 0xdc00 && unit(i + 2) < 0xe000;
      code = pair ? 0x10000 + ((code - 0xd800) << 10) + (unit(i + 2) - 0xdc00) : 0xfffd;
      if (pair) i += 2;
    }
    if (code != 0 && code != 0xfeff) append_utf8(text, code);
  }
  return text;
}

std::optional<int> parse_subseconds(std::string_view text) {
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  int value = 0, digits = 0;
  for (char c : text) {
    if (c < '0' || c > '9') break;
    if (digits < 6) value = value * 10 + (c - '0'), ++digits;
  }
  if (digits == 0) return {};
  for (; digits < 6; ++digits) value *= 10;
  return value;
}

std::optional<int> parse_offset(std::string_view text) {
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  if (take(text, "Zz")) return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return {};
  int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = take_digits(text, 2);
  take(text, ":");
  int minutes = take_digits(text, 2);
  if (hours < 0 || hours > 23 || minutes > 59) return {};
  return sign * (hours * 60 + (minutes < 0 ? 0 : minutes));
}

std::optional<WallTime> parse_time(std::string_view text) {
  using namespace std::chrono;
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  int y = take_digits(text, 4), m = 1, d = 1;
  if (y < 1) return {};
  if (take(text, ":-")) {
    m = take_digits(text, 2);
    if (take(text, ":-")) d = take_digits(text, 2);
  }
  if (m < 1 || d < 1) return {};
  year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return {};
  WallTime time;
  time.seconds = int64_t{sys_days(date).time_since_epoch().count()} * 86400;
  if (!take(text, "T ")) return time;
  while (take(text, " ")) {
  }
  int hour = take_digits(text, 2);
  bool colon = take(text, ":");
  int minute = take_digits(text, 2), second = 0;
  if (!colon || hour < 0 || hour > 23 || minute < 0 || minute > 59) return time;
  if (take(text, ":")) {
    second = take_digits(text, 2);
    if (second < 0 || second > 60) return time;
    if (take(text, ".,")) {
      time.microseconds = parse_subseconds(text);
      while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1);
    }
  }
  time.has_time_of_day = true;
  time.seconds += hour * 3600 + minute * 60 + second;
  time.offset_minutes = parse_offset(text);
  return time;
}

}  // namespace kalon
