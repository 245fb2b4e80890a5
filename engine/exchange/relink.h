#pragma once
// Files of the same bytes made into one file under several names, and back.

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/task.h"

namespace kalon {

// The hidden name beside a file that it is prepared under, before it takes the file's place. Depends on the file's path
// and the number alone, so that what a kill left can be found. [any]
std::string name_beside(const std::string &path, uint64_t number);

// Throws what replace_by_link would, but for the bytes, which it does not compare. [worker]
void require_linkable(const std::string &path, const std::string &kept);

// Makes `path` another name of `kept`, both regular files of one owner and with the same extended attributes on one
// file system and, compared now, of the same bytes. A new link takes the file's place in one step. Throws
// invalid_argument (differ, another owner, are one file already), unsupported (another file system, too many links),
// busy (changed meanwhile), io, cancelled; both files are as they were then. [worker]
void replace_by_link(const std::string &path, const std::string &kept, const std::string &temporary, const Task &task);

// What a file had before it became a link.
struct BeforeLink {
  int64_t mtime_ns = 0;
  uint32_t mode = 0;
  int64_t kept_mtime_ns = 0;  // the kept file's then; 0: not known
};

enum class Parted {
  already,    // it is a file of its own, with its time from before
  as_before,  // with its time from before
  changed,    // the kept file's time is no longer what it was: both were edited as one, and the new file has that time
};

// Makes `path`, another name of `kept`, a file of its own again in one step: with the permissions and the modification
// time from before, and the owner and the extended attributes of the link. Throws invalid_argument when it is something
// else now, not_found when one of the two is gone, else io, cancelled; it is as it was then. [worker]
Parted replace_by_copy(const std::string &path, const std::string &kept, const std::string &temporary,
                       const BeforeLink &before, const Task &task);

// Whether a link that replace_by_copy left is one still, so that it could be made a file of its own later; also when
// that cannot be told. [worker]
bool may_be_linked(const std::string &path, const std::string &kept);

}  // namespace kalon
