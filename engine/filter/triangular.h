#pragma once
// Cholesky factors, and rows multiplied by matrices.

#include <optional>
#include <span>
#include <vector>

#include "filter/panel_product.h"
#include "index/neighbours.h"

namespace kalon {

// The upper triangular U (dimension x dimension, row-major) with inverse(covariance) = U Uᵀ, and the logarithm of its
// determinant: |xᵀ U|² is a squared Mahalanobis distance. Nothing when the covariance is not positive definite. [any]
struct PrecisionFactor {
  std::vector<double> upper;
  double log_determinant = 0;
};
std::optional<PrecisionFactor> precision_factor(std::span<const double> covariance, int64_t dimension);

// A matrix packed for products with many rows.
class PackedMatrix {
 public:
  // values: depth x columns, row-major. upper: what lies below the diagonal is taken for zero.
  PackedMatrix(std::span<const double> values, int64_t depth, int64_t columns, bool upper);
  int64_t columns() const { return columns_; }

 private:
  friend class PackedRows;
  int64_t depth_, columns_;
  bool upper_;
  PanelBuffer panels_;
};

// Some rows, less a shift, packed for products with matrices. One thread at a time.
class PackedRows {
 public:
  static constexpr int64_t most = 192;  // rows

  explicit PackedRows(int64_t dimension) : dimension_(dimension), panels_(most * dimension) {}
  // Rows [first, first + count) of the matrix, count at most `most`; shift: dimension values.
  void pack(MatrixView rows, int64_t first, int64_t count, const double *shift);
  // out[r * stride] = the squared norm of (row r · matrix - offset); offset: columns() values, null: 0.
  void squared_norms(const PackedMatrix &matrix, const double *offset, double *out, int64_t stride) const;
  // out (count x columns) = rows · matrix.
  void multiply(const PackedMatrix &matrix, double *out) const;

 private:
  template <class Use>
  void products(const PackedMatrix &matrix, Use use) const;
  int64_t dimension_, count_ = 0;
  PanelBuffer panels_;
};

}  // namespace kalon
