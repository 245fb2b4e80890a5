#include "exchange/value_text.h"

#include <charconv>
#include <cmath>

namespace kalon {
namespace {

constexpr double most_seconds = 1e12;

}  // namespace

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> number_in(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int64_t> duration_in(std::string_view text) {
  auto seconds = number_in(text);
  if (!seconds || *seconds < 0 || *seconds > most_seconds) return std::nullopt;
  return std::llround(*seconds * 1e6);
}

std::string seconds_text(int64_t microseconds) {
  auto text = std::to_string(microseconds / 1000000);
  auto part = std::to_string(microseconds % 1000000);
  if (part == "0") return text;
  text += '.' + std::string(6 - part.size(), '0') + part;
  return text.substr(0, text.find_last_not_of('0') + 1);
}

}  // namespace kalon
