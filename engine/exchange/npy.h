#pragma once
// NumPy's .npy files (format 1.0 to 3.0) of two dimensions.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kalon {

struct VectorTable {
  int64_t rows = 0, dimension = 0;
  std::vector<float> values;  // rows x dimension
};

// float16, float32 or float64, little-endian, C or Fortran order, N x D. Throws corrupt_data, unsupported (says which
// type was met), limit_exceeded; non-finite values are corrupt_data naming the row. [worker]
VectorTable read_npy(const std::string &path);

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
