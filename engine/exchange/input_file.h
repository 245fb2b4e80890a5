#pragma once
// Files that come in, read by position or in order; never mapped, because a file that shrinks meanwhile must be an
// error and not a signal.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace kalon {

// A regular file. Not for several threads at once.
class InputFile {
 public:
  explicit InputFile(const std::string &path);  // not_found, io, invalid_argument for what is no regular file

  uint64_t size() const { return size_; }  // when it was opened
  const std::string &name() const { return name_; }

  // Exactly count bytes; corrupt_data when the file ends before.
  void read_at(uint64_t offset, void *target, size_t count) const;
  // Up to count bytes, 0 behind the end.
  size_t read_some(uint64_t offset, void *target, size_t count) const;

 private:
  std::string name_;  // for messages
  Descriptor descriptor_;
  uint64_t size_ = 0;
};

// The bytes of a text file in order, with the number of the line. A byte order mark of UTF-8 is passed over; a file
// that begins as UTF-16 does, with a mark or with letters of ASCII, is unsupported.
class TextInput {
 public:
  explicit TextInput(const std::string &path);

  const std::string &name() const { return file_.name(); }
  // The next byte, or -1 at the end.
  int get() {
    if (at_ == end_ && !refill()) return -1;
    uint8_t byte = buffer_[at_++];
    // Lines end with LF, CR LF or CR.
    if (byte == '\n' ? previous_ != '\r' : byte == '\r') ++line_;
    previous_ = byte;
    return byte;
  }
  // The byte that get() will give, or -1.
  int peek() { return at_ == end_ && !refill() ? -1 : buffer_[at_]; }
  // Up to count bytes from the beginning of what is left, without taking them; at most the buffer's size.
  std::string_view ahead(size_t count);

  uint64_t line() const { return line_; }  // of the next byte, from 1

  static constexpr size_t buffer_bytes = size_t{1} << 18;

 private:
  bool refill();

  InputFile file_;
  Bytes buffer_;
  uint64_t offset_ = 0;  // of the buffer's end in the file
  size_t at_ = 0, end_ = 0;
  uint64_t line_ = 1;
  uint8_t previous_ = 0;
};

}  // namespace kalon
