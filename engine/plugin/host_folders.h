#pragma once
// The folders of a user that belong to one plugin.

#include <string>

namespace kalon {

// $XDG_DATA_HOME/kalon/plugin-data/ID and $XDG_CACHE_HOME/kalon/plugins/ID (~/.local/share and ~/.cache where these are
// not set), made with mode 0700 when missing. Throws not_found without a home or for an id that names no folder, io.
// [any]
std::string plugin_data_folder(const std::string &id);
std::string plugin_cache_folder(const std::string &id);

}  // namespace kalon
