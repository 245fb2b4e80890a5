#include "base/file.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <random>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"

namespace kalon {
namespace {

FileStat from_system(const struct stat &status) {
  return {static_cast<uint64_t>(status.st_size), int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec,
          status.st_ino, status.st_dev};
}

void write_all(int descriptor, ByteView bytes, const std::string &path) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw system_error(errno, "cannot write", path);
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

}  // namespace

FileStat stat_file(const std::string &path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw system_error(errno, "cannot open", path);
  if (!S_ISREG(status.st_mode)) throw Error(Status::invalid_argument, "is not a regular file", path);
  return from_system(status);
}

Bytes read_file(const std::string &path, uint64_t max_bytes) {
  // O_NONBLOCK: a FIFO that took the name since the folder was read must not hold the thread.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) throw system_error(errno, "cannot open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw system_error(errno, "cannot read", path);
  if (!S_ISREG(status.st_mode)) throw Error(Status::invalid_argument, "is not a regular file", path);
  if (static_cast<uint64_t>(status.st_size) > max_bytes)
    throw Error(Status::limit_exceeded,
                "has " + std::to_string(status.st_size) + " bytes; the limit is " + std::to_string(max_bytes), path);
  Bytes bytes(static_cast<size_t>(status.st_size));
  size_t filled = 0;
  while (filled < bytes.size()) {
    ssize_t count = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0) {
      if (errno == EINTR) continue;
      throw system_error(errno, "cannot read", path);
    }
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

void write_new_file(const std::string &path, ByteView bytes) {
  auto folder = std::filesystem::path(path).parent_path().native();
  if (folder.empty()) folder = ".";
  if (Descriptor unnamed(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666)); unnamed) {
    write_all(unnamed.get(), bytes, path);
    auto itself = "/proc/self/fd/" + std::to_string(unnamed.get());
    if (::linkat(AT_FDCWD, itself.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
    if (errno != ENOENT) throw system_error(errno, "cannot be made", path);
  }
  // Where the file system has no unnamed files.
  Descriptor named(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!named) throw system_error(errno, "cannot be made", path);
  try {
    write_all(named.get(), bytes, path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

NewFile create_beside(const std::string &target) {
  auto folder = std::filesystem::path(target).parent_path().native();
  if (folder.empty()) folder = ".";
  static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string path = folder + "/.kalon-";
    for (int i = 0; i < 12; ++i) path += digits[random() % 36];
    // Not mkstemp: its files are closed to others, and asking for the umask would change it for other threads.
    int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return {descriptor, std::move(path)};
    if (errno != EEXIST) break;
  }
  throw system_error(errno, "cannot write into its folder", target);
}

std::string replaceable(const std::string &path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return path;
  std::string target = path;
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    target = std::filesystem::canonical(path, error).native();
    if (error || ::stat(target.c_str(), &status) != 0)
      throw Error(Status::invalid_argument, "is a link that leads nowhere; remove it, or name another file", path);
  }
  // A folder is told by whoever tries to replace it.
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
    throw Error(Status::invalid_argument, "is no regular file, and is not replaced; name another file", path);
  return target;
}

void write_file_atomically(const std::string &given, ByteView bytes) {
  auto path = replaceable(given);
  auto made = create_beside(path);
  Descriptor file(made.descriptor);
  try {
    write_all(file.get(), bytes, path);
    if (::fsync(file.get()) != 0) throw system_error(errno, "cannot write", path);
    if (::rename(made.path.c_str(), path.c_str()) != 0) throw system_error(errno, "cannot replace", path);
  } catch (...) {
    ::unlink(made.path.c_str());
    throw;
  }
  Descriptor parent(::open(std::filesystem::path(made.path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() >= 0) ::fsync(parent.get());
}

std::filesystem::path folder_of_code(const void *function) {
  Dl_info info{};
  if (!dladdr(function, &info) || !info.dli_fname)
    throw Error(Status::internal, "cannot tell where the engine's own file lies");
  return std::filesystem::weakly_canonical(info.dli_fname).parent_path();
}

std::filesystem::path user_data_folder() {
  // Relative values are to be ignored, says the XDG base directory specification.
  if (const char *data = std::getenv("XDG_DATA_HOME"); data && data[0] == '/')
    return std::filesystem::path(data) / "kalon";
  if (const char *home = std::getenv("HOME"); home && home[0] == '/')
    return std::filesystem::path(home) / ".local/share/kalon";
  throw Error(Status::invalid_argument, "neither XDG_DATA_HOME nor HOME names a folder; name a library with --library");
}

}  // namespace kalon
