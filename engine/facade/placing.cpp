#include "facade/placing.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "embed/scan.h"
#include "facade/json_object.h"
#include "facade/rows.h"

namespace kalon {
namespace {

// In the journal a file of Kalon's own making has, instead of a source, the hash of its content.
constexpr std::string_view made_prefix = "made:";
// A folder that had to be made for it has this, and its path as name; where none had, there is one without a path.
constexpr std::string_view folder_source = "folder:";

constexpr std::string_view marker_text =
    "The links in this folder were made by Kalon; `kalon undo` takes them back and `kalon index` passes them over.\n";

PlacedItem journal_entry(const MadeFile &file) {
  return {std::string(made_prefix) + hash_of(file.content).hex(), file.name};
}

// Adds to the journal of an operation, which begins with its first items.
void note_items(Library &library, const std::string &folder, std::string_view kind,
                const std::vector<PlacedItem> &items, uint64_t &operation) {
  auto writer = library.write();
  if (operation == 0) operation = writer.begin_operation(folder, std::string(kind));
  auto others = std::count_if(items.begin(), items.end(),
                              [](const PlacedItem &item) { return is_folder_item(item) || is_made_item(item); });
  writer.add_operation_items(operation, items, static_cast<uint64_t>(others));
  writer.commit();
}

void drop_operation(Library &library, uint64_t &operation) {
  auto writer = library.write();
  writer.set_operation_undone(operation);
  writer.commit();
  operation = 0;
}

void add_folders(std::vector<PlacedItem> &items, const std::vector<std::string> &new_folders) {
  if (new_folders.empty()) items.push_back({std::string(folder_source), {}});
  for (const auto &path : new_folders) items.push_back({std::string(folder_source), path});
}

void add_placements(std::vector<PlacedItem> &items, std::span<const Placement> placements) {
  for (const auto &placement : placements) items.push_back({placement.source, placement.name});
}

// Runs what may fail half-way: the error says how to take back what was done.
template <typename Work>
void journalled(const PlacedFolder &result, const Work &work) {
  try {
    work();
  } catch (const Error &error) {
    if (result.operation == 0) throw;
    throw Error(error.status(), error.message() + "; `kalon undo` takes back what was placed before", error.context());
  }
}

void place_into(const MethodCall &call, const std::string &folder, const std::vector<Placement> &placements,
                LinkKind kind, const std::vector<MadeFile> &made, PlacedFolder &result) {
  auto &library = call.library();
  auto journal = [&](const std::vector<PlacedItem> &items) {
    note_items(library, folder, link_kind_name(kind), items, result.operation);
  };
  // The marker comes first, so that the links are not taken for pictures even after a kill; and two that place into one
  // folder at once meet at it: the later one's operation is dropped before it made anything.
  MadeFile marker{result_marker, Bytes(marker_text.begin(), marker_text.end())};
  auto claim = [&] {
    auto path = folder + "/" + marker.name;
    try {
      write_new_file(path, marker.content);
    } catch (const Error &) {
      drop_operation(library, result.operation);
      if (!is_there(path)) throw;
      throw Error(Status::busy, "is being filled by another run; name another folder", display_text(folder));
    }
  };
  call.task.throw_if_cancelled();
  auto new_folders = missing_folders(folder);
  auto placed = place_files(
      folder, placements, kind,
      [&](std::span<const Placement> chunk) {
        bool first = result.operation == 0;
        std::vector<PlacedItem> items;
        if (first) {
          add_folders(items, new_folders);
          items.push_back(journal_entry(marker));
        }
        add_placements(items, chunk);
        journal(items);
        if (first) claim();
      },
      call.task);
  result.placed = placed.done;
  result.failed = std::move(placed.failed);

  std::vector<PlacedItem> items;
  for (const auto &file : made) items.push_back(journal_entry(file));
  if (!items.empty()) journal(items);
  for (const auto &file : made) write_new_file(folder + "/" + file.name, file.content);
}

// What is left of an operation's folders goes with the last one that placed something in them.
void hand_on(Library &library, const Operation &operation, const std::vector<std::string> &folders) {
  if (std::none_of(folders.begin(), folders.end(), is_there)) return;
  auto writer = library.write();
  std::vector<PlacedItem> items;
  for (const auto &later : writer.operations()) {
    if (later.id <= operation.id) break;
    if (later.undone || later.folder.empty()) continue;
    for (const auto &folder : folders)
      if (is_there(folder) && (later.folder + "/").starts_with(folder + "/"))
        items.push_back({std::string(folder_source), folder});
    if (items.empty()) continue;
    writer.add_operation_items(later.id, items, items.size());
    return writer.commit();
  }
}

}  // namespace

bool is_folder_item(const PlacedItem &item) {
  return item.source == folder_source;
}

bool is_made_item(const PlacedItem &item) {
  return item.source.starts_with(made_prefix);
}

LinkKind link_kind_from(std::string_view name) {
  return name == "copy" ? LinkKind::copy : name == "symlink" ? LinkKind::symlink : LinkKind::hardlink;
}

std::string_view link_kind_name(LinkKind kind) {
  return kind == LinkKind::copy ? "copy" : kind == LinkKind::symlink ? "symlink" : "hardlink";
}

PlacedFolder place_folder(const MethodCall &call, const std::string &folder, const std::vector<Placement> &placements,
                          LinkKind kind, const std::vector<MadeFile> &made) {
  PlacedFolder result;
  journalled(result, [&] { place_into(call, folder, placements, kind, made, result); });
  return result;
}

PlacedFolder place_among_others(const MethodCall &call, const std::string &folder,
                                const std::vector<Placement> &placements, LinkKind kind) {
  PlacedFolder result;
  call.task.throw_if_cancelled();
  auto new_folders = missing_folders(folder);
  journalled(result, [&] {
    auto placed = kalon::place_among_others(
        folder, placements, kind,
        [&](std::span<const Placement> chunk) {
          std::vector<PlacedItem> items;
          if (result.operation == 0) add_folders(items, new_folders);
          add_placements(items, chunk);
          note_items(call.library(), folder, send_operation, items, result.operation);
        },
        call.task);
    result.placed = placed.done;
    result.failed = std::move(placed.failed);
  });
  if (result.placed > 0) return result;
  if (result.operation != 0) drop_operation(call.library(), result.operation);
  remove_empty_folders(new_folders);
  return result;
}

void tell_unplaced(const MethodCall &call, const std::vector<std::pair<Placement, Outcome>> &failed) {
  for (const auto &[placement, outcome] : failed)
    call.rows.row(JsonObject()
                      .add("uri", file_uri(placement.source))
                      .add("path", placement.source)
                      .add("name", placement.name)
                      .add("status", status_name(outcome.status))
                      .add("message", outcome.text)
                      .str());
}

void refuse_occupied(const std::string &folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_directory(folder, error))
    throw Error(Status::invalid_argument, "is not a folder; name a new one", display_text(folder));
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
    throw Error(Status::invalid_argument, "is not empty, and nothing is ever overwritten; name a new folder",
                display_text(folder));
}

