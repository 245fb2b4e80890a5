#include "exchange/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace kalon {
namespace {

constexpr size_t chunk_bytes = size_t{1} << 20;
// Between two looks at the task; the kernel copies this much at once.
constexpr size_t kernel_copy_bytes = size_t{64} << 20;

size_t read_some(int descriptor, uint8_t *target, size_t count) {
  while (true) {
    ssize_t got = ::read(descriptor, target, count);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw system_error(errno, "cannot be read", {});
  }
}

size_t read_full(int descriptor, uint8_t *target, size_t count) {
  size_t done = 0;
  while (done < count) {
    size_t got = read_some(descriptor, target + done, count - done);
    if (got == 0) break;
    done += got;
  }
  return done;
}

void copy_by_hand(int from, int to, const Task &task) {
  Bytes chunk(chunk_bytes);
  while (size_t count = read_some(from, chunk.data(), chunk.size())) {
    task.throw_if_cancelled();
    for (size_t done = 0; done < count;) {
      ssize_t written = ::write(to, chunk.data() + done, count - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw system_error(errno, "cannot be copied", {});
      done += static_cast<size_t>(written);
    }
  }
}

void copy_bytes(int from, int to, const Task &task) {
  if (::ioctl(to, FICLONE, from) == 0) return;
  while (true) {
    task.throw_if_cancelled();
    ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, kernel_copy_bytes, 0);
    if (copied < 0 && errno == EINTR) continue;
    // Some file systems cannot, and some pretend that their files are empty: the rest is copied by hand, from where the
    // descriptors stand.
    if (copied <= 0) break;
  }
  copy_by_hand(from, to, task);
}

// Until visit says no.
template <typename Visit>
void each_name(int folder, const std::string &path, const Visit &visit) {
  int own = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::unique_ptr<DIR, int (*)(DIR *)> entries(own < 0 ? nullptr : ::fdopendir(own), ::closedir);
  if (!entries) {
    int error = errno;
    if (own >= 0) ::close(own);
    throw system_error(error, "cannot be read", path);
  }
  while (true) {
    errno = 0;
    auto *entry = ::readdir(entries.get());
    if (!entry && errno != 0) throw system_error(errno, "cannot be read", path);
    if (!entry) return;
    bool itself = std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0;
    if (!itself && !visit(entry->d_name)) return;
  }
}

}  // namespace

Folder::Folder(const std::string &path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ >= 0) return;
  if (errno == ENOTDIR) throw Error(Status::invalid_argument, "is not a folder", path);
  throw system_error(errno, "cannot be opened", path);
}

Folder::Folder(const Folder &parent, const std::string &name)
    : path_(parent.path_ + "/" + name),
      descriptor_(::openat(parent.descriptor_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {
  if (descriptor_ >= 0) return;
  if (errno == ENOTDIR || errno == ELOOP) throw Error(Status::invalid_argument, "is not a folder", path_);
  throw system_error(errno, "cannot be opened", path_);
}

Folder::~Folder() {
  ::close(descriptor_);
}

bool Folder::empty() const {
  bool any = false;
  each_name(descriptor_, path_, [&](const char *) {
    any = true;
    return false;
  });
  return !any;
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  each_name(descriptor_, path_, [&](const char *name) {
    names.emplace_back(name);
    return true;
  });
  return names;
}

bool Folder::look_at(const std::string &name, struct stat &status) const {
  if (::fstatat(descriptor_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT) return false;
  throw system_error(errno, "cannot be looked at", {});
}

std::string folder_of(const std::string &path) {
  auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_in(const std::string &path) {
  return path.substr(path.rfind('/') + 1);
}

int64_t mtime_of(const struct stat &status) {
  return int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec;
}

void copy_into(const std::string &source, const Folder &folder, const std::string &name, const Task &task) {
  Descriptor from(::open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!from || ::fstat(from.get(), &status) != 0) throw system_error(errno, "its source cannot be opened", {});
  if (!S_ISREG(status.st_mode)) throw Error(Status::invalid_argument, "its source is not a regular file");
  mode_t mode = status.st_mode & 0777;
  auto fill = [&](int to) {
    copy_bytes(from.get(), to, task);
    struct timespec times[2] = {status.st_atim, status.st_mtim};
    // Some file systems keep neither; the copy is good without.
    if (::fchmod(to, mode) != 0 || ::futimens(to, times) != 0) errno = 0;
    // A full quota or a broken disk may say so only now; and who was told of a copy may delete the original.
    if (::fsync(to) != 0 && errno != EINVAL) throw system_error(errno, "cannot be copied", {});
  };

  Descriptor unnamed(::openat(folder.descriptor(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (unnamed) {
    fill(unnamed.get());
    auto itself = "/proc/self/fd/" + std::to_string(unnamed.get());
    if (::linkat(AT_FDCWD, itself.c_str(), folder.descriptor(), name.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
    // Without /proc the file has to be made under its name.
    if (errno != ENOENT) throw system_error(errno, "cannot be made", {});
    if (::lseek(from.get(), 0, SEEK_SET) != 0) throw system_error(errno, "its source cannot be read", {});
  }
  Descriptor named(
      ::openat(folder.descriptor(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!named) throw system_error(errno, "cannot be made", {});
  try {
    fill(named.get());
  } catch (...) {
    ::unlinkat(folder.descriptor(), name.c_str(), 0);
    throw;
  }
}

bool same_bytes(const Folder &folder, const std::string &name, const std::string &other, const Task &task) {
  Descriptor first(::openat(folder.descriptor(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!first) throw system_error(errno, "cannot be opened", {});
  Descriptor second(::open(other.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!second) throw system_error(errno, "its source cannot be opened", {});
  struct stat a {
  }, b{};
  if (::fstat(first.get(), &a) != 0 || ::fstat(second.get(), &b) != 0)
    throw system_error(errno, "cannot be compared with its source", {});
  if (!S_ISREG(a.st_mode) || !S_ISREG(b.st_mode) || a.st_size != b.st_size) return false;
  Bytes one(chunk_bytes), two(chunk_bytes);
  while (true) {
    task.throw_if_cancelled();
    size_t count = read_full(first.get(), one.data(), one.size());
    if (count != read_full(second.get(), two.data(), two.size())) return false;
    if (count == 0) return true;
    if (std::memcmp(one.data(), two.data(), count) != 0) return false;
  }
}

}  // namespace kalon
