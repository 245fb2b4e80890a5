// Method "send": files of a selection placed in a folder, which may hold others.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "exchange/folder.h"
#include "exchange/sent_names.h"
#include "facade/action_fate.h"
#include "facade/json_object.h"
#include "facade/output.h"
#include "facade/placing.h"
#include "facade/rows.h"
#include "metadata/metadata.h"

namespace kalon {
namespace {

struct Request {
  std::vector<std::string> paths;
  std::string folder;
  LinkKind kind = LinkKind::hardlink;
  bool sidecars = false, numbered = false, dry_run = false;
};

Request request_from(const Parameters &parameters) {
  Request request;
  request.paths = parameters.paths("paths");
  request.folder = parameters.required_path("to");
  request.kind = link_kind_from(parameters.one_of("link", {"hardlink", "symlink", "copy"}));
  bool says = parameters.has("sidecars"), wanted = parameters.flag("sidecars");
  request.sidecars = says ? wanted : request.kind == LinkKind::copy;
  request.numbered = parameters.flag("numbered");
  request.dry_run = parameters.flag("dry_run");
  parameters.reject_unknown();
  if (request.paths.empty()) throw Error(Status::invalid_argument, "names no file", "parameter paths");
  std::unordered_set<std::string> met;
  std::erase_if(request.paths, [&](const auto &path) { return !met.insert(path).second; });
  return request;
}

// A file that is to be placed: one of the selection, or a sidecar.
struct Part {
  std::string source;
  size_t item;  // of the selection
  bool sidecar = false;
  uint64_t bytes = 0;
  std::string name;  // in the folder
};

struct Item {
  std::string path, name;
  ActionFate fate = ActionFate::planned;
  Outcome outcome;
  LinkKind kind = LinkKind::hardlink;  // what it is placed as
  std::vector<std::string> sidecars;   // that are placed with it
};

struct Plan {
  std::vector<Item> items;
  std::vector<Part> parts;  // in order of items, the item itself before its sidecars
};

// Where the files go, as far as it is there.
struct Target {
  std::optional<Folder> folder;
  struct stat status {};

