#include "facade/placing.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/hash.h"
#include "base/text.h"
#include "embed/scan.h"

namespace kalon {
namespace {

// In the journal a file of Kalon's own making has, instead of a source, the hash of its content.
constexpr std::string_view made_prefix = "made:";

// Like the links: never over anything that is there, and whole or not at all, so that a kill leaves nothing half made.
void write_made_file(const std::string &folder, const MadeFile &file) {
  auto path = folder + "/" + file.name;
  auto fail = [&](const char *what) { return system_error(errno, what, display_text(path)); };
  auto fill = [&](int descriptor) {
    for (ByteView rest = file.content; !rest.empty();) {
      ssize_t written = ::write(descriptor, rest.data(), rest.size());
      if (written < 0 && errno != EINTR) throw fail("cannot write");
      if (written > 0) rest = rest.subspan(static_cast<size_t>(written));
    }
  };
  if (Descriptor unnamed(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666)); unnamed) {
    fill(unnamed.get());
    auto itself = "/proc/self/fd/" + std::to_string(unnamed.get());
    if (::linkat(AT_FDCWD, itself.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
    if (errno != ENOENT) throw fail("cannot be made");
  }
  // Where the file system has no unnamed files.
  Descriptor named(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!named) throw fail("cannot be made");
  try {
    fill(named.get());
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

}  // namespace

LinkKind link_kind_from(std::string_view name) {
  return name == "copy" ? LinkKind::copy : name == "symlink" ? LinkKind::symlink : LinkKind::hardlink;
}

std::string_view link_kind_name(LinkKind kind) {
  return kind == LinkKind::copy ? "copy" : kind == LinkKind::symlink ? "symlink" : "hardlink";
}

PlacedFolder place_folder(const MethodCall &call, const std::string &folder, const std::vector<Placement> &placements,
                          LinkKind kind, const std::vector<MadeFile> &made) {
  PlacedFolder result;
  auto &library = call.library();
  auto journal = [&](const std::vector<PlacedItem> &items) {
    auto writer = library.write();
    if (result.operation == 0) result.operation = writer.begin_operation(folder, std::string(link_kind_name(kind)));
    writer.add_operation_items(result.operation, items);
    writer.commit();
  };
  auto placed = place_files(folder, placements, kind, [&](std::span<const Placement> chunk) {
    std::vector<PlacedItem> items;
    for (const auto &placement : chunk) items.push_back({placement.source, placement.name});
    journal(items);
  }, call.task);
  result.placed = placed.done;
  result.failed = std::move(placed.failed);

  std::vector<MadeFile> files = made;
  static constexpr std::string_view note =
      "The links in this folder were made by Kalon; `kalon undo` takes them back and `kalon index` passes them over.\n";
  files.push_back({result_marker, Bytes(note.begin(), note.end())});
  std::vector<PlacedItem> items;
  for (const auto &file : files)
    items.push_back({std::string(made_prefix) + hash_of(file.content).hex(), file.name});
  journal(items);
  for (const auto &file : files) write_made_file(folder, file);
  return result;
}

PlacementResult take_back(const MethodCall &call, const Operation &operation) {
  PlacementResult result;
  std::vector<Placement> links;
  auto items = call.library().read().operation_items(operation.id);
  for (const auto &item : items) {
    if (!item.source.starts_with(made_prefix)) {
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
  return result;
}

}  // namespace kalon
