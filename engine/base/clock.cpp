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
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", broken.tm_year + 1900, broken.tm_mon + 1,
                broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec, static_cast<int>(part));
  return text;
}

}  // namespace kalon
