#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "exchange/half.h"
#include "exchange/npy.h"

// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
namespace kalon {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t max_header_bytes = 64 * 1024;
constexpr int64_t max_values = int64_t{1} << 31;
constexpr size_t chunk_bytes = size_t{1} << 20;

class Input {
 public:
  explicit Input(const std::string &path) : path_(path) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) throw system_error(errno, "cannot open", path);
    struct stat status {};
    bool known = ::fstat(descriptor_, &status) == 0;
    if (!known || !S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw Error(Status::invalid_argument, "is not a regular file", path);
    }
    remaining_ = static_cast<uint64_t>(status.st_size);
  }
  ~Input() { ::close(descriptor_); }
  Input(const Input &) = delete;
  Input &operator=(const Input &) = delete;

  uint64_t remaining() const { return remaining_; }

  void read(void *target, size_t count) {
    auto *at = static_cast<uint8_t *>(target);
    while (count > 0) {
      ssize_t got = ::read(descriptor_, at, count);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw system_error(errno, "cannot read", path_);
      if (got == 0) throw Error(Status::corrupt_data, "ends before its data does", path_);
      at += got;
      count -= static_cast<size_t>(got);
      remaining_ -= std::min<uint64_t>(remaining_, static_cast<uint64_t>(got));
    }
  }

 private:
  std::string path_;
  int descriptor_;
  uint64_t remaining_ = 0;
};

struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<int64_t> shape;
  std::string shape_text;
};

// The literal of a Python dictionary with three known keys.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string &path) : rest_(text), path_(path) {}

  Header parse() {
    Header header;
    bool type = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      auto key = quoted();
      expect(':');
      if (key == "descr" && !type) {
        type = true;
        skip_blanks();
        if (rest_.starts_with('['))
          throw Error(Status::unsupported, "holds records of several fields; one array of floats is needed", path_);
        header.type = quoted();
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        read_shape(header);
      } else {
        fail();
      }
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (!rest_.empty() || !type || !order || !shape) fail();
    return header;
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(Status::corrupt_data, "is no .npy file: its header cannot be understood", path_);
  }
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }
  std::string quoted() {
    skip_blanks();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) fail();
    auto end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) fail();
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    skip_blanks();
    for (std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    fail();
  }
  int64_t integer() {
    skip_blanks();
    int64_t value = 0;
    size_t digits = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
      if (value > (std::numeric_limits<int64_t>::max() - 9) / 10) fail();
      value = value * 10 + (rest_[digits++] - '0');
    }
    if (digits == 0) fail();
    rest_.remove_prefix(digits);
    accept('L');  // as Python 2 wrote long integers
    return value;
  }
  void read_shape(Header &header) {
    skip_blanks();
    auto before = rest_;
    expect('(');
    while (!accept(')')) {
      header.shape.push_back(integer());
      if (accept(',')) continue;
      expect(')');
      break;
    }
    header.shape_text = before.substr(0, before.size() - rest_.size());
  }

  std::string_view rest_;
  const std::string &path_;
};

Header read_header(Input &input, const std::string &path) {
  uint8_t start[8];
  static constexpr char magic[] = "\x93NUMPY";
  if (input.remaining() < sizeof start) throw Error(Status::corrupt_data, "is no .npy file: too short", path);
  input.read(start, sizeof start);
  if (std::memcmp(start, magic, 6) != 0)
    throw Error(Status::corrupt_data, "is no .npy file (write one with numpy.save)", path);
  if (start[6] < 1 || start[6] > 3)
    throw Error(
        Status::unsupported,
        "is .npy format " + std::to_string(start[6]) + "." + std::to_string(start[7]) + "; 1.0 to 3.0 can be read",
        path);
  uint8_t size_bytes[4] = {};
  input.read(size_bytes, start[6] == 1 ? 2 : 4);
  uint32_t size;
  std::memcpy(&size, size_bytes, sizeof size);
  if (size > max_header_bytes || size > input.remaining())
    throw Error(Status::corrupt_data, "is no .npy file: its header claims " + std::to_string(size) + " bytes", path);
  std::string text(size, '\0');
  input.read(text.data(), text.size());
  return HeaderParser(text, path).parse();
}

size_t bytes_of_type(const std::string &type, const std::string &path) {
  if (type == "<f2") return 2;
  if (type == "<f4") return 4;
  if (type == "<f8") return 8;
  throw Error(Status::unsupported,
              "holds values of the type '" + display_text(type.substr(0, 40)) +
                  "'; little-endian float16, float32 or float64 is needed (array.astype('<f4'))",
              path);
}

float value_at(const uint8_t *at, size_t width) {
  if (width == 2) {
    uint16_t half;
    std::memcpy(&half, at, 2);
    return float_from_half(half);
  }
  if (width == 4) {
    float value;
    std::memcpy(&value, at, 4);
    return value;
  }
  double value;
  std::memcpy(&value, at, 8);
  return static_cast<float>(value);  // too large ones become infinite and are refused like infinite ones
}

}  // namespace

VectorTable read_npy(const std::string &path) {
  Input input(path);
  auto header = read_header(input, path);
  size_t width = bytes_of_type(header.type, path);
  if (header.shape.size() != 2)
    throw Error(Status::unsupported,
                "has the shape " + header.shape_text.substr(0, 80) + "; N x D (one row a picture) is needed", path);
  VectorTable table;
  table.rows = header.shape[0];
  table.dimension = header.shape[1];
  if (table.dimension == 0) throw Error(Status::unsupported, "has rows without values", path);
  if (table.rows > max_values / table.dimension)
    throw Error(Status::limit_exceeded,
                "has the shape " + header.shape_text.substr(0, 80) + "; at most 2^31 values can be read", path);
  auto count = static_cast<size_t>(table.rows * table.dimension);
  if (input.remaining() < count * width)
    throw Error(Status::corrupt_data,
                "is cut short: its header promises " + std::to_string(count * width) + " bytes of data, " +
                    std::to_string(input.remaining()) + " are there",
                path);
  table.values.resize(count);
  auto rows = static_cast<size_t>(table.rows), dimension = static_cast<size_t>(table.dimension);
  Bytes chunk(std::min(count * width, chunk_bytes));
  for (size_t done = 0; done < count;) {
    size_t values = std::min(count - done, chunk.size() / width);
    input.read(chunk.data(), values * width);
    for (size_t i = 0; i < values; ++i, ++done) {
      size_t row = header.fortran_order ? done % rows : done / dimension;
      size_t target = header.fortran_order ? row * dimension + done / rows : done;
      float value = value_at(chunk.data() + i * width, width);
      if (!std::isfinite(value))
        throw Error(Status::corrupt_data,
                    "row " + std::to_string(row) + " (counted from 0) holds a value that is not finite", path);
      table.values[target] = value;
    }
  }
  return table;
}

}  // namespace kalon
