#include "filter/principal_components.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <string>

#include "base/threads.h"
#include "filter/scatter.h"
#include "filter/triangular.h"

namespace kalon {

PrincipalComponents fit_principal_components(MatrixView rows, int64_t kept, Task &task) {
  if (kept < 1 || kept > rows.dimension || kept > rows.rows - 1)
    throw Error(Status::invalid_argument, std::to_string(rows.rows) + " vectors of " + std::to_string(rows.dimension) +
                                              " values have no " + std::to_string(kept) + " principal components");
  PrincipalComponents components{rows.dimension, kept, column_means(rows, task), {}, 0};
  std::vector<double> covariance(static_cast<size_t>(rows.dimension * rows.dimension));
  Scatter sum{.centre = components.mean.data(), .out = covariance.data()};
  add_up(rows, {&sum, 1}, task);
  task.throw_if_cancelled();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      Eigen::Map<const Eigen::MatrixXd>(covariance.data(), rows.dimension, rows.dimension));
  if (solver.info() != Eigen::Success)
    throw Error(Status::invalid_argument, "the principal components of the vectors cannot be found");
  task.throw_if_cancelled();
  // Eigenvalues rise.
  components.directions.resize(static_cast<size_t>(rows.dimension * kept));
  for (int64_t c = 0; c < kept; ++c)
    for (int64_t i = 0; i < rows.dimension; ++i)
      components.directions[static_cast<size_t>(i * kept + c)] = solver.eigenvectors()(i, rows.dimension - 1 - c);
  double whole = solver.eigenvalues().cwiseMax(0).sum();
  components.share = whole > 0 ? solver.eigenvalues().tail(kept).cwiseMax(0).sum() / whole : 0;
  return components;
}

std::vector<float> project(MatrixView rows, const PrincipalComponents &components, Task &task) {
  std::vector<float> projected(static_cast<size_t>(rows.rows * components.kept));
  PackedMatrix directions(components.directions, components.dimension, components.kept, false);
  parallel_for((rows.rows + PackedRows::most - 1) / PackedRows::most, [&](int64_t part) {
    task.throw_if_cancelled();
    int64_t first = part * PackedRows::most, count = std::min(PackedRows::most, rows.rows - first);
    PackedRows packed(rows.dimension);
    packed.pack(rows, first, count, components.mean.data());
    std::vector<double> values(static_cast<size_t>(count * components.kept));
    packed.multiply(directions, values.data());
    std::transform(values.begin(), values.end(), projected.begin() + first * components.kept,
                   [](double value) { return static_cast<float>(value); });
  });
  return projected;
}

}  // namespace kalon
