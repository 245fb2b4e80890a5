#include "exchange/trash.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/text.h"
#include "exchange/folder.h"

namespace kalon {
namespace {

constexpr std::string_view info_suffix = ".trashinfo";
constexpr size_t max_name_bytes = 255;
constexpr size_t number_bytes = 21;  // ".18446744073709551615"
constexpr size_t most_info_bytes = 1 << 16;

std::optional<struct stat> look(const std::string &path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_error(errno, "cannot be looked at", {});
}

// A place is TRASH/files/NAME.
struct Parts {
  std::string trash, name;
  std::string info() const { return trash + "/info/" + name + std::string(info_suffix); }
};

Parts parts_of(const std::string &place) {
  auto files = folder_of(place);
  if (!place.starts_with('/') || name_in(files) != "files" || name_in(place).empty())
    throw Error(Status::invalid_argument, "is no place in a trash", display_text(place));
  return {folder_of(files), name_in(place)};
}

// The folder that paths in a trash's .trashinfo files are relative to; empty for the home trash, whose are absolute.
std::string top_of(const std::string &trash) {
  auto user = std::to_string(::getuid());
  if (name_in(trash) == ".Trash-" + user) return folder_of(trash);
  if (name_in(trash) == user && name_in(folder_of(trash)) == ".Trash") return folder_of(folder_of(trash));
  return {};
}

std::string stored_path(const std::string &path, const std::string &trash) {
  auto top = top_of(trash);
  std::string relative = path;
  if (!top.empty() && path.starts_with(top == "/" ? top : top + "/"))
    relative = path.substr(top == "/" ? 1 : top.size() + 1);
  return file_uri(relative).substr(std::string_view("file://").size());
}

std::string local_time(int64_t microseconds) {
  auto seconds = static_cast<time_t>(microseconds / 1000000);
  struct tm parts {};
  char text[32];
  if (!::localtime_r(&seconds, &parts) || ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts) == 0)
    return "1970-01-01T00:00:00";
  return text;
}

Error taken_meanwhile() {
  return Error(Status::busy, "its place in the trash was taken meanwhile; try again");
}

// Whole or not at all, so that what a kill leaves can be told from what is another program's.
void write_info(const std::string &info, const std::string &content) {
  try {
    write_new_file(info, bytes_of(content));
  } catch (const Error &error) {
    if (look(info)) throw taken_meanwhile();
    throw Error(error.status(), "cannot be moved to the trash: its .trashinfo " + error.message());
  }
}

// Renames without ever replacing anything; errno tells what went wrong.
bool rename_to_new(const std::string &from, const std::string &to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // Some file systems have only the rename that replaces.
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
}

void make_private_folder(const std::string &path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw system_error(errno, "cannot be made", path);
  auto status = look(path);
  if (!status || !S_ISDIR(status->st_mode) || status->st_uid != ::getuid())
    throw Error(Status::unsupported, "is no folder of this user, as a trash must be", display_text(path));
}

dev_t device_of(const std::string &folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) throw system_error(errno, "cannot be looked at", {});
  return status.st_dev;
}

// The device that a folder would be made on.
dev_t device_for(std::string folder) {
  struct stat status {};
  while (::stat(folder.c_str(), &status) != 0) {
    if (folder == "/" || (errno != ENOENT && errno != ENOTDIR))
      throw system_error(errno, "cannot be looked at", folder);
    folder = folder_of(folder);
  }
  return status.st_dev;
}

// The first folder of a file system, going up from one of its folders.
std::string top_folder(std::string folder, dev_t device) {
  while (folder != "/" && device_of(folder_of(folder)) == device) folder = folder_of(folder);
  return folder;
}

std::string make_trash(const std::string &trash) {
  make_private_folder(trash);
  for (const char *below : {"/info", "/files"}) make_private_folder(trash + below);
  return trash;
}

// What a .trashinfo says of where its file came from; empty when it cannot be read as one.
std::string path_in_info(const std::string &info, const std::string &trash) {
  try {
    auto bytes = read_file(info, most_info_bytes);
    auto text = text_of(bytes);
    auto at = text.find("\nPath=");
    if (at == std::string_view::npos) return {};
    at += 6;
    auto line = text.substr(at, text.find('\n', at) - at);
    auto path = path_from_uri("file://" + std::string(line));
    auto top = top_of(trash);
    if (path.starts_with('/') || top.empty()) return path;
    return (top == "/" ? "" : top) + "/" + path;
  } catch (const Error &) {
    return {};
  }
}

// Whether what lies in a place is the file that was put there.
bool is_what_was_put(const struct stat &trashed, const std::string &from, const std::string &path, int64_t mtime_ns) {
  return S_ISREG(trashed.st_mode) && mtime_of(trashed) == mtime_ns && (from.empty() || from == path);
}

}  // namespace

std::string home_trash_folder() {
  return (user_data_folder().parent_path() / "Trash").native();
}

