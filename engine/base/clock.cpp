#include "base/clock.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <utility>

namespace kalon {
namespace {
std::function<int64_t()> replaced;
}

int64_t now_microseconds() {
  if (replaced) return replaced();
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void replace_clock(std::function<int64_t()> clock) {
  replaced = std::move(clock);
}

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string format_utc(int64_t microseconds) {
  int64_t whole = microseconds / 1000000, part = microseconds % 1000000;
  if (part < 0) part += 1000000, --whole;
  auto seconds = static_cast<time_t>(whole);
  tm broken{};
  gmtime_r(&seconds, &broken);
  if (broken.tm_year >= -1900 && broken.tm_year <= 9999 - 1900) {
    // Listings write two of these for each file, and snprintf takes a tenth of their time.
    std::string text = "0000-00-00T00:00:00.000000Z";
    auto put = [&](size_t at, int digits, int64_t value) {
      for (int i = digits - 1; i >= 0; --i, value /= 10)
        text[at + static_cast<size_t>(i)] = static_cast<char>('0' + value % 10);
    };
    put(0, 4, broken.tm_year + 1900);
    put(5, 2, broken.tm_mon + 1);
    put(8, 2, broken.tm_mday);
    put(11, 2, broken.tm_hour);
    put(14, 2, broken.tm_min);
    put(17, 2, broken.tm_sec);
    put(20, 6, part);
    return text;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", broken.tm_year + 1900, broken.tm_mon + 1,
                broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec, static_cast<int>(part));
  return text;
}

}  // namespace kalon
