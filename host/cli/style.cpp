#include "style.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace kalon::cli {

std::string grouped(uint64_t number) {
  auto digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string file_size(uint64_t bytes) {
  static constexpr const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 999.5 && unit < 4) value /= 1000, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 || value >= 99.5 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

std::string duration(double seconds) {
  char text[32];
  if (seconds < 59.95) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
    return text;
  }
  auto whole = std::llround(seconds);
  int64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours > 0)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(hours),
                  static_cast<long long>(minutes), static_cast<long long>(rest));
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(minutes), static_cast<long long>(rest));
  return text;
}

std::string per_second(double rate) {
  if (rate >= 99.95) return grouped(static_cast<uint64_t>(std::llround(rate))) + "/s";
  char text[32];
  std::snprintf(text, sizeof text, rate >= 0.995 ? "%.1f/s" : "%.2f/s", rate);
  return text;
}

std::string shorter_time(std::string time) {
  auto dot = time.find('.');
  if (dot == std::string::npos) return time;
  auto end = time.find_first_not_of('0', dot + 1);
  if (end == std::string::npos || time[end] < '0' || time[end] > '9') time.erase(dot, std::min(end, time.size()) - dot);
  return time;
}

std::string plural(uint64_t count, std::string_view one, std::string_view many) {
  return grouped(count) + ' ' + std::string(count == 1 ? one : many);
}

std::string printable(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte >= 0x20 && byte != 0x7f && !c1) {
      result += text[i];
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", c1 ? static_cast<unsigned char>(text[++i]) : byte);
    result += escape;
  }
  return result;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
  auto shown = printable(text);
  bool control = shown != text;  // needs the quotes that know escapes
  std::string word = control ? "$'" : "'";
  for (size_t i = 0; i < text.size(); ++i) {
    auto one = text.substr(i, 1);
    if (static_cast<unsigned char>(text[i]) == 0xc2 && i + 1 < text.size()) one = text.substr(i++, 2);
    if (one == "'")
      word += control ? "\\'" : "'\\''";
    else if (control && one == "\\")
      word += "\\\\";
    else if (control && one.size() == 2 && printable(one) != one)
      word += "\\xc2" + printable(one);  // both bytes of it
    else
      word += printable(one);
  }
  return word + '\'';
}

std::string path_of_uri(std::string_view uri) {
  constexpr std::string_view scheme = "file://";
  if (uri.substr(0, scheme.size()) == scheme) uri.remove_prefix(scheme.size());
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    unsigned char byte = 0;
    const auto *digits = uri.data() + i + 1;
    if (uri[i] == '%' && i + 2 < uri.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      path += static_cast<char>(byte);
      i += 2;
    } else {
      path += uri[i];
    }
  }
  return path;
}

void say(const std::string &text) {
  std::fflush(stdout);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace kalon::cli
