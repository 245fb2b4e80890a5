// Method "trash": files of a selection moved to the trash of the desktop.

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "exchange/folder.h"
#include "facade/file_journal.h"
#include "facade/json_object.h"
#include "facade/rows.h"
#include "facade/trashing.h"
#include "facade/unknown_file.h"
#include "metadata/metadata.h"

namespace kalon {
namespace {

// As they were indexed: by path, those that the library knows.
std::unordered_map<std::string, FileStat> known_files(const MethodCall &call, const std::vector<std::string> &paths) {
  std::unordered_map<std::string, FileStat> known;
  auto reader = call.library().read();
  for (const auto &path : paths)
    if (auto row = reader.file_at(path); row && row->path == path) known.emplace(path, row->stat);
  return known;
}

// Those of the paths that are sidecars of others, as FOLDER/IMG_1.* of a shell names them: they go as sidecars do.
std::unordered_set<std::string> sidecars_among(const std::vector<std::string> &paths,
                                               const std::unordered_map<std::string, FileStat> &known) {
  std::unordered_set<std::string> given(paths.begin(), paths.end()), sidecars;
  for (const auto &path : paths) {
    if (!known.contains(path)) continue;
    auto folder = folder_of(path);
    for (const auto &name : sidecar_names(name_in(path)))
      if (auto sidecar = (folder == "/" ? "" : folder) + "/" + name;
          given.contains(sidecar) && !known.contains(sidecar))
        sidecars.insert(std::move(sidecar));
  }
  return sidecars;
}

std::string row_of(const std::string &path, const TrashOutcome &file) {
  JsonObject row;
  row.add("uri", file_uri(path)).add("path", path).add("action", "trash").add("fate", fate_name(file.fate));
  row.add("status", status_name(file.outcome.status));
  if (!file.outcome.text.empty()) row.add("message", file.outcome.text);
  if (!file.name.empty()) row.add("name", file.name);
  std::vector<std::string> sidecars;
  for (const auto &sidecar : file.sidecars) sidecars.push_back(json_string(file_uri(sidecar)));
  if (!sidecars.empty()) row.raw("sidecars", json_array(sidecars));
  return row.str();
}

}  // namespace

Ending run_trash(const MethodCall &call) {
  const auto &parameters = call.parameters;
  auto paths = parameters.paths("paths");
  TrashOptions options;
  bool says = parameters.has("sidecars"), wanted = parameters.flag("sidecars");
  options.sidecars = !says || wanted;
  options.dry_run = parameters.flag("dry_run");
  parameters.reject_unknown();
  if (paths.empty()) throw Error(Status::invalid_argument, "names no file", "parameter paths");
  if (!options.dry_run && call.library().access() != Access::write)
    throw Error(Status::read_only, "the library was opened for reading only", call.library().folder());

  std::unordered_set<std::string> met;
  std::erase_if(paths, [&](const auto &path) { return !met.insert(path).second; });
  auto known = known_files(call, paths);
  std::unordered_set<std::string> going_along;
  if (options.sidecars) going_along = sidecars_among(paths, known);
  std::vector<FileToTrash> files;
  for (auto &path : paths)
    if (!going_along.contains(path)) files.push_back({std::move(path), files.size()});
  options.check = options.check_again = [&](size_t file) {
    const auto &path = files[file].path;
    auto stat = known.find(path);
    if (stat == known.end())
      throw Error(Status::not_found, is_there(path) ? unknown_file(path) + "; it was left" : "is not there");
    require_unchanged({path, stat->second});
  };
  auto report = trash_files(call, files, options);

  uint64_t counts[4] = {}, sidecars = 0;
  auto tell = [&](const std::string &path, const TrashOutcome &file) {
    ++counts[static_cast<size_t>(file.fate)];
    sidecars += file.sidecars.size();
    call.rows.row(row_of(path, file));
  };
  for (size_t i = 0; i < files.size(); ++i) {
    for (const auto &sidecar : report.files[i].sidecars) going_along.erase(sidecar);
    tell(files[i].path, report.files[i]);
  }
  std::vector<std::string> staying(going_along.begin(), going_along.end());
  std::sort(staying.begin(), staying.end());
  for (const auto &path : staying)
    tell(path, {ActionFate::left, {}, {Status::ok, "belongs to a picture that stays"}, {}});
  auto count = [&](ActionFate fate) { return counts[static_cast<size_t>(fate)]; };
  JsonObject summary;
  summary.add("action", "trash").add("dry_run", options.dry_run).add("done", count(ActionFate::done));
  summary.add("planned", count(ActionFate::planned)).add("left", count(ActionFate::left));
  summary.add("failed", count(ActionFate::failed)).add("sidecars", sidecars);
  if (report.operation != 0) summary.add("operation", report.operation);
  return {count(ActionFate::failed) > 0 ? Status::partial : Status::ok, summary.str()};
}

}  // namespace kalon