  explicit Target(const std::string &path) {
    if (::stat(path.c_str(), &status) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) throw system_error(errno, "cannot be looked at", path);
      // What it will lie in.
      for (auto above = folder_of(path); ::stat(above.c_str(), &status) != 0 && above != "/";) above = folder_of(above);
      return;
    }
    if (!S_ISDIR(status.st_mode))
      throw Error(Status::invalid_argument, "is not a folder; name another", display_text(path));
    folder.emplace(path);
  }
  bool holds(const std::string &path) const {
    struct stat parent {};
    return folder && ::stat(folder_of(path).c_str(), &parent) == 0 && parent.st_dev == status.st_dev &&
           parent.st_ino == status.st_ino;
  }
};

bool is_link_to(const Folder &folder, const std::string &name, const std::string &target) {
  std::string text(target.size() + 1, '\0');
  ssize_t length = ::readlinkat(folder.descriptor(), name.c_str(), text.data(), text.size());
  return length >= 0 && std::string_view(text.data(), static_cast<size_t>(length)) == target;
}

NameState state_of(const Target &target, const std::string &source, const std::string &name, LinkKind kind,
                   const Task &task) {
  task.throw_if_cancelled();
  struct stat present {
  }, wanted{};
  if (!target.folder) return NameState::free;
  try {
    if (!target.folder->look_at(name, present)) return NameState::free;
    bool same = false;
    if (S_ISLNK(present.st_mode)) {
      same = kind != LinkKind::copy && is_link_to(*target.folder, name, source);
    } else if (S_ISREG(present.st_mode) && ::stat(source.c_str(), &wanted) == 0) {
      bool one_file = present.st_dev == wanted.st_dev && present.st_ino == wanted.st_ino;
      if (kind == LinkKind::hardlink) same = one_file;
      if (kind == LinkKind::copy) same = !one_file && same_bytes(*target.folder, name, source, task);
    }
    return same ? NameState::already : NameState::taken;
  } catch (const Error &error) {
    if (error.status() == Status::cancelled) throw;
    // What cannot be looked at cannot be made either; and what cannot be compared is another file.
    return present.st_nlink > 0 ? NameState::taken : NameState::free;
  }
}

// Why a file cannot be sent; ok when it can.
Outcome check_source(const std::string &path, struct stat &status) {
  if (::stat(path.c_str(), &status) != 0) {
    auto error = system_error(errno, "cannot be looked at", {});
    return {error.status(), error.status() == Status::not_found ? "is not there" : error.message()};
  }
  if (S_ISDIR(status.st_mode))
    return {Status::invalid_argument,
            "is a folder, and files are wanted; a pattern of the shell names many: FOLDER/*.jpg"};
  if (!S_ISREG(status.st_mode)) return {Status::invalid_argument, "is not a regular file"};
  return {};
}

std::string beside(const std::string &path, const std::string &name) {
  auto folder = folder_of(path);
  return (folder == "/" ? "" : folder) + "/" + name;
}

void add_sidecars(const std::string &path, size_t item, std::unordered_set<std::string> &met,
                  std::vector<Part> &parts) {
  for (const auto &name : sidecar_names(name_in(path))) {
    auto sidecar = beside(path, name);
    struct stat status {};
    if (::stat(sidecar.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || !met.insert(sidecar).second) continue;
    parts.push_back({std::move(sidecar), item, true, static_cast<uint64_t>(status.st_size), {}});
  }
}

// The picture that a part belongs to, so that it is renamed with it: the file itself, or, of a sidecar, also of one
// that was named by itself, the picture's.
std::vector<std::string> owners_of(const std::vector<Part> &parts, const std::vector<Item> &items) {
  std::unordered_map<std::string, std::string> by_sidecar;
  for (const auto &part : parts)
    if (!part.sidecar)
      for (const auto &name : sidecar_names(name_in(part.source)))
        by_sidecar.try_emplace(beside(part.source, name), part.source);
  std::vector<std::string> owners;
  for (const auto &part : parts) {
    auto owner = by_sidecar.find(part.source);
    owners.push_back(part.sidecar || owner == by_sidecar.end() ? items[part.item].path : owner->second);
  }
  return owners;
}

// Files of one folder and stem are one shot; their sidecars have that stem too.
std::vector<FileToName> units_of(const std::vector<Part> &parts, const std::vector<Item> &items) {
  std::vector<FileToName> files;
  std::unordered_map<std::string, size_t> units;
  auto owners = owners_of(parts, items);
  for (size_t i = 0; i < parts.size(); ++i) {
    auto name = name_in(owners[i]);
    auto dot = name.rfind('.');
    auto stem = name.substr(0, dot == 0 ? name.size() : dot);
    auto unit = units.try_emplace(beside(owners[i], stem), units.size()).first->second;
    files.push_back({stem, name_in(parts[i].source).substr(stem.size()), unit});
  }
  return files;
}

Plan plan_for(const MethodCall &call, const Request &request) {
  Target target(request.folder);
  Plan plan;
  std::unordered_set<std::string> met(request.paths.begin(), request.paths.end());
  call.task.phase("looking", request.paths.size());
  for (const auto &path : request.paths) {
    call.task.throw_if_cancelled();
    Item item{path, name_of(path), ActionFate::planned, {}, request.kind, {}};
    struct stat status {};
    item.outcome = check_source(path, status);
    size_t number = plan.items.size();
    if (!item.outcome.ok()) {
      item.fate = ActionFate::failed;
    } else if (target.holds(path)) {
      item.fate = ActionFate::left;
      item.outcome.text = "lies in this folder";
    } else {
      if (request.kind == LinkKind::hardlink && status.st_dev != target.status.st_dev) item.kind = LinkKind::symlink;
      plan.parts.push_back({path, number, false, static_cast<uint64_t>(status.st_size), {}});
      if (request.sidecars) add_sidecars(path, number, met, plan.parts);
    }
    plan.items.push_back(std::move(item));
    call.task.advance();
  }
  auto names = sent_names(units_of(plan.parts, plan.items), request.numbered, [&](size_t i, const std::string &name) {
    return state_of(target, plan.parts[i].source, name, request.kind, call.task);
  });
  std::vector<Part> parts;
  for (size_t i = 0; i < names.size(); ++i) {
    auto &part = plan.parts[i];
    auto &item = plan.items[part.item];
    if (!part.sidecar) item.name = names[i].name;
    if (!names[i].already) {
      part.name = std::move(names[i].name);
      if (part.sidecar) item.sidecars.push_back(part.source);
      parts.push_back(std::move(part));
    } else if (!part.sidecar) {
      item.fate = ActionFate::left;
      item.outcome.text = "is there already";
    }
  }
  plan.parts = std::move(parts);
  return plan;
}

// What became of the parts. A sidecar that failed is told with its picture.
void settle(const Request &request, Plan &plan, const PlacedFolder &placed) {
  std::unordered_map<std::string, const Outcome *> failed;
  for (const auto &[placement, outcome] : placed.failed) failed.emplace(placement.name, &outcome);
  std::optional<Folder> folder;
  if (placed.placed > 0 && request.kind == LinkKind::hardlink) folder.emplace(request.folder);
  for (auto &part : plan.parts) {
    auto &item = plan.items[part.item];
    auto why = failed.find(part.name);
    if (why != failed.end()) part.bytes = 0;
    if (!part.sidecar) {
      item.fate = why == failed.end() ? ActionFate::done : ActionFate::failed;
      if (why != failed.end()) item.outcome = *why->second;
      // A file system may refuse hard links.
      if (struct stat status{}; folder && why == failed.end() && folder->look_at(part.name, status))
        item.kind = S_ISLNK(status.st_mode) ? LinkKind::symlink : LinkKind::hardlink;
    } else if (why != failed.end()) {
      std::erase(item.sidecars, part.source);
      if (item.fate != ActionFate::failed)
        item.outcome = {why->second->status, "is in the folder, but its sidecar " + display_text(name_in(part.source)) +
                                                 " is not: " + why->second->text};
      item.fate = ActionFate::failed;
    }
  }
}

std::string row_of(const Item &item) {
  JsonObject row;
  row.add("uri", file_uri(item.path)).add("path", item.path).add("name", item.name);
  row.add("action", link_kind_name(item.kind)).add("fate", fate_name(item.fate));
  row.add("status", status_name(item.outcome.status));
  if (!item.outcome.text.empty()) row.add("message", item.outcome.text);
  std::vector<std::string> sidecars;
  for (const auto &sidecar : item.sidecars) sidecars.push_back(json_string(file_uri(sidecar)));
  if (!sidecars.empty()) row.raw("sidecars", json_array(sidecars));
  return row.str();
}

}  // namespace

Ending run_send(const MethodCall &call) {
  auto request = request_from(call.parameters);
  if (!request.dry_run && call.library().access() != Access::write)
    throw Error(Status::read_only, "the library was opened for reading only", call.library().folder());
  refuse_library_folder(request.folder);
  auto plan = plan_for(call, request);

  uint64_t operation = 0;
  if (!request.dry_run && !plan.parts.empty()) {
    std::vector<Placement> placements;
    placements.reserve(plan.parts.size());
    for (const auto &part : plan.parts) {
      const auto &item = plan.items[part.item];
      bool alone = !part.sidecar || item.fate == ActionFate::left;
      placements.push_back({part.source, part.name, alone ? std::string() : item.name});
    }
    auto placed = place_among_others(call, request.folder, placements, request.kind);
    operation = placed.operation;
    settle(request, plan, placed);
  }

  uint64_t counts[4] = {}, bytes = 0, sidecars = 0;
  for (const auto &part : plan.parts) bytes += part.bytes;
  for (const auto &item : plan.items) {
    ++counts[static_cast<size_t>(item.fate)];
    sidecars += item.sidecars.size();
    call.rows.row(row_of(item));
  }
  auto count = [&](ActionFate fate) { return counts[static_cast<size_t>(fate)]; };
  JsonObject summary;
  summary.add("placed", count(ActionFate::done)).add("planned", count(ActionFate::planned));
  summary.add("left", count(ActionFate::left)).add("failed", count(ActionFate::failed));
  summary.add("sidecars", sidecars).add("bytes", bytes).add("dry_run", request.dry_run);
  summary.add("folder", file_uri(request.folder)).add("folder_path", request.folder);
  if (operation != 0) summary.add("operation", operation);
  return {count(ActionFate::failed) > 0 ? Status::partial : Status::ok, summary.str()};
}

}  // namespace kalon