Trash::Trash(std::string home_trash) : home_(std::move(home_trash)) {}

const std::string &Trash::trash_for(const std::string &path) {
  auto folder = folder_of(path);
  auto [found, is_new] = by_folder_.try_emplace(folder);
  if (!is_new && !found->second.empty()) return found->second;
  try {
    dev_t device = device_of(folder);
    if (device == device_for(home_)) {
      std::filesystem::create_directories(folder_of(home_));
      found->second = make_trash(home_);
      return found->second;
    }
    // A folder reached through a link lies where it really lies.
    auto top = top_folder(std::filesystem::canonical(folder).native(), device);
    auto user = std::to_string(::getuid());
    auto common = (top == "/" ? "" : top) + "/.Trash";
    auto status = look(common);
    if (status && S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX) != 0) {
      try {
        found->second = make_trash(common + "/" + user);
        return found->second;
      } catch (const Error &) {
        // The specification has the other place for this.
      }
    }
    found->second = make_trash(common + "-" + user);
    return found->second;
  } catch (const std::filesystem::filesystem_error &error) {
    throw system_error(error.code().value(), "there is no trash for its file system", {});
  } catch (const Error &error) {
    throw Error(error.status(), "there is no trash for its file system: " +
                                    (error.context().empty() ? "" : display_text(error.context()) + ": ") +
                                    error.message() + "; it was left");
  }
}

std::string Trash::place_for(const std::string &path) {
  const auto &trash = trash_for(path);
  auto name = name_in(path);
  auto dot = name.rfind('.');
  bool has_extension = dot != std::string::npos && dot > 0 && name.size() - dot <= 32;
  auto extension = has_extension ? name.substr(dot) : std::string();
  auto stem = std::string(shorten_utf8(name.substr(0, name.size() - extension.size()),
                                       max_name_bytes - extension.size() - number_bytes - info_suffix.size()));
  auto &number = next_number_[trash + "/files/" + stem + extension];
  while (true) {
    ++number;
    auto place = trash + "/files/" + stem + (number == 1 ? "" : "." + std::to_string(number)) + extension;
    if (!look(place) && !look(parts_of(place).info())) return place;
  }
}

void move_to_trash(const std::string &path, const std::string &place, int64_t time) {
  auto parts = parts_of(place);
  auto status = look(path);
  if (!status) throw Error(Status::not_found, "is gone already");
  if (!S_ISREG(status->st_mode)) throw Error(Status::invalid_argument, "is not a regular file; it was left");
  auto info = parts.info();
  write_info(info,
             "[Trash Info]\nPath=" + stored_path(path, parts.trash) + "\nDeletionDate=" + local_time(time) + "\n");
  if (rename_to_new(path, place)) return;
  int error = errno;
  ::unlink(info.c_str());
  if (error == EEXIST) throw taken_meanwhile();
  if (error == EXDEV)
    throw Error(Status::unsupported,
                "lies on another mount than its trash, and nothing is ever copied there; it was left");
  throw system_error(error, "cannot be moved to the trash", {});
}

bool move_from_trash(const std::string &path, const std::string &place, int64_t mtime_ns) {
  auto parts = parts_of(place);
  auto info = parts.info();
  auto trashed = look(place), present = look(path);
  auto from = path_in_info(info, parts.trash);
  bool own_info = from == path;
  if (!trashed) {
    // Ended between the two steps, or emptied, or brought back by another program.
    if (own_info) ::unlink(info.c_str());
    if (present) return false;
    throw Error(Status::not_found, "is neither in its place nor in the trash");
  }
  if (!is_what_was_put(*trashed, from, path, mtime_ns)) {
    // Another file took this place in the trash before this one came there.
    if (present) return false;
    throw Error(Status::invalid_argument, "what lies in the trash in its place is another file; it was left there");
  }
  if (present)
    throw Error(Status::invalid_argument,
                "something else lies there now; it stays in the trash as " + display_text(place));
  std::error_code ignored;
  std::filesystem::create_directories(folder_of(path), ignored);
  if (!rename_to_new(place, path)) {
    if (errno == EEXIST)
      throw Error(Status::invalid_argument,
                  "something else lies there now; it stays in the trash as " + display_text(place));
    throw system_error(errno, "cannot be brought back from the trash", {});
  }
  if (own_info) ::unlink(info.c_str());
  return true;
}

bool may_lie_in_trash(const std::string &path, const std::string &place, int64_t mtime_ns) {
  auto parts = parts_of(place);
  try {
    if (auto trashed = look(place))
      return is_what_was_put(*trashed, path_in_info(parts.info(), parts.trash), path, mtime_ns);
    // That of a drive is emptied, not removed: where even the folder is missing, the drive is.
    return !top_of(parts.trash).empty() && !look(parts.trash);
  } catch (const Error &) {
    return true;
  }
}

}  // namespace kalon
