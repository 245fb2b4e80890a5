#include "facade/leaving_sidecars.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "embed/photos.h"
#include "exchange/folder.h"
#include "metadata/metadata.h"

namespace kalon {
namespace {

// As sidecar_names() splits names: a leading dot begins a hidden name.
size_t end_of_stem(std::string_view name) {
  auto dot = name.rfind('.');
  return dot == 0 || dot == std::string_view::npos ? name.size() : dot;
}
std::string stem_of(const std::string &name) {
  return name.substr(0, end_of_stem(name));
}
std::string extension_of(const std::string &name) {
  auto end = end_of_stem(name);
  return end == name.size() ? std::string() : ascii_lower(std::string_view(name).substr(end + 1));
}
bool may_be_sidecar(const std::string &extension) {
  return extension == "xmp" || extension == "txt";
}

bool is_regular(const std::string &path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

LeavingSidecars::LeavingSidecars(const MethodCall &call, const std::vector<std::string> &paths) {
  for (const auto &path : paths) {
    auto &inside = folders_[folder_of(path)];
    auto name = name_in(path);
    inside.belongs_to.try_emplace(stem_of(name));
    inside.pictures.emplace(std::move(name), Stage::stays);
  }
  call.task.phase("sidecars", folders_.size());
  for (auto &[folder, inside] : folders_) {
    call.task.throw_if_cancelled();
    try {
      list(call, folder, inside);
    } catch (const Error &error) {
      inside.outcome = {error.status(), error.message()};
    }
    call.task.advance();
  }
}

void LeavingSidecars::list(const MethodCall &call, const std::string &folder, InFolder &inside) {
  auto names = Folder(folder).names();
  auto reader = call.library().read();
  std::unordered_set<std::string> leaving;
  for (const auto &[name, stage] : inside.pictures) leaving.insert(name);
  for (const auto &name : names) {
    auto stem = stem_of(name), extension = extension_of(name);
    if (may_be_sidecar(extension)) {
      if (leaving.contains(stem) || inside.belongs_to.contains(stem)) inside.sidecars.insert(name);
      continue;
    }
    // "a.jpg.xmp" is of "a.jpg" by its full name, and of "a.jpg.png" by its stem.
    auto of_stem = inside.belongs_to.find(stem), of_name = inside.belongs_to.find(name), end = inside.belongs_to.end();
    if (of_stem == end && of_name == end) continue;
    bool is_picture = leaving.contains(name) || call.registry.known_extension(extension) || is_raw_path(name) ||
                      reader.file_at(folder == "/" ? "/" + name : folder + "/" + name);
    if (!is_picture) continue;
    inside.pictures.emplace(name, Stage::stays);
    if (of_stem != end) of_stem->second.push_back(name);
    if (of_name != end && of_name != of_stem) of_name->second.push_back(name);
  }
}

std::vector<std::string> LeavingSidecars::leaving(const std::string &path) {
  auto folder = folder_of(path), name = name_in(path);
  auto &inside = folders_.at(folder);
  if (!inside.outcome.ok())
    throw Error(inside.outcome.status, "may have sidecars, but its folder " + inside.outcome.text + "; it was left");
  inside.pictures[name] = Stage::leaves;
  const auto &of_stem = inside.belongs_to.at(stem_of(name));
  bool last = std::none_of(of_stem.begin(), of_stem.end(),
                           [&](const auto &other) { return inside.pictures.at(other) == Stage::stays; });
  std::vector<std::string> found;
  for (auto &sidecar : sidecar_names(name)) {
    if (!inside.sidecars.contains(sidecar)) continue;
    bool by_stem = stem_of(sidecar) == stem_of(name);
    auto full = (folder == "/" ? "" : folder) + "/" + sidecar;
    if ((last || !by_stem) && is_regular(full)) found.push_back(std::move(full));
  }
  return found;
}

void LeavingSidecars::staying(const std::string &path) {
  folders_.at(folder_of(path)).pictures[name_in(path)] = Stage::stays;
}

void LeavingSidecars::gone(const std::string &path) {
  folders_.at(folder_of(path)).pictures[name_in(path)] = Stage::gone;
}

bool LeavingSidecars::free(const std::string &path, const std::string &sidecar) const {
  const auto &inside = folders_.at(folder_of(path));
  auto name = name_in(path);
  if (stem_of(name_in(sidecar)) != stem_of(name)) return true;
  const auto &of_stem = inside.belongs_to.at(stem_of(name));
  return std::all_of(of_stem.begin(), of_stem.end(),
                     [&](const auto &other) { return other == name || inside.pictures.at(other) == Stage::gone; });
}

}  // namespace kalon
