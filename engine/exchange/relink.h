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

// Makes `path` another name of `kept`, both regular files of one owner on one file system and, compared now, of the
// same bytes. A new link takes the file's place in one step. Throws invalid_argument (differ, another owner, are one
// file already), unsupported (another file system, too many links), busy (changed meanwhile), io, cancelled; both files
// are as they were then. [worker]
void replace_by_link(const std::string &path, const std::string &kept, const std::string &temporary, const Task &task);

// Makes `path`, another name of `kept`, a file of its own again, with the given permissions and modification time, in
// one step. False when it is one and has that time already. Throws invalid_argument when it is something else now,
// not_found when one of the two is gone, else io, cancelled; it is as it was then. [worker]
bool replace_by_copy(const std::string &path, const std::string &kept, const std::string &temporary, int64_t mtime_ns,
                     uint32_t mode, const Task &task);

}  // namespace kalon
