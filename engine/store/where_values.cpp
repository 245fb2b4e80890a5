// Numbers and dates of the filter language.

#include <charconv>
#include <cmath>

#include "store/where_tree.h"

namespace kalon::where {
namespace {

// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
// algorithms").
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

int64_t days_in(int64_t year, int64_t month) {
  return month == 12 ? 31 : days_from_civil(year, month + 1, 1) - days_from_civil(year, month, 1);
}

constexpr int64_t second = 1000000, minute = 60 * second, hour = 60 * minute, day_length = 24 * hour;

class Digits {
 public:
  explicit Digits(std::string_view text) : rest(text) {}
  bool take(size_t count, int64_t &value) {
    if (rest.size() < count) return false;
    value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return false;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return true;
  }
  bool take(std::string_view any_of) {
    if (rest.empty() || any_of.find(rest[0]) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::string_view rest;
};

}  // namespace

std::optional<double> number_in(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<TimeRange> time_in(std::string_view text) {
  Digits digits(text);
  int64_t year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0;
  if (!digits.take(4, year)) return std::nullopt;
  auto at = [&] {
    return days_from_civil(year, month, day) * day_length + hours * hour + minutes * minute + seconds * second;
  };
  if (digits.rest.empty()) return TimeRange{at(), days_from_civil(year + 1, 1, 1) * day_length};
  if (!digits.take("-") || !digits.take(2, month) || month < 1 || month > 12) return std::nullopt;
  if (digits.rest.empty()) return TimeRange{at(), at() + days_in(year, month) * day_length};
  if (!digits.take("-") || !digits.take(2, day) || day < 1 || day > days_in(year, month)) return std::nullopt;
  if (digits.rest.empty()) return TimeRange{at(), at() + day_length};
  if (!digits.take(" T") || !digits.take(2, hours) || hours > 23 || !digits.take(":") || !digits.take(2, minutes) ||
      minutes > 59)
    return std::nullopt;
  int64_t begin = at(), width = minute;
  if (digits.take(":")) {
    if (!digits.take(2, seconds) || seconds > 59) return std::nullopt;
    begin = at();
    width = second;
    if (digits.take(".")) {
      int64_t place = second, digit = 0;
      while (place > 1 && digits.take(1, digit)) {
        place /= 10;
        begin += digit * place;
        width = place;
      }
      if (place == second) return std::nullopt;
    }
  }
  digits.take("Z");
  if (!digits.rest.empty()) return std::nullopt;
  return TimeRange{begin, begin + width};
}

}  // namespace kalon::where
