#include "plugin/loader.h"

#include <array>
#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "plugin/host_services.h"

namespace kalon {
namespace {

constexpr const char *entry_symbol = "kalon_plugin_entry";

[[noreturn]] void refuse(const std::string &reason) {
  throw Error(Status::missing_feature, reason);
}

void check_entry(const kalon_entry &entry) {
  if (entry.magic != KALON_ENTRY_MAGIC) refuse("its entry does not begin with the magic of a Kalon plugin");
  if (entry.size < sizeof(kalon_entry))
    refuse("its entry has " + std::to_string(entry.size) + " bytes; at least " + std::to_string(sizeof(kalon_entry)) +
           " are needed");
  if (entry.abi_major != KALON_ABI_MAJOR || entry.abi_minor > KALON_ABI_MINOR)
    refuse("its library was made for revision " + std::to_string(entry.abi_major) + '.' +
           std::to_string(entry.abi_minor) + " of the plugin contract, whatever its manifest says; this engine has " +
           std::to_string(KALON_ABI_MAJOR) + '.' + std::to_string(KALON_ABI_MINOR));
  if (!entry.init || !entry.get_factory) refuse("its entry lacks init or get_factory");
}

// Calls init. The host must live as long as the plugin, which may use it at any time.
void initialise(const kalon_entry &entry, const PluginHost &host) {
  std::array<char, 1024> buffer{};
  kalon_text text{buffer.data(), buffer.size()};
  kalon_status status;
  try {
    status = entry.init(&host.table(), &text);
  } catch (...) {
    refuse("its init threw an exception: " + outcome_of_current_exception().text);
  }
  if (status == KALON_OK) return;
  std::string why = display_text({buffer.data(), strnlen(buffer.data(), buffer.size() - 1)});
  refuse("its init failed (" + std::string(status_name(static_cast<Status>(status))) + ")" +
         (why.empty() ? "" : ": " + why));
}

// One entry of the process-wide table: init has run, well or not.
struct Initialised {
  LoadedPlugin plugin;
  std::unique_ptr<PluginHost> host;
  std::string failure;
};

// Libraries are never unloaded: threads, atexit handlers, thread-local destructors and strings that were handed out may
// point into them until the process ends. So the handle is leaked, and so is the table of what was initialised.
const kalon_entry &open_library(const std::string &library) {
  namespace dll = boost::dll;
  try {
    auto handle = std::make_unique<dll::shared_library>(library, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    static auto &kept = *new std::vector<std::unique_ptr<dll::shared_library>>;
    kept.push_back(std::move(handle));
    return kept.back()->get<const kalon_entry>(entry_symbol);
  } catch (const std::exception &error) {
    refuse("its library cannot be loaded: " + display_text(shorten_utf8(error.what(), 1000)));
  }
}

}  // namespace

LoadedPlugin &load_plugin(const std::string &id, const std::string &library) {
  static std::mutex mutex;
  // By entry, not by path: the system loads a file once, whatever names it has.
  static auto &table = *new std::map<const kalon_entry *, Initialised>;
  std::lock_guard lock(mutex);
  const kalon_entry &entry = open_library(library);
  auto [found, is_new] = table.try_emplace(&entry);
  Initialised &state = found->second;
  if (is_new) {
    state.failure = "its loading was cut short";  // what remains when memory runs out on the way
    state.plugin.entry = &entry;
    try {
      check_entry(entry);
      state.host = std::make_unique<PluginHost>(id, std::filesystem::path(library).parent_path().native());
      initialise(entry, *state.host);
      state.failure.clear();
    } catch (const Error &error) {
      state.failure = error.message();
    }
  }
  if (!state.failure.empty()) refuse(state.failure);
  return state.plugin;
}

const void *plugin_factory(const LoadedPlugin &plugin, const char *factory) {
  const void *table = nullptr;
  try {
    table = plugin.entry->get_factory(factory);
  } catch (...) {
    refuse("its get_factory threw an exception: " + outcome_of_current_exception().text);
  }
  if (!table) refuse(std::string("its library offers no ") + factory);
  return table;
}

}  // namespace kalon
