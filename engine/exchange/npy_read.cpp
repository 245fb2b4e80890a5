#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

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

// Sets data to where the values begin.
Header read_header(const InputFile &file, uint64_t &data) {
  uint8_t start[12] = {};
  static constexpr char magic[] = "\x93NUMPY";
  if (file.size() < 10) throw Error(Status::corrupt_data, "is no .npy file: too short", file.name());
  file.read_at(0, start, 10);
  if (std::memcmp(start, magic, 6) != 0)
    throw Error(Status::corrupt_data, "is no .npy file (write one with numpy.save)", file.name());
  if (start[6] < 1 || start[6] > 3)
    throw Error(
        Status::unsupported,
        "is .npy format " + std::to_string(start[6]) + "." + std::to_string(start[7]) + "; 1.0 to 3.0 can be read",
        file.name());
  size_t size_bytes = start[6] == 1 ? 2 : 4;
  if (size_bytes == 4) file.read_at(10, start + 10, 2);
  uint32_t size = 0;
  std::memcpy(&size, start + 8, size_bytes);
  data = 8 + size_bytes + size;
  if (size > max_header_bytes || data > file.size())
    throw Error(Status::corrupt_data, "is no .npy file: its header claims " + std::to_string(size) + " bytes",
                file.name());
  std::string text(size, '\0');
  file.read_at(8 + size_bytes, text.data(), text.size());
  return HeaderParser(text, file.name()).parse();
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

NpyReader::NpyReader(const std::string &path) : file_(path) {
  auto header = read_header(file_, data_);
  width_ = bytes_of_type(header.type, file_.name());
  auto shape = header.shape_text.substr(0, 80);
  if (header.shape.size() != 2)
    throw Error(Status::unsupported, "has the shape " + shape + "; N x D (one row a picture) is needed", file_.name());
  rows_ = header.shape[0];
  dimension_ = header.shape[1];
  fortran_order_ = header.fortran_order;
  if (dimension_ == 0) throw Error(Status::unsupported, "has rows without values", file_.name());
  if (rows_ > std::numeric_limits<int64_t>::max() / 8 / dimension_)
    throw Error(Status::limit_exceeded, "has the shape " + shape + ", which no file can hold", file_.name());
  auto promised = static_cast<uint64_t>(rows_) * static_cast<uint64_t>(dimension_) * width_;
  if (file_.size() - data_ < promised)
    throw Error(Status::corrupt_data,
                "is cut short: its header promises " + std::to_string(promised) + " bytes of data, " +
                    std::to_string(file_.size() - data_) + " are there",
                file_.name());
}

void NpyReader::convert(const uint8_t *from, size_t count, float *out, size_t stride) const {
  if (width_ == 4 && stride == 1) {
    std::memcpy(out, from, count * 4);
    return;
  }
  for (size_t i = 0; i < count; ++i) out[i * stride] = value_at(from + i * width_, width_);
}

void NpyReader::read(int64_t first, int64_t count, float *out) {
  if (first < 0 || count < 0 || first > rows_ || count > rows_ - first)
    throw Error(Status::invalid_argument, "has no such rows", file_.name());
  auto values = [&](uint64_t from, size_t length, float *to, size_t stride) {
    chunk_.resize(chunk_bytes);
    while (length > 0) {
      size_t some = std::min(length, chunk_bytes / width_);
      file_.read_at(data_ + from * width_, chunk_.data(), some * width_);
      convert(chunk_.data(), some, to, stride);
      from += some;
      to += some * stride;
      length -= some;
    }
  };
  auto start = static_cast<uint64_t>(first), dimension = static_cast<uint64_t>(dimension_);
  auto length = static_cast<size_t>(count);
  if (length == 0) return;  // out may be null then
  if (!fortran_order_) return values(start * dimension, length * dimension, out, 1);
  for (uint64_t column = 0; column < dimension; ++column)
    values(column * static_cast<uint64_t>(rows_) + start, length, out + column, dimension);
}

VectorTable read_npy(const std::string &path) {
  NpyReader reader(path);
  VectorTable table{reader.rows(), reader.dimension(), {}};
  if (table.rows > max_values / table.dimension)
    throw Error(Status::limit_exceeded,
                "has " + std::to_string(table.rows) + (table.rows == 1 ? " row of " : " rows of ") +
                    std::to_string(table.dimension) + " values; at most 2^31 values can be read at once",
                display_text(path));
  table.values.resize(static_cast<size_t>(table.rows * table.dimension));
  reader.read(0, table.rows, table.values.data());
  auto bad = std::find_if(table.values.begin(), table.values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != table.values.end())
    throw Error(Status::corrupt_data,
                "row " + std::to_string((bad - table.values.begin()) / table.dimension) +
                    " (counted from 0) holds a value that is not finite",
                display_text(path));
  return table;
}

}  // namespace kalon
