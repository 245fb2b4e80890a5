#pragma once
// Files as bytes: whole reads, atomic writes, and what the system knows of a file.

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.h"

namespace kalon {

// What tells an unchanged file from a changed one without reading it.
struct FileStat {
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  uint64_t inode = 0;
  uint64_t device = 0;
  bool operator==(const FileStat &) const = default;
};

// Throws not_found or io. Follows links; throws invalid_argument for what is no regular file. [any]
FileStat stat_file(const std::string &path);

// All bytes of a regular file; limit_exceeded above max_bytes, io or not_found otherwise. [worker]
Bytes read_file(const std::string &path, uint64_t max_bytes = uint64_t{4} << 30);

// Makes a file of a name that must not exist yet: whole or not at all where the file system has unnamed files. Throws
// io when the name is taken. [worker]
void write_new_file(const std::string &path, ByteView bytes);

// The file that a whole new one under this name is to replace: what a symbolic link leads to, else the path itself,
// whether it exists or not. Throws invalid_argument for a device, pipe or socket, which renaming would take away, and
// for a link that leads nowhere. [any]
std::string replaceable(const std::string &path);

// Writes beside what is replaceable() under this name, syncs, renames over it. A failure leaves the target as it was.
// [worker]
void write_file_atomically(const std::string &path, ByteView bytes);

// A new, empty, hidden file in the target's folder, open for writing, with the permissions of the umask: to be renamed
// over the target once it is whole. The caller closes it, and unlinks it when it came to nothing. [any]
struct NewFile {
  int descriptor;
  std::string path;
};
NewFile create_beside(const std::string &target);

// The folder of this library or program on disk, found through the address of one of its functions. [any]
std::filesystem::path folder_of_code(const void *function);

// $XDG_DATA_HOME/kalon (or ~/.local/share/kalon); not created. [any]
std::filesystem::path user_data_folder();

}  // namespace kalon
