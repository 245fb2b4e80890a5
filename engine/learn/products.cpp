#include "learn/products.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/cpu.h"
#include "base/threads.h"

namespace kalon {
namespace {

// Unaligned vectors of eight; the compiler splits them where the processor has narrower ones.
using Double8 = double __attribute__((vector_size(64), aligned(8), may_alias));
using Float8 = float __attribute__((vector_size(32), aligned(4), may_alias));

constexpr int64_t wide = 16;         // columns that a kernel takes at a time
constexpr int64_t part_rows = 1024;  // rows of a part, whatever the number of threads
constexpr int64_t gram_rows = 128, gram_tile = 16;

KALON_MULTIVERSION void multiply_one(const float *rows, int64_t count, int64_t dimension, const double *right,
                                     double *out) {
  int64_t whole = dimension / 8 * 8;
  for (int64_t r = 0; r < count; ++r) {
    const float *row = rows + r * dimension;
    Double8 sum = {};
    for (int64_t j = 0; j < whole; j += 8)
      sum += __builtin_convertvector(*reinterpret_cast<const Float8 *>(row + j), Double8) *
             *reinterpret_cast<const Double8 *>(right + j);
    double rest = 0;
    for (int64_t j = whole; j < dimension; ++j) rest += static_cast<double>(row[j]) * right[j];
    for (int lane = 0; lane < 8; ++lane) rest += sum[lane];
    out[r] = rest;
  }
}

// right: dimension x 16, out: count x 16.
KALON_MULTIVERSION void multiply_wide(const float *rows, int64_t count, int64_t dimension, const double *right,
                                      double *out) {
  for (int64_t r = 0; r < count; r += 4) {
    int64_t last = count - 1 - r;
    const float *row0 = rows + r * dimension, *row1 = row0 + std::min<int64_t>(1, last) * dimension,
                *row2 = row0 + std::min<int64_t>(2, last) * dimension,
                *row3 = row0 + std::min<int64_t>(3, last) * dimension;
    Double8 sums[4][2] = {};
    for (int64_t j = 0; j < dimension; ++j) {
      auto *pair = reinterpret_cast<const Double8 *>(right + j * wide);
      Double8 first = pair[0], second = pair[1];
      double value0 = static_cast<double>(row0[j]), value1 = static_cast<double>(row1[j]),
             value2 = static_cast<double>(row2[j]), value3 = static_cast<double>(row3[j]);
      sums[0][0] += value0 * first, sums[0][1] += value0 * second;
      sums[1][0] += value1 * first, sums[1][1] += value1 * second;
      sums[2][0] += value2 * first, sums[2][1] += value2 * second;
      sums[3][0] += value3 * first, sums[3][1] += value3 * second;
    }
    for (int64_t k = 0; k <= std::min<int64_t>(3, last); ++k)
      std::memcpy(out + (r + k) * wide, sums[k], wide * sizeof(double));
  }
}

KALON_MULTIVERSION void transposed_one(const float *rows, int64_t count, int64_t dimension, const double *right,
                                       double *__restrict out) {
  int64_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const float *row0 = rows + r * dimension, *row1 = row0 + dimension, *row2 = row1 + dimension,
                *row3 = row2 + dimension;
    double b0 = right[r], b1 = right[r + 1], b2 = right[r + 2], b3 = right[r + 3];
    for (int64_t j = 0; j < dimension; ++j)
      out[j] += b0 * static_cast<double>(row0[j]) + b1 * static_cast<double>(row1[j]) +
                b2 * static_cast<double>(row2[j]) + b3 * static_cast<double>(row3[j]);
  }
  for (; r < count; ++r)
    for (int64_t j = 0; j < dimension; ++j) out[j] += right[r] * static_cast<double>(rows[r * dimension + j]);
}

// right: count x 16, out: dimension x 16.
KALON_MULTIVERSION void transposed_wide(const float *rows, int64_t count, int64_t dimension, const double *right,
                                        double *out) {
  for (int64_t r = 0; r < count; r += 4) {
    int64_t here = std::min<int64_t>(4, count - r);
    Double8 b[4][2] = {};
    std::memcpy(b, right + r * wide, static_cast<size_t>(here * wide) * sizeof(double));
    int64_t last = here - 1;
    const float *row0 = rows + r * dimension, *row1 = row0 + std::min<int64_t>(1, last) * dimension,
                *row2 = row0 + std::min<int64_t>(2, last) * dimension,
                *row3 = row0 + std::min<int64_t>(3, last) * dimension;
    for (int64_t j = 0; j < dimension; ++j) {
      auto *pair = reinterpret_cast<Double8 *>(out + j * wide);
      double value0 = static_cast<double>(row0[j]), value1 = static_cast<double>(row1[j]),
             value2 = static_cast<double>(row2[j]), value3 = static_cast<double>(row3[j]);
      pair[0] += value0 * b[0][0] + value1 * b[1][0] + value2 * b[2][0] + value3 * b[3][0];
      pair[1] += value0 * b[0][1] + value1 * b[1][1] + value2 * b[2][1] + value3 * b[3][1];
    }
  }
}

// out (16 x 16 at a stride) += leftᵀ · right of panels depth x 16.
KALON_MULTIVERSION void add_tile(const double *left, const double *right, int64_t depth, double *out, int64_t stride) {
  for (int64_t i = 0; i < gram_tile; i += 4) {
    Double8 sums[4][2] = {};
    for (int64_t k = 0; k < depth; ++k) {
      auto *pair = reinterpret_cast<const Double8 *>(right + k * gram_tile);
      Double8 first = pair[0], second = pair[1];
      const double *values = left + k * gram_tile + i;
      for (int row = 0; row < 4; ++row) {
        sums[row][0] += values[row] * first;
        sums[row][1] += values[row] * second;
      }
    }
    for (int row = 0; row < 4; ++row) {
      auto *pair = reinterpret_cast<Double8 *>(out + (i + row) * stride);
      pair[0] += sums[row][0];
      pair[1] += sums[row][1];
    }
  }
}

int64_t parts_of(int64_t rows) {
  return (rows + part_rows - 1) / part_rows;
}

// Sums over rows in a number of shares that the number of rows alone decides.
void add_shares(int64_t rows, int64_t width, const std::function<void(int64_t, int64_t, double *)> &add, double *out) {
  int64_t shares = std::clamp<int64_t>(parts_of(rows), 1,
                                       std::clamp<int64_t>((int64_t{1} << 22) / std::max<int64_t>(1, width), 2, 16)),
          each = (rows + shares - 1) / shares;
  std::vector<std::vector<double>> sums(static_cast<size_t>(shares));
  parallel_for(shares, [&](int64_t share) {
    auto &sum = sums[static_cast<size_t>(share)];
    sum.assign(static_cast<size_t>(width), 0);
    int64_t first = share * each;
    add(first, std::clamp<int64_t>(rows - first, 0, each), sum.data());
  });
  std::fill_n(out, width, 0.0);
  for (const auto &sum : sums)
    for (int64_t i = 0; i < width; ++i) out[i] += sum[static_cast<size_t>(i)];
}

}  // namespace

