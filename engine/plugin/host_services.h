#pragma once
// What the engine offers to plugins (kalon/services.h), and which call into a plugin each thread is making.

#include <kalon/plugin.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace kalon {

// The call into a plugin that this thread is making: what its host's `call` service refers to. Nothing may be null.
struct CallState {
  const std::atomic<bool> *cancelled;
  std::atomic<uint64_t> *signs_of_life;  // grows with every report of progress
};

// Stands around a call to a function of a plugin that is tagged [worker]: its host's [worker] services work within. The
// state and what it points to outlive it; nested ones give way to the inner one. [worker]
class PluginCall {
 public:
  explicit PluginCall(const CallState &state);
  ~PluginCall();
  PluginCall(const PluginCall &) = delete;
  PluginCall &operator=(const PluginCall &) = delete;

 private:
  CallState state_;
  const CallState *previous_;
};

// The host of one plugin, with all services. Lives as long as the plugin may use it.
class PluginHost {
 public:
  // id: as in the manifest. folder: where the plugin's library lies. [any]
  PluginHost(std::string id, std::string folder);
  ~PluginHost();
  PluginHost(const PluginHost &) = delete;
  PluginHost &operator=(const PluginHost &) = delete;

  const kalon_host &table() const;  // [any]
  uint64_t memory_in_use() const;   // bytes that the plugin was given and has not released [any]

  struct Services;

 private:
  std::unique_ptr<Services> services_;
};

// What every plugin's `seed` service gives from now on; 0 until then. Before the first plugin is loaded. [main]
void set_plugin_seed(uint64_t seed);

}  // namespace kalon