PlacementResult take_back(const MethodCall &call, const Operation &operation) {
  PlacementResult result;
  std::vector<Placement> links;
  std::vector<std::string> folders;
  auto items = call.library().read().operation_items(operation.id);
  for (const auto &item : items) {
    if (is_folder_item(item)) {
      folders.push_back(item.name);
      continue;
    }
    if (!is_made_item(item)) {
      links.push_back({item.source, item.name});
      continue;
    }
    auto path = operation.folder + "/" + item.name;
    try {
      if (hash_of(read_file(path)).hex() != item.source.substr(made_prefix.size()))
        throw Error(Status::invalid_argument, "was changed since it was made, and is left");
      if (::unlink(path.c_str()) != 0) throw system_error(errno, "cannot be removed", {});
      ++result.done;
    } catch (const Error &error) {
      if (error.status() != Status::not_found)
        result.failed.emplace_back(Placement{{}, item.name}, Outcome{error.status(), error.message()});
    }
  }
  auto removed = remove_placed(operation.folder, links, call.task);
  result.done += removed.done;
  result.failed.insert(result.failed.end(), removed.failed.begin(), removed.failed.end());
  // Programs before this one made a note of no folder, and took theirs for their own.
  if (folders.empty()) folders.push_back(operation.folder);
  // Those of others may lie between them.
  std::sort(folders.begin(), folders.end(),
            [](const std::string &one, const std::string &other) { return one.size() < other.size(); });
  remove_empty_folders(folders);
  hand_on(call.library(), operation, folders);
  return result;
}

}  // namespace kalon
