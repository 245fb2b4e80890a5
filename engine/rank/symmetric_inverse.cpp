#include "rank/symmetric_inverse.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/cpu.h"
#include "base/random.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr int64_t block = 64, tile_rows = 4, tile_columns = 16;

using Lanes = double __attribute__((vector_size(64), may_alias, aligned(8)));

// out (4 x 16 of rows `stride` apart) -= leftᵀ · right, of left (depth x 4) and right (depth x 16).
KALON_MULTIVERSION void subtract_product(const double *left, const double *right, int64_t depth, double *out,
                                         int64_t stride) {
  Lanes sums[tile_rows][2] = {};
  for (int64_t k = 0; k < depth; ++k) {
    const auto *pair = reinterpret_cast<const Lanes *>(right + k * tile_columns);
    Lanes first = pair[0], second = pair[1];
    for (int row = 0; row < tile_rows; ++row) {
      sums[row][0] += left[k * tile_rows + row] * first;
      sums[row][1] += left[k * tile_rows + row] * second;
    }
  }
  for (int row = 0; row < tile_rows; ++row) {
    auto *pair = reinterpret_cast<Lanes *>(out + row * stride);
    pair[0] -= sums[row][0];
    pair[1] -= sums[row][1];
  }
}

// Inverts a small full matrix of rows `stride` apart, pivot by pivot.
bool invert_block(double *a, int64_t n, int64_t stride) {
  for (int64_t k = 0; k < n; ++k) {
    double *pivot_row = a + k * stride, pivot = pivot_row[k];
    if (!(pivot > 0) || !std::isfinite(pivot)) return false;
    pivot_row[k] = 1;
    for (int64_t j = 0; j < n; ++j) pivot_row[j] /= pivot;
    for (int64_t i = 0; i < n; ++i) {
      if (i == k) continue;
      double factor = a[i * stride + k];
      a[i * stride + k] = 0;
      for (int64_t j = 0; j < n; ++j) a[i * stride + j] -= factor * pivot_row[j];
    }
  }
  return true;
}

int64_t rounded_up(int64_t n, int64_t to) {
  return (n + to - 1) / to * to;
}

// One matrix while it is swept, block column by block column; padded, so that every tile is whole.
class Sweep {
 public:
  Sweep(std::span<double> matrix, int64_t n)
      : matrix_(matrix), n_(n), size_(rounded_up(n, block)), a_(static_cast<size_t>(size_ * size_)) {
    for (int64_t i = 0; i < size_; ++i) {
      if (i < n)
        std::copy_n(matrix.data() + i * n, i + 1, row(i));
      else
        row(i)[i] = 1;
    }
    left_.resize(static_cast<size_t>(size_ * block));
    right_.resize(static_cast<size_t>(size_ * block));
  }

  bool run() {
    for (int64_t first = 0; first < size_; first += block)
      if (!step(first)) return false;
    for (int64_t i = 0; i < n_; ++i)
      for (int64_t j = 0; j <= i; ++j) {
        double value = -row(i)[j];
        if (!std::isfinite(value)) return false;
        matrix_[static_cast<size_t>(i * n_ + j)] = matrix_[static_cast<size_t>(j * n_ + i)] = value;
      }
    return true;
  }

 private:
  double *row(int64_t i) { return a_.data() + i * size_; }

  bool step(int64_t first) {
    double inverse[block * block];
    for (int64_t i = 0; i < block; ++i)
      for (int64_t j = 0; j < block; ++j)
        inverse[i * block + j] = i >= j ? row(first + i)[first + j] : row(first + j)[first + i];
    if (!invert_block(inverse, block, block)) return false;
    auto blocks = size_ / block;
    // The block's columns as they are and times its inverse, packed for the products.
    parallel_for(blocks, [&](int64_t b) {
      if (b * block == first) return;
      pack(b * block, first, inverse);
    });
    parallel_for(blocks, [&](int64_t turn) {
      auto b = blocks - 1 - turn;  // the longest first
      if (b * block != first) update(b * block, first);
    });
    for (int64_t i = 0; i < size_; ++i) {
      if (i >= first && i < first + block) continue;
      for (int64_t k = 0; k < block; ++k) {
        double value = right_[packed(i, k, tile_columns)];
        (i > first ? row(i)[first + k] : row(first + k)[i]) = value;
      }
    }
    for (int64_t i = 0; i < block; ++i)
      for (int64_t j = 0; j <= i; ++j) row(first + i)[first + j] = -inverse[i * block + j];
    return true;
  }