void multiply(MatrixView matrix, const double *right, int64_t columns, double *out) {
  int64_t dimension = matrix.dimension;
  if (columns == 1) {
    parallel_for(parts_of(matrix.rows), [&](int64_t part) {
      int64_t first = part * part_rows;
      multiply_one(matrix.row(first), std::min(part_rows, matrix.rows - first), dimension, right, out + first);
    });
    return;
  }
  for (int64_t column = 0; column < columns; column += wide) {
    int64_t here = std::min(wide, columns - column);
    std::vector<double> block(static_cast<size_t>(dimension * wide));
    for (int64_t j = 0; j < dimension; ++j) std::copy_n(right + j * columns + column, here, block.data() + j * wide);
    parallel_for(parts_of(matrix.rows), [&](int64_t part) {
      int64_t first = part * part_rows, count = std::min(part_rows, matrix.rows - first);
      std::vector<double> values(static_cast<size_t>(count * wide));
      multiply_wide(matrix.row(first), count, dimension, block.data(), values.data());
      for (int64_t r = 0; r < count; ++r)
        std::copy_n(values.data() + r * wide, here, out + (first + r) * columns + column);
    });
  }
}

void multiply_transposed(MatrixView matrix, const double *right, int64_t columns, double *out) {
  int64_t dimension = matrix.dimension;
  if (columns == 1) {
    add_shares(
        matrix.rows, dimension,
        [&](int64_t first, int64_t count, double *sum) {
          transposed_one(matrix.row(first), count, dimension, right + first, sum);
        },
        out);
    return;
  }
  std::vector<double> block(static_cast<size_t>(dimension * wide));
  for (int64_t column = 0; column < columns; column += wide) {
    int64_t here = std::min(wide, columns - column);
    add_shares(
        matrix.rows, dimension * wide,
        [&](int64_t first, int64_t count, double *sum) {
          std::vector<double> values(static_cast<size_t>(std::min(count, part_rows) * wide));
          for (int64_t start = first; start < first + count; start += part_rows) {
            int64_t some = std::min(part_rows, first + count - start);
            for (int64_t r = 0; r < some; ++r)
              std::copy_n(right + (start + r) * columns + column, here, values.data() + r * wide);
            transposed_wide(matrix.row(start), some, dimension, values.data(), sum);
          }
        },
        block.data());
    for (int64_t j = 0; j < dimension; ++j) std::copy_n(block.data() + j * wide, here, out + j * columns + column);
  }
}

