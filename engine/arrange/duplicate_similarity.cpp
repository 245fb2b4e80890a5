#include "arrange/duplicate_similarity.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/cpu.h"
#include "index/neighbours.h"

namespace kalon {
namespace {

typedef double Doubles __attribute__((vector_size(64)));
typedef float Floats __attribute__((vector_size(32)));

constexpr size_t measure_every_pair = 256;
constexpr int64_t most_queries = 8192;  // at a time, which bounds their memory

// For each vector the one farthest from it. With a = x - mean and R² = 2 max |a|², the distance between (-b, 0) and
// (a, sqrt(R² - 2|a|²)) is R² + |b|² - |a|² + 2ab squared, which is least where |a - b|² = |a|² + |b|² - 2ab is most.
std::vector<int32_t> farthest(std::span<const float *const> vectors, int64_t dimension, Task &task) {
  auto rows = static_cast<int64_t>(vectors.size());
  std::vector<double> mean(static_cast<size_t>(dimension));
  std::vector<double> lengths;
  for (const float *vector : vectors) {
    double squares = 0;
    for (int64_t i = 0; i < dimension; ++i) squares += static_cast<double>(vector[i]) * static_cast<double>(vector[i]);
    lengths.push_back(std::sqrt(squares));
    for (int64_t i = 0; i < dimension; ++i)
      mean[static_cast<size_t>(i)] += static_cast<double>(vector[i]) / lengths.back() / static_cast<double>(rows);
  }
  int64_t width = dimension + 1;
  std::vector<float> base(static_cast<size_t>(rows * width));
  std::vector<double> squares(static_cast<size_t>(rows));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < dimension; ++i) {
      double centred = static_cast<double>(vectors[static_cast<size_t>(r)][i]) / lengths[static_cast<size_t>(r)] -
                       mean[static_cast<size_t>(i)];
      squares[static_cast<size_t>(r)] += centred * centred;
      base[static_cast<size_t>(r * width + i)] = static_cast<float>(centred);
    }
  }
  double most = *std::max_element(squares.begin(), squares.end());
  for (int64_t r = 0; r < rows; ++r)
    base[static_cast<size_t>(r * width + dimension)] =
        static_cast<float>(std::sqrt(2 * std::max(0.0, most - squares[static_cast<size_t>(r)])));
  std::vector<int32_t> found;
  std::vector<float> queries;
  for (int64_t first = 0; first < rows; first += most_queries) {
    int64_t count = std::min(most_queries, rows - first);
    queries.assign(base.begin() + first * width, base.begin() + (first + count) * width);
    for (int64_t q = 0; q < count; ++q) {
      float *query = &queries[static_cast<size_t>(q * width)];
      for (int64_t i = 0; i < dimension; ++i) query[i] = -query[i];
      query[dimension] = 0;
    }
    auto some = nearest({base.data(), rows, width}, {queries.data(), count, width}, 1, task).rows;
    found.insert(found.end(), some.begin(), some.end());
  }
  return found;
}

}  // namespace

KALON_MULTIVERSION double cosine(const float *a, const float *b, int64_t dimension) {
  Doubles ab{}, aa{}, bb{};
  int64_t i = 0;
  for (; i + 8 <= dimension; i += 8) {
    Floats x, y;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    Doubles left = __builtin_convertvector(x, Doubles), right = __builtin_convertvector(y, Doubles);
    ab += left * right;
    aa += left * left;
    bb += right * right;
  }
  double product = 0, left = 0, right = 0;
  for (int lane = 0; lane < 8; ++lane) {
    product += ab[lane];
    left += aa[lane];
    right += bb[lane];
  }
  for (; i < dimension; ++i) {
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    left += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    right += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return product / std::sqrt(left * right);
}

double least_cosine(std::span<const float *const> vectors, int64_t dimension, Task &task) {
  double least = 1;
  if (vectors.size() <= measure_every_pair) {
    for (size_t i = 0; i < vectors.size(); ++i)
      for (size_t j = 0; j < i; ++j) least = std::min(least, cosine(vectors[i], vectors[j], dimension));
    return least;
  }
  auto far = farthest(vectors, dimension, task);
  for (size_t i = 0; i < vectors.size(); ++i)
    least = std::min(least, cosine(vectors[i], vectors[static_cast<size_t>(far[i])], dimension));
  return least;
}

}  // namespace kalon
