#include "exchange/placement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>

#include "base/descriptor.h"
#include "base/text.h"
#include "exchange/folder.h"

namespace kalon {
namespace {

constexpr size_t max_name_bytes = 255;
constexpr size_t max_extension_bytes = 32;
constexpr size_t chunk_items = 256;

std::string_view name_of(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Names come from a journal too, so they are not trusted to stay inside the folder.
void check_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.size() > max_name_bytes ||
      name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    throw Error(Status::invalid_argument, "is no name of a file inside a folder");
}

// Where a placement lies: in the folder itself, or in one inside it.
struct Spot {
  const Folder &folder;
  std::string name;
};

// Finds the spots of placements, one after another; those of one inner folder usually come together.
class Spots {
 public:
  explicit Spots(const Folder &top) : top_(top) {}

  // The inner folder is made when it is missing. Throws invalid_argument for a name that is none.
  Spot made(const std::string &name) {
    auto outer = outer_of(name);
    if (!outer.empty() && outer != open_name_ && ::mkdirat(top_.descriptor(), outer.c_str(), 0777) != 0 &&
        errno != EEXIST)
      throw system_error(errno, "its folder cannot be made", {});
    auto spot = found(name);
    if (!spot) throw Error(Status::not_found, "its folder was removed meanwhile");
    return *spot;
  }
  // Nothing when the inner folder is gone.
  std::optional<Spot> found(const std::string &name) {
    auto outer = outer_of(name);
    if (outer.empty()) return Spot{top_, name};
    if (outer != open_name_) {
      if (struct stat status{}; !top_.look_at(outer, status)) return std::nullopt;
      open_name_.clear();
      open_.emplace(top_, outer);
      open_name_ = outer;
      met_.insert(outer);
    }
    return Spot{*open_, name.substr(outer.size() + 1)};
  }
  // The names in all folders that were met, on the disk as far as that can be had: files have theirs by then.
  void sync_folders() const {
    ::fsync(top_.descriptor());
    for (const auto &name : met_)
      if (Descriptor inner(::openat(top_.descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
          inner)
        ::fsync(inner.get());
  }
  // Removes the inner folders that were met, as far as they are empty.
  void remove_folders() const {
    for (const auto &name : met_) ::unlinkat(top_.descriptor(), name.c_str(), AT_REMOVEDIR);
  }

 private:
  // The inner folder's name; empty where there is none.
  static std::string outer_of(const std::string &name) {
    auto slash = std::min(name.find('/'), name.size());
    auto outer = name.substr(0, slash);
    check_name(outer);
    if (slash == name.size()) return {};
    check_name(std::string_view(name).substr(slash + 1));
    return outer;
  }

  const Folder &top_;
  std::optional<Folder> open_;
  std::string open_name_;
  std::set<std::string> met_;
};

Error taken() {
  return Error(Status::invalid_argument,
               "something of this name appeared in the folder meanwhile; it was left as it is");
}

// Where the file system, or a rule against links to the files of others, refuses a hardlink.
bool refuses_hardlinks(int error) {
  for (int known : {EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS})
    if (error == known) return true;
  return false;
}

void make_symlink(const std::string &source, const Spot &spot) {
  if (::symlinkat(source.c_str(), spot.folder.descriptor(), spot.name.c_str()) == 0) return;
  if (errno == EEXIST) throw taken();
  throw system_error(errno, "cannot be linked", {});
}

void place(const Placement &placement, LinkKind kind, const Spot &spot, const Task &task) {
  if (!placement.source.starts_with('/')) throw Error(Status::invalid_argument, "its source is no absolute path");
  struct stat status {};
  if (::stat(placement.source.c_str(), &status) != 0) throw system_error(errno, "its source cannot be opened", {});
  if (!S_ISREG(status.st_mode)) throw Error(Status::invalid_argument, "its source is not a regular file");
  switch (kind) {
    case LinkKind::symlink:
      return make_symlink(placement.source, spot);
    case LinkKind::copy:
      if (struct stat present{}; spot.folder.look_at(spot.name, present)) throw taken();
      return copy_into(placement.source, spot.folder, spot.name, task);
    case LinkKind::hardlink:
      if (::linkat(AT_FDCWD, placement.source.c_str(), spot.folder.descriptor(), spot.name.c_str(),
                   AT_SYMLINK_FOLLOW) == 0)
        return;
      if (errno == EEXIST) throw taken();
      if (refuses_hardlinks(errno)) return make_symlink(placement.source, spot);
      throw system_error(errno, "cannot be linked", {});
  }
}

bool points_to(const Folder &folder, const std::string &name, const std::string &target) {
  std::string text(target.size() + 1, '\0');
  ssize_t length = ::readlinkat(folder.descriptor(), name.c_str(), text.data(), text.size());
  return length >= 0 && std::string_view(text.data(), static_cast<size_t>(length)) == target;
}

// Throws when the file is not provably the one that was made.
void check_removable(const std::string &path, const struct stat &found, const Spot &spot, const Task &task) {
  if (S_ISLNK(found.st_mode)) {
    if (points_to(spot.folder, spot.name, path)) return;
    throw Error(Status::invalid_argument, "is now a link to something else; it was left");
  }
  if (!S_ISREG(found.st_mode)) throw Error(Status::invalid_argument, "is no file that was placed here; it was left");
  struct stat source {};
  if (::stat(path.c_str(), &source) != 0)
    throw Error(errno == ENOENT || errno == ENOTDIR ? Status::not_found : Status::io,
                "its source cannot be found, so this may be the last copy; it was left");
  if (source.st_dev == found.st_dev && source.st_ino == found.st_ino) {
    // With a single name the source is this very file, seen through a link or another mount.
    if (found.st_nlink >= 2) return;
    throw Error(Status::invalid_argument, "is the only copy of its source; it was left");
  }
  if (!same_bytes(spot.folder, spot.name, path, task))
    throw Error(Status::invalid_argument, "differs from its source; it was left");
}

// False when the name is gone already.
bool take_back(const std::string &source, const Spot &spot, const Task &task) {
  struct stat found {
  }, still{};
  if (!spot.folder.look_at(spot.name, found)) return false;
  check_removable(source, found, spot, task);
  // A comparison of bytes takes time, in which the name may have come to mean another file.
  if (!spot.folder.look_at(spot.name, still)) return false;
  if (still.st_dev != found.st_dev || still.st_ino != found.st_ino || mtime_of(still) != mtime_of(found))
    throw Error(Status::busy, "is being changed; it was left");
  if (::unlinkat(spot.folder.descriptor(), spot.name.c_str(), 0) != 0 && errno != ENOENT)
    throw system_error(errno, "cannot be removed", {});
  return true;
}

// Runs one item; all that is expected to go wrong with it becomes its outcome, a cancellation goes on. Whether it went
// well.
template <typename Work>
bool attempt(const Placement &placement, PlacementResult &result, Task &task, const Work &work) {
  task.throw_if_cancelled();
  auto failures = result.failed.size();
  try {
    result.done += work() ? 1 : 0;
  } catch (const Error &error) {
    if (error.status() == Status::cancelled) throw;
    result.failed.emplace_back(placement, Outcome{error.status(), error.message()});
  }
  task.advance();
  return result.failed.size() == failures;
}

void make_folders(const std::string &path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  // A link to a folder is reported as an error there, and is a folder all the same.
  if (std::error_code ignored; error && !std::filesystem::is_directory(path, ignored))
    throw system_error(error.value(), "cannot be made", path);
}

PlacementResult place_into(const Folder &folder, std::span<const Placement> all, LinkKind kind,
                           const std::function<void(std::span<const Placement>)> &record, Task &task) {
  task.phase("placing files", all.size());
  PlacementResult result;
  Spots spots(folder);
  std::set<std::string> missing;  // names that could not be placed
  for (size_t begin = 0; begin < all.size(); begin += chunk_items) {
    task.throw_if_cancelled();
    auto chunk = all.subspan(begin, std::min(chunk_items, all.size() - begin));
    if (record) record(chunk);
    for (const auto &placement : chunk) {
      bool placed = attempt(placement, result, task, [&] {
        // Beside another file of that name it would be taken for that one's.
        if (missing.contains(placement.goes_with))
          throw Error(Status::invalid_argument, "the file that it belongs to could not be placed");
        place(placement, kind, spots.made(placement.name), task);
        return true;
      });
      if (!placed) missing.insert(placement.name);
    }
  }
  spots.sync_folders();
  return result;
}

}  // namespace

std::vector<Placement> numbered_placements(const std::vector<std::string> &sources) {
  size_t width = std::to_string(sources.size()).size();
  std::vector<Placement> placements;
  placements.reserve(sources.size());
  for (const auto &source : sources) {
    auto name = name_of(source);
    auto dot = name.rfind('.');
    bool has_extension = dot != std::string_view::npos && dot > 0 && name.size() - dot <= max_extension_bytes;
    auto extension = has_extension ? name.substr(dot) : std::string_view();
    auto stem = name.substr(0, name.size() - extension.size());
    auto number = std::to_string(placements.size() + 1);
    auto position = std::string(width - number.size(), '0') + number + "_";
    auto shortened = shorten_utf8(stem, max_name_bytes - position.size() - extension.size());
    placements.push_back({source, position + std::string(shortened) + std::string(extension)});
  }
  return placements;
}

PlacementResult place_files(const std::string &path, const std::vector<Placement> &placements, LinkKind kind,
                            const std::function<void(std::span<const Placement>)> &record, Task &task) {
  make_folders(path);
  Folder folder(path);
  if (!folder.empty())
    throw Error(Status::invalid_argument,
                "is not empty, and nothing is ever overwritten; name a new or an empty folder", path);
  return place_into(folder, placements, kind, record, task);
}

PlacementResult place_among_others(const std::string &path, const std::vector<Placement> &placements, LinkKind kind,
                                   const std::function<void(std::span<const Placement>)> &record, Task &task) {
  make_folders(path);
  return place_into(Folder(path), placements, kind, record, task);
}

PlacementResult remove_placed(const std::string &path, const std::vector<Placement> &placements, Task &task) {
  task.phase("taking back", placements.size());
  PlacementResult result;
  Folder folder(path);
  Spots spots(folder);
  for (const auto &placement : placements)
    attempt(placement, result, task, [&] {
      auto spot = spots.found(placement.name);
      return spot && take_back(placement.source, *spot, task);
    });
  spots.remove_folders();
  return result;
}

std::vector<std::string> missing_folders(const std::string &folder) {
  std::vector<std::string> missing;
  std::error_code error;
  for (std::filesystem::path path(folder); !path.empty() && !std::filesystem::exists(path, error);
       path = path.parent_path())
    missing.insert(missing.begin(), path.native());
  return missing;
}

void remove_empty_folders(const std::vector<std::string> &made) {
  for (auto path = made.rbegin(); path != made.rend(); ++path)
    ::rmdir(path->c_str());  // refuses by itself when something is left
}

}  // namespace kalon