std::vector<double> weighted_gram(MatrixView matrix, std::span<const double> weights) {
  int64_t dimension = matrix.dimension, tiles = (dimension + gram_tile - 1) / gram_tile, padded = tiles * gram_tile;
  std::vector<double> sum(static_cast<size_t>(padded * padded));
  add_shares(
      matrix.rows, padded * padded,
      [&](int64_t first, int64_t count, double *out) {
        // Panels of 16 columns each, one after another; what is beyond the dimension stays zero.
        std::vector<double> left(static_cast<size_t>(gram_rows * padded)), right(left.size());
        for (int64_t start = first; start < first + count; start += gram_rows) {
          int64_t depth = std::min(gram_rows, first + count - start);
          for (int64_t r = 0; r < depth; ++r) {
            const float *row = matrix.row(start + r);
            double weight = weights.empty() ? 1 : weights[static_cast<size_t>(start + r)];
            for (int64_t j = 0; j < dimension; ++j) {
              auto place = static_cast<size_t>(((j / gram_tile) * depth + r) * gram_tile + j % gram_tile);
              right[place] = static_cast<double>(row[j]);
              left[place] = weight * right[place];
            }
            for (int64_t j = dimension; j < padded; ++j) {
              auto place = static_cast<size_t>(((j / gram_tile) * depth + r) * gram_tile + j % gram_tile);
              left[place] = right[place] = 0;
            }
          }
          for (int64_t i = 0; i < tiles; ++i)
            for (int64_t j = i; j < tiles; ++j)
              add_tile(left.data() + i * depth * gram_tile, right.data() + j * depth * gram_tile, depth,
                       out + i * gram_tile * padded + j * gram_tile, padded);
        }
      },
      sum.data());
  std::vector<double> gram(static_cast<size_t>(dimension * dimension));
  for (int64_t i = 0; i < dimension; ++i)
    for (int64_t j = i; j < dimension; ++j)
      gram[static_cast<size_t>(i * dimension + j)] = gram[static_cast<size_t>(j * dimension + i)] =
          sum[static_cast<size_t>(i * padded + j)];
  return gram;
}

}  // namespace kalon
