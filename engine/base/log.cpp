#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace kalon {
namespace {

std::atomic<LogLevel> lowest_level{LogLevel::warning};
std::mutex sink_mutex;
std::function<void(LogLevel, std::string_view)> host_sink;

spdlog::logger &console() {
  static auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("kalon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("kalon: %l: %v");
    made->set_level(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

}  // namespace

void log(LogLevel level, std::string_view text) {
  if (level < lowest_level.load(std::memory_order_relaxed)) return;
  {
    std::lock_guard lock(sink_mutex);
    if (host_sink) return host_sink(level, text);
  }
  static constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                         spdlog::level::err};
  console().log(levels[static_cast<int>(level)], text);
}

void set_log_sink(std::function<void(LogLevel, std::string_view)> sink) {
  std::lock_guard lock(sink_mutex);
  host_sink = std::move(sink);
}

void set_log_level(LogLevel lowest) {
  lowest_level = lowest;
}

}  // namespace kalon
