// Numbers and times as people read them.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <string>

#include "widgets/widgets.h"

namespace kalon::viewer {

std::string bytes_text(uint64_t bytes) {
  static constexpr const char *units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  double amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= 999.5 && unit + 1 < std::size(units)) amount /= 1000, ++unit;
  char text[40];
  std::snprintf(text, sizeof text, unit == 0 || amount >= 99.5 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text;
}

std::string duration_text(double seconds) {
  char text[40];
  auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60)
    std::snprintf(text, sizeof text, "%d s", static_cast<int>(whole));
  else if (whole < 3600)
    std::snprintf(text, sizeof text, "%d min %d s", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  else
    std::snprintf(text, sizeof text, "%lld h %d min", static_cast<long long>(whole / 3600),
                  static_cast<int>(whole / 60 % 60));
  return text;
}

std::string number_text(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string count_text(uint64_t count) {
  auto digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), 1, ',');
  return digits;
}

std::string time_text(int64_t microseconds) {
  if (microseconds == no_time) return {};
  auto seconds = static_cast<std::time_t>(microseconds / 1'000'000 - (microseconds % 1'000'000 < 0 ? 1 : 0));
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return text;
}

}  // namespace kalon::viewer
