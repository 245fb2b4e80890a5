#pragma once
// Memory that the engine shares with one worker process.

#include <cstddef>
#include <cstdint>

namespace kalon {

// An anonymous file of fixed size, mapped. Its size is sealed: neither side can take pages from under the other.
class SharedMemory {
 public:
  enum class Access { read, write };

  SharedMemory() = default;
  explicit SharedMemory(size_t bytes);  // zeros; throws out_of_memory, io [any]
  // One that came as a descriptor, which it takes over. Throws invalid_argument when it is not as large, or may shrink.
  SharedMemory(int descriptor, size_t bytes, Access access);
  ~SharedMemory();
  SharedMemory(SharedMemory &&other) noexcept;
  SharedMemory &operator=(SharedMemory &&other) noexcept;

  uint8_t *data() const { return data_; }
  size_t size() const { return size_; }
  int descriptor() const { return descriptor_; }
  // Once it was sent and nobody else is to have it: a process has few descriptors.
  void close_descriptor();
  explicit operator bool() const { return data_ != nullptr; }

 private:
  void map(Access access);

  int descriptor_ = -1;
  size_t size_ = 0;
  uint8_t *data_ = nullptr;
};

}  // namespace kalon
