#pragma once
// Bytes with nothing behind them: reading one byte too many ends the program, with or without a sanitizer.

#include <sys/mman.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "base/bytes.h"

class Guarded {
 public:
  Guarded() {
    memory_ = ::mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    ::mprotect(static_cast<char *>(memory_) + usable, page, PROT_NONE);
  }
  ~Guarded() { ::munmap(memory_, usable + page); }
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;

  // Valid until the next call.
  kalon::ByteView put(const std::string &bytes) {
    if (bytes.size() > usable) throw std::length_error("an input larger than the guarded memory");
    auto *start = static_cast<uint8_t *>(memory_) + usable - bytes.size();
    std::memcpy(start, bytes.data(), bytes.size());
    return {start, bytes.size()};
  }

 private:
  static constexpr size_t usable = size_t{1} << 20, page = size_t{1} << 16;  // a multiple of every page size
  void *memory_;
};
