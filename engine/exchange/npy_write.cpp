#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

#include "base/error.h"
#include "exchange/half.h"
#include "exchange/npy.h"

namespace kalon {
namespace {

// Room for any shape; a multiple of 64, as NumPy aligns its data.
constexpr size_t header_bytes = 192;
constexpr size_t buffer_bytes = size_t{1} << 20;

std::string header_of(int64_t rows, int64_t dimension, bool half_precision) {
  std::string header("\x93NUMPY\x01\x00", 8);
  auto length = static_cast<uint16_t>(header_bytes - 10);
  header += {static_cast<char>(length & 255), static_cast<char>(length >> 8)};
  header += std::string("{'descr': '") + (half_precision ? "<f2" : "<f4") + "', 'fortran_order': False, 'shape': (" +
            std::to_string(rows) + ", " + std::to_string(dimension) + "), }";
  header.resize(header_bytes - 1, ' ');
  return header + '\n';
}

std::string folder_of(const std::string &path) {
  auto folder = std::filesystem::path(path).parent_path().native();
  return folder.empty() ? "." : folder;
}

}  // namespace

NpyWriter::NpyWriter(std::string path, int64_t dimension, bool half_precision)
    : path_(std::move(path)), dimension_(dimension), half_precision_(half_precision) {
  if (dimension < 1) throw Error(Status::invalid_argument, "rows need at least one value", path_);
  std::random_device random;
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_ = folder_of(path_) + "/.kalon-" + std::to_string(random()) + ".npy";
    // Unlike mkstemp, this gives the file the rights that the user's umask asks for.
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || attempt == 100))
      throw system_error(errno, "cannot write into its folder", path_);
  }
  // The place of the header, which is known only at the end.
  buffer_.resize(header_bytes);
}

NpyWriter::~NpyWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void NpyWriter::flush() {
  for (size_t done = 0; done < buffer_.size();) {
    ssize_t written = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error(errno, "cannot write", path_);
    done += static_cast<size_t>(written);
  }
  buffer_.clear();
}

void NpyWriter::add(const float *rows, int64_t count) {
  for (int64_t row = 0; row < count; ++row, ++rows_, rows += dimension_) {
    auto *values = rows;
    for (int64_t i = 0; i < dimension_; ++i) {
      uint16_t half = half_precision_ ? half_from_float(values[i]) : uint16_t{0};
      if (!std::isfinite(values[i]) || (half & 0x7fffu) == 0x7c00u)
        throw Error(Status::invalid_argument,
                    "row " + std::to_string(rows_) + " (counted from 0) holds a value that " +
                        (half_precision_ ? "float16 cannot hold; write float32" : "is not finite"),
                    path_);
      size_t at = buffer_.size(), width = half_precision_ ? sizeof half : sizeof *values;
      buffer_.resize(at + width);
      std::memcpy(buffer_.data() + at, half_precision_ ? static_cast<const void *>(&half) : values + i, width);
    }
    if (buffer_.size() >= buffer_bytes) flush();
  }
}

void NpyWriter::finish() {
  flush();
  auto header = header_of(rows_, dimension_, half_precision_);
  if (::pwrite(descriptor_, header.data(), header.size(), 0) != static_cast<ssize_t>(header.size()) ||
      ::fsync(descriptor_) != 0)
    throw system_error(errno, "cannot write", path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw system_error(errno, "cannot replace", path_);
  ::close(descriptor_);
  descriptor_ = -1;
  int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

}  // namespace kalon
