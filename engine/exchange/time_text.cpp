#include "exchange/time_text.h"

#include <charconv>
#include <chrono>
#include <cmath>

namespace kalon {
namespace {

constexpr int64_t second = 1'000'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

// Takes a number of exactly so many digits off the front.
bool take_digits(std::string_view &text, size_t count, int &value) {
  if (text.size() < count) return false;
  value = 0;
  for (char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view &text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

template <typename Number>
bool all_of(std::string_view text, Number &value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<int64_t> time_from_number(std::string_view text) {
  double value = 0;
  int64_t whole = 0;
  if (!all_of(text, value)) return std::nullopt;
  double size = std::fabs(value);
  if (!(size < 9e18)) return std::nullopt;
  bool is_whole = all_of(text, whole);
  if (size < 1e11) return is_whole ? whole * second : std::llround(value * 1e6);
  if (size < 1e14) return is_whole ? whole * 1000 : std::llround(value * 1e3);
  if (!is_whole) whole = std::llround(value);
  return size < 1e17 ? whole : whole / 1000;
}

// "+02:00" and its shorter forms, "Z", or nothing, which is UTC.
bool take_offset(std::string_view &text, int64_t &offset) {
  offset = 0;
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return text.empty();
  int64_t sign = take(text, '-') ? -1 : 1;
  if (sign > 0 && !take(text, '+')) return false;
  int hours = 0, minutes = 0;
  if (!take_digits(text, 2, hours)) return false;
  if (!text.empty()) {
    take(text, ':');
    if (!take_digits(text, 2, minutes)) return false;
  }
  offset = sign * (hours * hour + minutes * minute);
  return text.empty() && hours < 24 && minutes < 60;
}

// A point behind the seconds, and digits.
bool take_fraction(std::string_view &text, int64_t &time) {
  if (!take(text, '.') && !take(text, ',')) return true;
  int digit = 0;
  if (!take_digits(text, 1, digit)) return false;
  int64_t unit = second;
  do time += digit * (unit /= 10);
  while (take_digits(text, 1, digit));
  return true;
}

}  // namespace

std::optional<int64_t> time_from_text(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (auto number = time_from_number(text)) return number;
  int year = 0, month = 0, of_month = 0;
  if (!take_digits(text, 4, year) || !take(text, '-') || !take_digits(text, 2, month) || !take(text, '-') ||
      !take_digits(text, 2, of_month))
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(of_month))};
  if (!date.ok()) return std::nullopt;
  int64_t time = std::chrono::sys_days(date).time_since_epoch().count() * day;
  if (text.empty()) return time;
  int hours = 0, minutes = 0, seconds = 0;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  if (!take_digits(text, 2, hours) || !take(text, ':') || !take_digits(text, 2, minutes)) return std::nullopt;
  if (take(text, ':') && !take_digits(text, 2, seconds)) return std::nullopt;
  // A leap second counts as the first one of the next minute.
  if (hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  time += hours * hour + minutes * minute + seconds * second;
  if (!take_fraction(text, time)) return std::nullopt;
  while (text.starts_with(' ')) text.remove_prefix(1);
  int64_t offset = 0;
  if (!take_offset(text, offset)) return std::nullopt;
  return time - offset;
}

}  // namespace kalon
