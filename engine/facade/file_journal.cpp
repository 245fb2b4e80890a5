#include "facade/file_journal.h"

#include <sys/stat.h>

#include <cerrno>

#include "exchange/folder.h"

namespace kalon {

void FileJournal::add(const std::vector<PlacedItem> &items) {
  if (items.empty()) return;
  auto writer = library_.write();
  if (operation_ == 0) operation_ = writer.begin_operation({}, kind_);
  writer.add_operation_items(operation_, items);
  writer.commit();
}

void FileJournal::close() {
  if (operation_ == 0 || any_done_) return;
  auto writer = library_.write();
  writer.set_operation_undone(operation_);
  writer.commit();
  operation_ = 0;
}

PlacedItem journal_entry(const std::string &source, const std::string &name, const std::string &file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) throw system_error(errno, "cannot be looked at", {});
  return {source, name, mtime_of(status), status.st_mode & 07777};
}

bool is_unchanged(const FileStat &now, const FileStat &known) {
  // The device's number changes from one mounting to the next.
  return now.size == known.size && now.mtime_ns == known.mtime_ns && now.inode == known.inode;
}

void require_unchanged(const KnownFile &file, const std::string &who) {
  FileStat now;
  try {
    now = stat_file(file.path);
  } catch (const Error &error) {
    throw Error(error.status(),
                who + (error.status() == Status::not_found ? "is not there" : error.message()) + "; it was left");
  }
  if (!is_unchanged(now, file.stat))
    throw Error(Status::busy, who + "changed since it was indexed; it was left; run `kalon index`");
}

bool is_symbolic_link(const std::string &path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

void refresh_rows(Library &library, const std::vector<std::string> &paths) {
  if (paths.empty()) return;
  auto writer = library.write();
  for (const auto &path : paths) {
    auto row = writer.file_at(path);
    if (!row || row->path != path) continue;
    try {
      auto now = stat_file(path);
      if (now.size != row->stat.size) continue;  // the next index looks into it
      row->stat = now;
      row->vanished = false;
      writer.put_file(*row);
    } catch (const Error &error) {
      if (error.status() == Status::not_found) writer.set_vanished(row->id, true);
    }
  }
  writer.commit();
}

}  // namespace kalon
