#include "arrange/grid_axes.h"

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "base/random.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr int64_t most_sampled = 4096;
constexpr int iterations = 8;
constexpr int64_t rows_at_a_time = 256, columns_at_a_time = 64;

// to += factor * from
KALON_MULTIVERSION void add(const float *__restrict from, float factor, int64_t count, float *__restrict to) {
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

// to = (scale row - mean) · axes, where axes are dimension x kept.
KALON_MULTIVERSION void turn(const float *__restrict row, float scale, const float *__restrict mean,
                             const float *__restrict axes, int64_t dimension, int64_t kept, float *__restrict to) {
  std::fill_n(to, kept, 0.0f);
  for (int64_t d = 0; d < dimension; ++d) {
    float value = scale * row[d] - mean[d];
    const float *axis = axes + d * kept;
    for (int64_t k = 0; k < kept; ++k) to[k] += value * axis[k];
  }
}

std::vector<float> turned(MatrixView rows, float scale, const std::vector<float> &mean, const std::vector<float> &axes,
                          int64_t kept, Task &task) {
  std::vector<float> values(static_cast<size_t>(rows.rows * kept));
  parallel_for((rows.rows + rows_at_a_time - 1) / rows_at_a_time, [&](int64_t part) {
    task.throw_if_cancelled();
    for (int64_t r = part * rows_at_a_time; r < std::min(rows.rows, (part + 1) * rows_at_a_time); ++r)
      turn(rows.row(r), scale, mean.data(), axes.data(), rows.dimension, kept, values.data() + r * kept);
  });
  return values;
}

// What brings values that are too large or too small to be squared to about 1; else 1.
float scale_of(MatrixView rows) {
  float largest = 0;
  for (int64_t i = 0; i < rows.rows * rows.dimension; ++i) largest = std::max(largest, std::abs(rows.data[i]));
  return largest == 0 || (largest > 1e-12f && largest < 1e12f) ? 1 : 1 / std::max(largest, 1e-30f);
}

std::vector<float> mean_of(MatrixView rows) {
  std::vector<double> sum(static_cast<size_t>(rows.dimension));
  for (int64_t r = 0; r < rows.rows; ++r)
    for (int64_t d = 0; d < rows.dimension; ++d) sum[static_cast<size_t>(d)] += static_cast<double>(rows.row(r)[d]);
  std::vector<float> mean;
  for (double s : sum) mean.push_back(static_cast<float>(s / static_cast<double>(rows.rows)));
  return mean;
}

// Columns made orthonormal one after the other, twice for the sake of rounding; one that comes to nothing is left 0.
void orthonormalise(std::vector<float> &axes, int64_t dimension, int64_t kept) {
  auto at = [&](int64_t d, int64_t k) -> float & { return axes[static_cast<size_t>(d * kept + k)]; };
  auto product = [&](int64_t a, int64_t b) {
    double sum = 0;
    for (int64_t d = 0; d < dimension; ++d) sum += static_cast<double>(at(d, a)) * static_cast<double>(at(d, b));
    return sum;
  };
  for (int64_t k = 0; k < kept; ++k) {
    double before = std::sqrt(product(k, k));
    for (int pass = 0; pass < 2; ++pass)
      for (int64_t other = 0; other < k; ++other) {
        auto share = static_cast<float>(product(k, other));
        for (int64_t d = 0; d < dimension; ++d) at(d, k) -= share * at(d, other);
      }
    double length = std::sqrt(product(k, k));
    auto scale = length > 1e-5 * before && length > 0 ? static_cast<float>(1 / length) : 0.0f;
    for (int64_t d = 0; d < dimension; ++d) at(d, k) *= scale;
  }
}

// The sample's second moments times the axes: Σ (row - mean) ((row - mean) · axes).
void multiply_by_moments(MatrixView sample, const std::vector<float> &mean, std::vector<float> &axes, int64_t kept,
                         Task &task) {
  auto values = turned(sample, 1, mean, axes, kept, task);
  std::fill(axes.begin(), axes.end(), 0.0f);
  parallel_for((sample.dimension + columns_at_a_time - 1) / columns_at_a_time, [&](int64_t part) {
    task.throw_if_cancelled();
    int64_t begin = part * columns_at_a_time, end = std::min(sample.dimension, begin + columns_at_a_time);
    for (int64_t r = 0; r < sample.rows; ++r)
      for (int64_t d = begin; d < end; ++d)
        add(values.data() + r * kept, sample.row(r)[d] - mean[static_cast<size_t>(d)], kept, axes.data() + d * kept);
  });
}

}  // namespace

AxisValues along_axes(MatrixView vectors, int64_t most, uint64_t seed, Task &task) {
  int64_t kept = std::min(most, vectors.dimension);
  int64_t sampled = std::min(vectors.rows, most_sampled);
  float scale = scale_of(vectors);
  std::vector<float> copied;
  copied.reserve(static_cast<size_t>(sampled * vectors.dimension));
  for (int64_t i = 0; i < sampled; ++i) {
    const float *row = vectors.row(i * vectors.rows / sampled);
    for (int64_t d = 0; d < vectors.dimension; ++d) copied.push_back(scale * row[d]);
  }
  MatrixView sample{copied.data(), sampled, vectors.dimension};
  auto mean = mean_of(sample);
  Random random(seed);
  std::vector<float> axes(static_cast<size_t>(vectors.dimension * kept));
  for (float &value : axes) value = static_cast<float>(random.unit() - 0.5);
  orthonormalise(axes, vectors.dimension, kept);
  for (int i = 0; i < iterations; ++i) {
    multiply_by_moments(sample, mean, axes, kept, task);
    orthonormalise(axes, vectors.dimension, kept);
  }
  return {kept, turned(vectors, scale, mean, axes, kept, task)};
}

}  // namespace kalon
