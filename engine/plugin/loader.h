#pragma once
// Shared libraries of plugins: loaded once for each process, checked, initialised, never unloaded.

#include <kalon/plugin.h>

#include <mutex>
#include <string>

namespace kalon {

// Lives as long as the process.
struct LoadedPlugin {
  const kalon_entry *entry = nullptr;
  std::mutex turn;  // for plugins that want one caller at a time
};

// Loads the library at this absolute path with its functions resolved and its symbols kept to itself, checks its entry
// and calls init once for each process, however many registries ask. Throws missing_feature with the reason. [any]
LoadedPlugin &load_plugin(const std::string &id, const std::string &library);

// The factory's table; throws missing_feature when the plugin has none. [any]
const void *plugin_factory(const LoadedPlugin &plugin, const char *factory);

}  // namespace kalon
