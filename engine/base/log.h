#pragma once
// The engine's log: goes to the host's log when it offers one, else to standard error.

#include <functional>
#include <string_view>

namespace kalon {

enum class LogLevel { debug = 0, info = 1, warning = 2, error = 3 };

void log(LogLevel level, std::string_view text);  // [any]
// Where lines go from now on. [main]
void set_log_sink(std::function<void(LogLevel, std::string_view)> sink);
void set_log_level(LogLevel lowest);  // default: warning [any]

}  // namespace kalon
