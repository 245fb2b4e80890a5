#pragma once
// An open folder, whose entries are reached through it and not through a path that may change meanwhile.

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/task.h"

namespace kalon {

class Folder {
 public:
  // Throws not_found or io; invalid_argument for what is no folder.
  explicit Folder(const std::string &path);
  // A folder inside another one, which must not be a link.
  Folder(const Folder &parent, const std::string &name);
  ~Folder();
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  int descriptor() const { return descriptor_; }
  bool empty() const;
  // Every entry's name but "." and "..", in no order. Throws io.
  std::vector<std::string> names() const;
  // What lies under the name itself (links are not followed); false when there is nothing. Throws io.
  bool look_at(const std::string &name, struct stat &status) const;

 private:
  std::string path_;
  int descriptor_;
};

// The parts of an absolute path; the folder of /a is /. [any]
std::string folder_of(const std::string &path);
std::string name_in(const std::string &path);

int64_t mtime_of(const struct stat &status);  // nanoseconds since 1970 [any]

// Copies the bytes, permissions and modification time of a regular file to a new name in the folder. Shares the data
// where the file system can. The name appears at once and whole where the file system has unnamed files. An existing
// name is never touched. The copy is on the disk when this returns. Throws Error, cancelled included.
void copy_into(const std::string &source, const Folder &folder, const std::string &name, const Task &task);

// Whether a file in the folder and another file have the same bytes. Throws Error, cancelled included.
bool same_bytes(const Folder &folder, const std::string &name, const std::string &other, const Task &task);

}  // namespace kalon
