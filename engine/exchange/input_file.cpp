#include "exchange/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace kalon {

InputFile::InputFile(const std::string &path)
    : name_(display_text(path)),
      // O_NONBLOCK: opening a FIFO must not wait for a writer.
      descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!descriptor_) throw system_error(errno, "cannot open", name_);
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0) throw system_error(errno, "cannot be looked at", name_);
  if (!S_ISREG(status.st_mode)) throw Error(Status::invalid_argument, "is not a regular file", name_);
  size_ = static_cast<uint64_t>(status.st_size);
}

size_t InputFile::read_some(uint64_t offset, void *target, size_t count) const {
  for (;;) {
    ssize_t got = ::pread(descriptor_.get(), target, count, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw system_error(errno, "cannot read", name_);
  }
}

void InputFile::read_at(uint64_t offset, void *target, size_t count) const {
  auto *at = static_cast<uint8_t *>(target);
  while (count > 0) {
    size_t got = read_some(offset, at, count);
    if (got == 0) throw Error(Status::corrupt_data, "ends before its data does", name_);
    at += got;
    offset += got;
    count -= got;
  }
}

TextInput::TextInput(const std::string &path) : file_(path), buffer_(buffer_bytes) {
  auto start = ahead(4);
  // Letters of ASCII are half NUL there, with or without a mark before them.
  auto letter_at = [&](size_t i) { return start[i] != '\0' && start[i ^ 1] == '\0'; };
  bool half_nul = start.size() == 4 && ((letter_at(0) && letter_at(2)) || (letter_at(1) && letter_at(3)));
  if (half_nul || start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff"))
    throw Error(Status::unsupported, "is text in UTF-16; save it as UTF-8", name());
  if (start.starts_with("\xef\xbb\xbf")) at_ += 3;
}

bool TextInput::refill() {
  at_ = 0;
  end_ = file_.read_some(offset_, buffer_.data(), buffer_.size());
  offset_ += end_;
  return end_ > 0;
}

std::string_view TextInput::ahead(size_t count) {
  count = std::min(count, buffer_.size());
  if (end_ - at_ < count) {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
    while (end_ < count) {
      size_t got = file_.read_some(offset_, buffer_.data() + end_, buffer_.size() - end_);
      if (got == 0) break;
      end_ += got;
      offset_ += got;
    }
  }
  return text_of(ByteView(buffer_).subspan(at_, std::min(count, end_ - at_)));
}

}  // namespace kalon
