#pragma once
// Time, which tests can replace.

#include <cstdint>
#include <functional>
#include <string>

namespace kalon {

// Microseconds since 1970-01-01 UTC. [any]
int64_t now_microseconds();
// Replaces the source of now_microseconds(); an empty function restores the system's clock. For tests. [main]
void replace_clock(std::function<int64_t()> clock);
// Seconds on a clock that never jumps; for durations and rates. [any]
double monotonic_seconds();

// "2026-11-21T22:14:05.123456Z". [any]
std::string format_utc(int64_t microseconds);

}  // namespace kalon
