#pragma once
// NumPy's .npy files (format 1.0 to 3.0) of two dimensions.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "exchange/input_file.h"

namespace kalon {

struct VectorTable {
  int64_t rows = 0, dimension = 0;
  std::vector<float> values;  // rows x dimension
};

// float16, float32 or float64, little-endian, C or Fortran order, N x D. Throws corrupt_data, unsupported (says which
// type was met), limit_exceeded above 2^31 values; non-finite values are corrupt_data naming the row. [worker]
VectorTable read_npy(const std::string &path);

// The same files in blocks of rows, however large they are. [worker]
class NpyReader {
 public:
  explicit NpyReader(const std::string &path);  // throws as read_npy, except for values
  int64_t rows() const { return rows_; }
  int64_t dimension() const { return dimension_; }
  // Rows first..first+count-1 into out, count x dimension. Values are not looked at; those of float64 that no float32
  // can hold are infinite.
  void read(int64_t first, int64_t count, float *out);

 private:
  void convert(const uint8_t *from, size_t count, float *out, size_t stride) const;

  InputFile file_;
  uint64_t data_ = 0;  // offset of the first value
  size_t width_ = 0;   // bytes of a value
  bool fortran_order_ = false;
  int64_t rows_ = 0, dimension_ = 0;
  Bytes chunk_;
};

// Streams an N x D float32 or float16 array into a file that appears under its name only when finish() succeeds. A file
// of that name is replaced then. Values must be finite, and within +-65504 for float16: invalid_argument names the row.
// [worker]
class NpyWriter {
 public:
  NpyWriter(std::string path, int64_t dimension, bool half_precision);
  ~NpyWriter();  // without finish(): nothing stays
  NpyWriter(const NpyWriter &) = delete;
  NpyWriter &operator=(const NpyWriter &) = delete;
  void add(const float *rows, int64_t count);
  void finish();

 private:
  void flush();

  std::string path_, temporary_;
  int descriptor_ = -1;
  Bytes buffer_;
  int64_t dimension_, rows_ = 0;
  bool half_precision_;
};

}  // namespace kalon
