#include "filter/triangular.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/cpu.h"

namespace kalon {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

KALON_MULTIVERSION void interleave(const float *const *four, const double *shift, int64_t dimension, double *to) {
  const float *a = four[0], *b = four[1], *c = four[2], *d = four[3];
  for (int64_t k = 0; k < dimension; ++k) {
    to[left_panel * k] = a[k] - shift[k];
    to[left_panel * k + 1] = b[k] - shift[k];
    to[left_panel * k + 2] = c[k] - shift[k];
    to[left_panel * k + 3] = d[k] - shift[k];
  }
}

int64_t panels_of(int64_t count, int64_t width) {
  return (count + width - 1) / width;
}

}  // namespace

std::optional<PrecisionFactor> precision_factor(std::span<const double> covariance, int64_t dimension) {
  Eigen::LLT<Matrix> factor(Eigen::Map<const Matrix>(covariance.data(), dimension, dimension));
  if (factor.info() != Eigen::Success) return std::nullopt;
  auto diagonal = factor.matrixLLT().diagonal();
  // A pivot of nothing but rounding errors passes for positive half of the time.
  double rounding = 8 * static_cast<double>(dimension) * std::numeric_limits<double>::epsilon();
  for (int64_t i = 0; i < dimension; ++i)
    if (!(diagonal[i] * diagonal[i] > rounding * covariance[static_cast<size_t>(i * (dimension + 1))]))
      return std::nullopt;
  PrecisionFactor result;
  result.log_determinant = -diagonal.array().log().sum();
  // covariance = L Lᵀ, so that its inverse is (L⁻ᵀ)(L⁻ᵀ)ᵀ.
  Matrix inverse = Matrix::Identity(dimension, dimension);
  factor.matrixL().solveInPlace(inverse);
  result.upper.resize(static_cast<size_t>(dimension * dimension));
  Eigen::Map<Matrix>(result.upper.data(), dimension, dimension) = inverse.transpose();
  return result;
}

PackedMatrix::PackedMatrix(std::span<const double> values, int64_t depth, int64_t columns, bool upper)
    : depth_(depth), columns_(columns), upper_(upper), panels_(panels_of(columns, right_panel) * right_panel * depth) {
  for (int64_t first = 0; first < columns; first += right_panel)
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t j = 0; j < right_panel; ++j) {
        bool inside = first + j < columns && !(upper && k > first + j);
        panels_.data()[first * depth + k * right_panel + j] =
            inside ? values[static_cast<size_t>(k * columns + first + j)] : 0;
      }
}

void PackedRows::pack(MatrixView rows, int64_t first, int64_t count, const double *shift) {
  count_ = count;
  for (int64_t r = 0; r < count; r += left_panel) {
    // Places without a row are filled with the last one, and their results passed over.
    const float *four[left_panel];
    for (int64_t i = 0; i < left_panel; ++i) four[i] = rows.row(first + std::min(r + i, count - 1));
    interleave(four, shift, dimension_, panels_.data() + r * dimension_);
  }
}

// use(row, column, product) for each 4 x 16 piece of rows · matrix.
template <class Use>
void PackedRows::products(const PackedMatrix &matrix, Use use) const {
  alignas(64) double product[left_panel * right_panel];
  for (int64_t column = 0; column < matrix.columns_; column += right_panel) {
    int64_t depth = matrix.upper_ ? std::min(dimension_, column + right_panel) : dimension_;
    for (int64_t row = 0; row < count_; row += left_panel) {
      panel_product(panels_.data() + row * dimension_, matrix.panels_.data() + column * matrix.depth_, depth, product);
      use(row, column, product);
    }
  }
}

void PackedRows::squared_norms(const PackedMatrix &matrix, const double *offset, double *out, int64_t stride) const {
  for (int64_t r = 0; r < count_; ++r) out[r * stride] = 0;
  products(matrix, [&](int64_t row, int64_t column, const double *product) {
    double shift[right_panel] = {};
    if (offset != nullptr) std::copy(offset + column, offset + std::min(column + right_panel, matrix.columns_), shift);
    for (int64_t i = 0; i < std::min(left_panel, count_ - row); ++i) {
      double sum = 0;
      for (int64_t j = 0; j < right_panel; ++j) {
        double value = product[i * right_panel + j] - shift[j];
        sum += value * value;
      }
      out[(row + i) * stride] += sum;
    }
  });
}

void PackedRows::multiply(const PackedMatrix &matrix, double *out) const {
  products(matrix, [&](int64_t row, int64_t column, const double *product) {
    for (int64_t i = 0; i < std::min(left_panel, count_ - row); ++i)
      std::copy_n(product + i * right_panel, std::min(right_panel, matrix.columns_ - column),
                  out + (row + i) * matrix.columns_ + column);
  });
}

}  // namespace kalon
