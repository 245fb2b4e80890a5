#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "plugin/registry.h"

namespace kalon {
namespace {

// Components of KALON_PLUGIN_PATH. Relative ones would mean the current folder, where a stranger's files may lie.
void add_from_environment(std::vector<std::string> &folders) {
  // A program with borrowed rights must not load code named by its caller: secure_getenv knows.
  const char *value = secure_getenv("KALON_PLUGIN_PATH");
  if (!value) return;
  std::string_view rest = value;
  while (true) {
    auto colon = rest.find(':');
    auto part = rest.substr(0, colon);
    if (!part.empty() && part[0] == '/') {
      folders.emplace_back(part);
    } else if (!part.empty()) {
      log(LogLevel::warning, "KALON_PLUGIN_PATH: \"" + display_text(part) + "\" is not absolute and was ignored");
    }
    if (colon == rest.npos) return;
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace

std::vector<std::string> plugin_folders(const std::vector<std::string> &extra) {
  std::vector<std::string> folders;
  for (const auto &folder : extra)
    if (!folder.empty()) folders.push_back(std::filesystem::absolute(folder).native());
  add_from_environment(folders);
  try {
    folders.push_back((user_data_folder() / "plugins").native());
  } catch (const Error &) {  // a service without a home has no user's plugins
  }
  folders.push_back((folder_of_code(reinterpret_cast<const void *>(&plugin_folders)) / "kalon/plugins").native());
  return folders;
}

Isolation installed_isolation() {
  Isolation isolation;
  auto folder = folder_of_code(reinterpret_cast<const void *>(&installed_isolation)) / "kalon";
  isolation.trusted_folder = (folder / "plugins").native();
  isolation.worker_program = (folder / "kalon-plugin-worker").native();
  isolation.python_worker = (folder / "python" / "worker.py").native();
  try {
    isolation.quarantine_folder = (user_data_folder() / "quarantine").native();
  } catch (const Error &) {  // a service without a home remembers nothing
  }
  if (const char *seconds = secure_getenv("KALON_WORKER_DEADLINE")) {
    double value = 0;
    auto [end, error] = std::from_chars(seconds, seconds + std::strlen(seconds), value);
    if (error == std::errc() && !*end && value > 0 && std::isfinite(value))
      isolation.deadline_seconds = value;
    else
      log(LogLevel::warning, "KALON_WORKER_DEADLINE is no number of seconds and was ignored");
  }
  return isolation;
}

}  // namespace kalon
