#include "exchange/relink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/hash.h"
#include "exchange/folder.h"

namespace kalon {
namespace {

bool same_file(const struct stat &a, const struct stat &b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
bool unchanged(const struct stat &a, const struct stat &b) {
  return same_file(a, b) && a.st_size == b.st_size && mtime_of(a) == mtime_of(b);
}

struct stat look(const Folder &folder, const std::string &name) {
  struct stat status {};
  if (!folder.look_at(name, status)) throw Error(Status::not_found, "is gone already");
  return status;
}

struct stat look_at_kept(const std::string &kept) {
  struct stat status {};
  if (::lstat(kept.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      throw Error(Status::not_found, "the file that it is a copy of is gone; it was left");
    throw system_error(errno, "the file that it is a copy of cannot be looked at", {});
  }
  if (!S_ISREG(status.st_mode))
    throw Error(Status::invalid_argument, "what it is a copy of is no regular file; it was left");
  return status;
}

// A name that goes again unless the file took its place.
class Temporary {
 public:
  Temporary(const Folder &folder, const std::string &name) : folder_(folder), name_(name) {}
  ~Temporary() {
    if (!done_) ::unlinkat(folder_.descriptor(), name_.c_str(), 0);
  }
  Temporary(const Temporary &) = delete;
  Temporary &operator=(const Temporary &) = delete;
  void take_the_place_of(const std::string &name) {
    if (::renameat(folder_.descriptor(), name_.c_str(), folder_.descriptor(), name.c_str()) != 0)
      throw system_error(errno, "cannot be replaced", {});
    done_ = true;
  }

 private:
  const Folder &folder_;
  const std::string &name_;
  bool done_ = false;
};

}  // namespace

std::string name_beside(const std::string &path, uint64_t number) {
  return ".kalon-" + hash_of(path + '\0' + std::to_string(number)).hex().substr(0, 20);
}

void replace_by_link(const std::string &path, const std::string &kept, const std::string &temporary, const Task &task) {
  Folder folder(folder_of(path));
  auto name = name_in(path);
  auto found = look(folder, name), other = look_at_kept(kept);
  if (!S_ISREG(found.st_mode)) throw Error(Status::invalid_argument, "is not a regular file; it was left");
  if (same_file(found, other)) throw Error(Status::invalid_argument, "is the same file already");
  if (found.st_dev != other.st_dev)
    throw Error(Status::unsupported, "lies on another file system than its copy; it was left");
  if (found.st_uid != other.st_uid || found.st_gid != other.st_gid)
    throw Error(Status::invalid_argument, "has another owner than its copy; it was left");
  if (!same_bytes(folder, name, kept, task))
    throw Error(Status::invalid_argument, "has other bytes than its copy now; it was left");
  if (::linkat(AT_FDCWD, kept.c_str(), folder.descriptor(), temporary.c_str(), 0) != 0) {
    bool refused = errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP;
    auto error = system_error(errno, "cannot be linked", {});
    throw refused ? Error(Status::unsupported, error.message()) : error;
  }
  Temporary link(folder, temporary);
  // The comparison took its time.
  auto linked = look(folder, temporary);
  if (!unchanged(look(folder, name), found) || !unchanged(linked, other))
    throw Error(Status::busy, "is being changed; it was left");
  link.take_the_place_of(name);
}

bool replace_by_copy(const std::string &path, const std::string &kept, const std::string &temporary, int64_t mtime_ns,
                     uint32_t mode, const Task &task) {
  Folder folder(folder_of(path));
  auto name = name_in(path);
  auto found = look(folder, name);
  // What a kill left on the way there or back; the name is nobody else's.
  ::unlinkat(folder.descriptor(), temporary.c_str(), 0);
  if (!S_ISREG(found.st_mode)) throw Error(Status::invalid_argument, "is no regular file now; it was left");
  auto other = look_at_kept(kept);
  if (!same_file(found, other)) {
    if (mtime_of(found) == mtime_ns) return false;
    throw Error(Status::invalid_argument, "is no longer the link that was made; it was left");
  }
  copy_into(path, folder, temporary, task);
  Temporary copy(folder, temporary);
  struct timespec times[2] = {{0, UTIME_OMIT},
                              {static_cast<time_t>(mtime_ns / 1000000000), static_cast<long>(mtime_ns % 1000000000)}};
  if (times[1].tv_nsec < 0) {
    times[1].tv_nsec += 1000000000;
    times[1].tv_sec -= 1;
  }
  if (::fchmodat(folder.descriptor(), temporary.c_str(), mode & 07777, 0) != 0 ||
      ::utimensat(folder.descriptor(), temporary.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    throw system_error(errno, "cannot be given its time and permissions back", {});
  // Before its name means it alone.
  Descriptor written(::openat(folder.descriptor(), temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!written || ::fsync(written.get()) != 0) throw system_error(errno, "cannot be copied", {});
  if (!unchanged(look(folder, name), found)) throw Error(Status::busy, "is being changed; it was left");
  copy.take_the_place_of(name);
  return true;
}

}  // namespace kalon
