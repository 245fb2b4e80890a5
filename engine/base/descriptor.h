#pragma once
// A file descriptor that closes itself.

#include <unistd.h>

namespace kalon {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}  // -1: none
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

}  // namespace kalon
