#include "plugin/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace kalon {
namespace {

constexpr size_t piece = size_t{16} << 20;
constexpr int most_interruptions = 100;

// Memory that the system has promised but cannot give kills whoever touches it first, which would be the engine.
// Returns an errno value.
int make_pages(int descriptor, size_t bytes) {
  // Piece by piece: a signal undoes the piece under way.
  for (size_t at = 0; at < bytes; at += piece)
    for (int i = 0;
         ::fallocate(descriptor, 0, static_cast<off_t>(at), static_cast<off_t>(std::min(piece, bytes - at))) != 0; ++i)
      if (errno != EINTR || i == most_interruptions) return errno == ENOSPC ? ENOMEM : errno;
  return 0;
}

// Never the number of a standard stream that the host program has closed: others would write to it.
int make_file() {
  int made = ::memfd_create("kalon", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0 || made > STDERR_FILENO) return made;
  int moved = ::fcntl(made, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  int failure = errno;
  ::close(made);
  errno = failure;
  return moved;
}

}  // namespace

SharedMemory::SharedMemory(size_t bytes) : size_(bytes) {
  descriptor_ = make_file();
  if (descriptor_ < 0) throw system_error(errno, "cannot make shared memory", "");
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  int failure = ::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0 ? errno : make_pages(descriptor_, bytes);
  if (failure == 0 && ::fcntl(descriptor_, F_ADD_SEALS, seals) != 0) failure = errno;
  if (failure != 0) {
    ::close(descriptor_);
    throw system_error(failure, "cannot make shared memory", "");
  }
  map(Access::write);
}

SharedMemory::SharedMemory(int descriptor, size_t bytes, Access access) : descriptor_(descriptor), size_(bytes) {
  struct stat stat {};
  int seals = ::fcntl(descriptor_, F_GET_SEALS);
  if (seals < 0 || !(seals & F_SEAL_SHRINK) || ::fstat(descriptor_, &stat) != 0 ||
      static_cast<uint64_t>(stat.st_size) < bytes) {
    ::close(descriptor_);
    throw Error(Status::invalid_argument, "shared memory that is not as large as it should be, or may shrink");
  }
  map(access);
}

void SharedMemory::map(Access access) {
  int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  // Its pages are there already: mapped one by one, at first touch, they would take longer than to be copied.
  void *mapped = ::mmap(nullptr, size_, protection, MAP_SHARED | MAP_POPULATE, descriptor_, 0);
  if (mapped == MAP_FAILED) {
    int failure = errno;
    ::close(descriptor_);
    throw system_error(failure, "cannot map shared memory", "");
  }
  data_ = static_cast<uint8_t *>(mapped);
}

SharedMemory::~SharedMemory() {
  if (!data_) return;
  ::munmap(data_, size_);
  close_descriptor();
}

void SharedMemory::close_descriptor() {
  if (int old = std::exchange(descriptor_, -1); old >= 0) ::close(old);
}

SharedMemory::SharedMemory(SharedMemory &&other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(std::exchange(other.size_, 0)),
      data_(std::exchange(other.data_, nullptr)) {}

SharedMemory &SharedMemory::operator=(SharedMemory &&other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(data_, other.data_);
  return *this;
}

}  // namespace kalon
