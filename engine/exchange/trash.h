#pragma once
// The trash of the desktop: FreeDesktop.org Trash specification 1.0
// (https://specifications.freedesktop.org/trash-spec/1.0/). Files are renamed into it, never copied.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "base/error.h"

namespace kalon {

// $XDG_DATA_HOME/Trash, or ~/.local/share/Trash; not created. [any]
std::string home_trash_folder();

// Where files go: names in the trash of their file system.
class Trash {
 public:
  explicit Trash(std::string home_trash = home_trash_folder());

  // A free place for a file: an absolute path below the folder `files` of a trash on the file's own file system, whose
  // folders are made when missing. The home trash serves its own file system; elsewhere it is .Trash/UID at the top of
  // the file system where an administrator made it, else .Trash-UID. No place is given twice. Throws not_found, io,
  // unsupported. [worker]
  std::string place_for(const std::string &path);

 private:
  const std::string &trash_for(const std::string &path);

  std::string home_;
  std::map<std::string, std::string> by_folder_;           // folder of files -> its trash
  std::unordered_map<std::string, uint64_t> next_number_;  // by place without a number
};

// Moves a regular file to its place: the .trashinfo first, which must be new, then the file. Throws busy when the place
// was taken meanwhile, unsupported when the trash cannot be reached by renaming (another mount), else io, not_found,
// invalid_argument; nothing is left behind then. time: microseconds since 1970. [worker]
void move_to_trash(const std::string &path, const std::string &place, int64_t time);

// Moves a file back from its place in the trash, folders above it made anew where they are gone, and drops its
// .trashinfo. Nothing is ever overwritten. False when there is nothing to do: the file never left, or somebody brought
// it back. Throws invalid_argument when something else lies at the path, or when what lies in the trash is not the file
// that was put there (by its path in the .trashinfo and its modification time); not_found when it is nowhere. [worker]
bool move_from_trash(const std::string &path, const std::string &place, int64_t mtime_ns);

// Whether a file that move_from_trash could not bring back lies in its place in the trash still, so that it could
// later; also when that cannot be told: a trash that may not be looked into, or one on a drive that is not connected.
// [worker]
bool may_lie_in_trash(const std::string &path, const std::string &place, int64_t mtime_ns);

}  // namespace kalon
