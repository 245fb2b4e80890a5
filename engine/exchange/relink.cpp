#include "exchange/relink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "base/hash.h"
#include "exchange/extended_attributes.h"
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

ExtendedAttributes attributes_of(int folder, const std::string &name) {
  Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!file) throw system_error(errno, "cannot be opened", {});
  return extended_attributes_of(file.get());
}

// The two files, which may be made one as far as can be told without their bytes.
struct Pair {
  struct stat found, other;
};
Pair linkable(const Folder &folder, const std::string &name, const std::string &kept) {
  Pair pair{look(folder, name), look_at_kept(kept)};
  const auto &[found, other] = pair;
  if (!S_ISREG(found.st_mode)) throw Error(Status::invalid_argument, "is not a regular file; it was left");
  if (same_file(found, other)) throw Error(Status::invalid_argument, "is the same file already");
  if (found.st_dev != other.st_dev)
    throw Error(Status::unsupported, "lies on another file system than its copy; it was left");
  if (found.st_uid != other.st_uid || found.st_gid != other.st_gid)
    throw Error(Status::invalid_argument, "has another owner than its copy; it was left");
  // Of two sets of attributes one would be lost.
  if (attributes_of(folder.descriptor(), name) != attributes_of(AT_FDCWD, kept))
    throw Error(Status::invalid_argument, "has other extended attributes than its copy; it was left");
  return pair;
}

struct timespec timespec_of(int64_t nanoseconds) {
  struct timespec time {
    static_cast<time_t>(nanoseconds / 1000000000), static_cast<long>(nanoseconds % 1000000000)
  };
  if (time.tv_nsec < 0) {
    time.tv_nsec += 1000000000;
    time.tv_sec -= 1;
  }
  return time;
}

// All that a new file does not have of the link that it is to replace, on the disk when this returns. In this order: a
// file that may not be written takes no attributes, a new owner and a list of access control change permissions.
void complete(const Folder &folder, const std::string &name, const struct stat &link,
              const ExtendedAttributes &attributes, uint32_t mode, int64_t mtime_ns) {
  if (::fchmodat(folder.descriptor(), name.c_str(), 0600, 0) != 0)
    throw system_error(errno, "cannot be given its permissions back", {});
  Descriptor file(::openat(folder.descriptor(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat made {};
  if (!file || ::fstat(file.get(), &made) != 0) throw system_error(errno, "cannot be copied", {});
  if ((made.st_uid != link.st_uid || made.st_gid != link.st_gid) && ::fchown(file.get(), link.st_uid, link.st_gid) != 0)
    throw system_error(errno, "cannot be given its owner back", {});
  set_extended_attributes(file.get(), attributes);
  struct timespec times[2] = {{0, UTIME_OMIT}, timespec_of(mtime_ns)};
  if (::fchmod(file.get(), mode & 07777) != 0 || ::futimens(file.get(), times) != 0)
    throw system_error(errno, "cannot be given its time and permissions back", {});
  if (::fsync(file.get()) != 0) throw system_error(errno, "cannot be copied", {});
}

}  // namespace

std::string name_beside(const std::string &path, uint64_t number) {
  return ".kalon-" + hash_of(path + '\0' + std::to_string(number)).hex().substr(0, 20);
}

void require_linkable(const std::string &path, const std::string &kept) {
  linkable(Folder(folder_of(path)), name_in(path), kept);
}

void replace_by_link(const std::string &path, const std::string &kept, const std::string &temporary, const Task &task) {
  Folder folder(folder_of(path));
  auto name = name_in(path);
  auto [found, other] = linkable(folder, name, kept);
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

Parted replace_by_copy(const std::string &path, const std::string &kept, const std::string &temporary,
                       const BeforeLink &before, const Task &task) {
  Folder folder(folder_of(path));
  auto name = name_in(path);
  auto found = look(folder, name);
  // What a kill left on the way there or back; the name is nobody else's.
  ::unlinkat(folder.descriptor(), temporary.c_str(), 0);
  if (!S_ISREG(found.st_mode)) throw Error(Status::invalid_argument, "is no regular file now; it was left");
  auto other = look_at_kept(kept);
  if (!same_file(found, other)) {
    if (mtime_of(found) == before.mtime_ns) return Parted::already;
    throw Error(Status::invalid_argument, "is no longer the link that was made; it was left");
  }
  // An old date on new content would hide the change from whoever goes by dates.
  bool changed = before.kept_mtime_ns != 0 && mtime_of(found) != before.kept_mtime_ns;
  auto attributes = attributes_of(folder.descriptor(), name);
  copy_into(path, folder, temporary, task);
  Temporary copy(folder, temporary);
  // Before its name means it alone.
  complete(folder, temporary, found, attributes, before.mode, changed ? mtime_of(found) : before.mtime_ns);
  if (!unchanged(look(folder, name), found)) throw Error(Status::busy, "is being changed; it was left");
  copy.take_the_place_of(name);
  return changed ? Parted::changed : Parted::as_before;
}

bool may_be_linked(const std::string &path, const std::string &kept) {
  struct stat found {
  }, other{};
  for (auto [name, status] : {std::pair{&path, &found}, std::pair{&kept, &other}})
    if (::lstat(name->c_str(), status) != 0) return errno != ENOENT && errno != ENOTDIR;
  return S_ISREG(found.st_mode) && same_file(found, other);
}

}  // namespace kalon
