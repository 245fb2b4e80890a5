#pragma once
// Products of blocks of vectors on one thread: the only place of this room that knows oneDNN.

#include <cstdint>
#include <memory>

namespace kalon {

// True when the processor multiplies bf16 numbers by itself. [any]
bool has_fast_bf16();

// out (rows x columns) = left (rows x depth) · right (columns x depth)ᵀ, all row-major; bf16 or f32 factors, f32 sums.
// One object per thread: its scratch is its own. Create and use it under SingleThreadedOpenMP.
class MatrixProduct {
 public:
  MatrixProduct(int64_t rows, int64_t columns, int64_t depth, bool bf16);
  ~MatrixProduct();
  MatrixProduct(const MatrixProduct &) = delete;
  MatrixProduct &operator=(const MatrixProduct &) = delete;

  // Packs the right factor (uint16_t holding bf16, or float), which serves all products until the next call.
  void load_right(const void *right);
  void multiply(const void *left, float *out);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kalon
