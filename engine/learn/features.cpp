#include "learn/features.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <string>

#include "base/random.h"
#include "base/threads.h"
#include "learn/products.h"

namespace kalon {
namespace {

constexpr int64_t largest_sample = 8192, part_rows = 1024, largest_exact = 512;

// 1 / length of each row; 0 for rows of zeros.
std::vector<double> inverse_lengths(MatrixView vectors, Task &task) {
  std::vector<double> inverse(static_cast<size_t>(vectors.rows));
  parallel_for((vectors.rows + part_rows - 1) / part_rows, [&](int64_t part) {
    task.throw_if_cancelled();
    for (int64_t r = part * part_rows; r < std::min(vectors.rows, (part + 1) * part_rows); ++r) {
      double squared = 0;
      for (int64_t j = 0; j < vectors.dimension; ++j) {
        auto value = static_cast<double>(vectors.row(r)[j]);
        squared += value * value;
      }
      if (!std::isfinite(squared))
        throw Error(Status::invalid_argument, "vector " + std::to_string(r) + " holds a value that is not finite");
      inverse[static_cast<size_t>(r)] = squared > 0 ? 1 / std::sqrt(squared) : 0;
    }
  });
  return inverse;
}

// Eigenvalues (falling) and eigenvectors of the largest `count`.
struct Spectrum {
  Eigen::VectorXd values;
  Eigen::MatrixXd vectors;
};

Spectrum largest(const Eigen::MatrixXd &covariance, int64_t count, Task &task) {
  auto solve = [&](const Eigen::MatrixXd &matrix) {
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
    if (solver.info() != Eigen::Success)
      throw Error(Status::invalid_argument, "the principal components of the vectors cannot be found");
    return Spectrum{solver.eigenvalues().reverse().head(count),
                    solver.eigenvectors().rowwise().reverse().leftCols(count)};
  };
  if (covariance.rows() <= largest_exact) return solve(covariance);
  int64_t columns = std::min<int64_t>(covariance.rows(), count + 32);
  Random random(1);
  Eigen::MatrixXd basis(covariance.rows(), columns);
  for (int64_t i = 0; i < basis.size(); ++i) basis.data()[i] = random.unit() - 0.5;
  for (int round = 0; round < 4; ++round) {
    task.throw_if_cancelled();
    Eigen::HouseholderQR<Eigen::MatrixXd> factors(covariance * basis);
    basis = factors.householderQ() * Eigen::MatrixXd::Identity(covariance.rows(), columns);
  }
  Spectrum inner = solve(basis.transpose() * (covariance * basis));
  return {inner.values, basis * inner.vectors};
}

}  // namespace

Features make_features(MatrixView vectors, const FeatureOptions &options, Task &task) {
  Features features;
  features.rows = vectors.rows;
  features.map.dimension = vectors.dimension;
  std::vector<double> inverse = inverse_lengths(vectors, task);
  features.present.resize(inverse.size());
  std::vector<int64_t> rows;
  for (size_t i = 0; i < inverse.size(); ++i) {
    features.present[i] = inverse[i] > 0;
    if (inverse[i] > 0) rows.push_back(static_cast<int64_t>(i));
  }
  auto present = static_cast<int64_t>(rows.size());
  if (present < 2) return features;

  auto dimension = static_cast<size_t>(vectors.dimension);
  std::vector<double> mean(dimension);
  multiply_transposed(vectors, inverse.data(), 1, mean.data());
  for (double &value : mean) value /= static_cast<double>(present);

  Random random(1);
  std::vector<int32_t> places = random_sample(present, largest_sample, random);
  auto sampled = static_cast<int64_t>(places.size());
  std::vector<float> sample(places.size() * dimension);
  for (size_t i = 0; i < places.size(); ++i) {
    int64_t row = rows[static_cast<size_t>(places[i])];
    for (size_t j = 0; j < dimension; ++j)
      sample[i * dimension + j] =
          static_cast<float>(static_cast<double>(vectors.row(row)[j]) * inverse[static_cast<size_t>(row)] - mean[j]);
  }
  task.throw_if_cancelled();
  std::vector<double> gram = weighted_gram({sample.data(), sampled, vectors.dimension}, {});
  sample = {};
  Eigen::MatrixXd covariance = Eigen::Map<const Eigen::MatrixXd>(gram.data(), vectors.dimension, vectors.dimension) /
                               static_cast<double>(sampled);
  double whole = covariance.trace();
  int64_t most = std::min({options.most, vectors.dimension, present - 1});
  if (most < 1 || whole <= 1e-12) return features;  // equal vectors, up to rounding
  Spectrum spectrum = largest(covariance, most, task);
  int64_t kept = 0;
  while (kept < most && spectrum.values[kept] > 1e-9 * spectrum.values[0]) ++kept;

  FeatureMap &map = features.map;
  map.kept = kept;
  map.explained = std::min(1.0, spectrum.values.head(kept).sum() / whole);
  Eigen::ArrayXd factors = spectrum.values.head(kept).array().pow(-options.whitening / 2);
  factors /= std::sqrt((spectrum.values.head(kept).array() * factors.square()).sum());
  map.directions.resize(dimension * static_cast<size_t>(kept));
  Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> directions(
      map.directions.data(), vectors.dimension, kept);
  directions = spectrum.vectors.leftCols(kept) * factors.matrix().asDiagonal();
  map.shift.resize(static_cast<size_t>(kept));
  Eigen::Map<Eigen::VectorXd>(map.shift.data(), kept) =
      directions.transpose() * Eigen::Map<const Eigen::VectorXd>(mean.data(), vectors.dimension);
  features.values = apply(map, vectors, task);

  // Those of the sample have a mean square of 1; of all, nearly.
  double squares = 0;
  for (float value : features.values) squares += static_cast<double>(value) * static_cast<double>(value);
  double scale = std::sqrt(static_cast<double>(present) / squares);
  for (float &value : features.values) value = static_cast<float>(scale * static_cast<double>(value));
  for (double &value : map.directions) value *= scale;
  for (double &value : map.shift) value *= scale;
  return features;
}

std::vector<float> apply(const FeatureMap &map, MatrixView vectors, Task &task) {
  std::vector<double> inverse = inverse_lengths(vectors, task);
  std::vector<float> result(static_cast<size_t>(vectors.rows * map.kept));
  if (map.kept == 0) return result;
  constexpr int64_t block = 8192;
  std::vector<double> values(static_cast<size_t>(std::min(block, vectors.rows) * map.kept));
  for (int64_t first = 0; first < vectors.rows; first += block) {
    task.throw_if_cancelled();
    int64_t count = std::min(block, vectors.rows - first);
    multiply({vectors.row(first), count, vectors.dimension}, map.directions.data(), map.kept, values.data());
    for (int64_t r = 0; r < count; ++r) {
      double factor = inverse[static_cast<size_t>(first + r)];
      if (factor == 0) continue;
      for (int64_t j = 0; j < map.kept; ++j)
        result[static_cast<size_t>((first + r) * map.kept + j)] = static_cast<float>(
            factor * values[static_cast<size_t>(r * map.kept + j)] - map.shift[static_cast<size_t>(j)]);
    }
  }
  return result;
}

}  // namespace kalon