  static size_t packed(int64_t i, int64_t k, int64_t width) {
    return static_cast<size_t>(i / width * width * block + k * width + i % width);
  }

  void pack(int64_t begin, int64_t first, const double *inverse) {
    for (int64_t i = begin; i < begin + block; ++i) {
      double values[block], products[block] = {};
      for (int64_t k = 0; k < block; ++k) values[k] = i > first ? row(i)[first + k] : row(first + k)[i];
      for (int64_t k = 0; k < block; ++k)
        for (int64_t l = 0; l < block; ++l) products[l] += values[k] * inverse[k * block + l];
      for (int64_t k = 0; k < block; ++k) {
        left_[packed(i, k, tile_rows)] = values[k];
        right_[packed(i, k, tile_columns)] = products[k];
      }
    }
  }

  void update(int64_t begin, int64_t first) {
    for (int64_t j = 0; j < begin + block; j += tile_columns) {
      if (j >= first && j < first + block) continue;
      for (int64_t i = begin; i < begin + block; i += tile_rows)
        subtract_product(left_.data() + i * block, right_.data() + j * block, block, row(i) + j, size_);
    }
  }

  std::span<double> matrix_;
  int64_t n_, size_;
  std::vector<double> a_, left_, right_;
};

KALON_MULTIVERSION void subtract_row(double factor, const double *from, double *to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] -= factor * from[i];
}

}  // namespace

bool invert_symmetric(std::span<double> matrix, int64_t n) {
  if (n > block) return Sweep(matrix, n).run();
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < i; ++j) matrix[static_cast<size_t>(j * n + i)] = matrix[static_cast<size_t>(i * n + j)];
  if (!invert_block(matrix.data(), n, n)) return false;
  return std::all_of(matrix.begin(), matrix.begin() + n * n, [](double value) { return std::isfinite(value); });
}

void factor_covariance(std::span<double> covariance, int64_t n) {
  for (int64_t k = 0; k < n; ++k) {
    double *row = covariance.data() + k * n;
    std::fill_n(row, k, 0.0);
    double pivot = row[k] > 0 ? std::sqrt(row[k]) : 0;
    for (int64_t j = k; j < n; ++j) row[j] = pivot > 0 ? row[j] / pivot : 0;
    parallel_for((n - k - 1 + block - 1) / block, [&](int64_t part) {
      auto end = std::min(n, k + 1 + (part + 1) * block);
      for (int64_t i = k + 1 + part * block; i < end; ++i)
        subtract_row(row[i], row + i, covariance.data() + i * n + i, n - i);
    });
  }
}

std::vector<double> normal_draws(std::span<const double> mean, std::span<const double> factor, int64_t count,
                                 uint64_t seed) {
  auto n = static_cast<int64_t>(mean.size());
  bool independent = factor.size() == mean.size();
  std::vector<double> draws(static_cast<size_t>(count * n));
  parallel_for(count, [&](int64_t draw) {
    double *out = draws.data() + draw * n;
    std::copy(mean.begin(), mean.end(), out);
    Random random(seed + static_cast<uint64_t>(draw * (n + 1)) * Random::step);
    double second = 0;
    for (int64_t i = 0; i < n; ++i) {
      // Box and Muller 1958: two at a time.
      double normal = second;
      if (i % 2 == 0) {
        double radius = std::sqrt(-2 * std::log(1 - random.unit())), angle = 2 * std::numbers::pi * random.unit();
        normal = radius * std::cos(angle);
        second = radius * std::sin(angle);
      }
      if (independent)
        out[i] += factor[static_cast<size_t>(i)] * normal;
      else
        subtract_row(-normal, factor.data() + i * n + i, out + i, n - i);
    }
  });
  return draws;
}

}  // namespace kalon
