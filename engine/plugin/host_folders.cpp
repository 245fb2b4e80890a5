#include "plugin/host_folders.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"

namespace kalon {
namespace {

// Relative values are to be ignored, says the XDG base directory specification.
std::filesystem::path home(const char *variable, const char *below_home) {
  if (const char *value = std::getenv(variable); value && value[0] == '/') return value;
  if (const char *value = std::getenv("HOME"); value && value[0] == '/')
    return std::filesystem::path(value) / below_home;
  throw Error(Status::not_found, std::string("neither ") + variable + " nor HOME names a folder");
}

// Every folder that is missing on the way is closed to other users.
void make(const std::filesystem::path &folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return;
  if (errno == ENOENT && folder.has_parent_path() && folder.parent_path() != folder) {
    make(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) == 0) return;
  }
  int reason = errno;
  struct stat status {};
  if (reason == EEXIST && ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return;
  throw Error(Status::io, "cannot make the folder", folder.native());
}

std::string made(const std::filesystem::path &base, const std::string &id) {
  if (id.empty() || id == "." || id == ".." || id.find('/') != id.npos)
    throw Error(Status::not_found, "its id names no folder", id);
  make(base / id);
  return (base / id).native();
}

}  // namespace

std::string plugin_data_folder(const std::string &id) {
  return made(home("XDG_DATA_HOME", ".local/share") / "kalon/plugin-data", id);
}

std::string plugin_cache_folder(const std::string &id) {
  return made(home("XDG_CACHE_HOME", ".cache") / "kalon/plugins", id);
}

}  // namespace kalon
