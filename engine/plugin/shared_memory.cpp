#include "plugin/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace kalon {

SharedMemory::SharedMemory(size_t bytes) : size_(bytes) {
  descriptor_ = ::memfd_create("kalon", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor_ < 0) throw system_error(errno, "cannot make shared memory", "");
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0 || ::fcntl(descriptor_, F_ADD_SEALS, seals) != 0) {
    int failure = errno;
    ::close(descriptor_);
    throw system_error(failure, "cannot make shared memory", "");
  }
  map();
}

SharedMemory::SharedMemory(int descriptor, size_t bytes) : descriptor_(descriptor), size_(bytes) {
  struct stat stat {};
  int seals = ::fcntl(descriptor_, F_GET_SEALS);
  if (seals < 0 || !(seals & F_SEAL_SHRINK) || ::fstat(descriptor_, &stat) != 0 ||
      static_cast<uint64_t>(stat.st_size) < bytes) {
    ::close(descriptor_);
    throw Error(Status::invalid_argument, "shared memory that is not as large as it should be, or may shrink");
  }
  map();
}

void SharedMemory::map() {
  void *mapped = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
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
  ::close(descriptor_);
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
