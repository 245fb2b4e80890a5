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
  PrincipalComponents components{rows.dimension, kept, column_means(rows, task), {}, 0, 0};
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
  if (kept < rows.dimension)
    components.rest =
        solver.eigenvalues().head(rows.dimension - kept).cwiseMax(0).mean() / static_cast<double>(rows.rows);
  components.share = whole > 0 ? solver.eigenvalues().tail(kept).cwiseMax(0).sum() / whole : 0;
  return components;
}

Projection project(MatrixView rows, const PrincipalComponents &components, Task &task) {
  Projection result;
  result.values.resize(static_cast<size_t>(rows.rows * components.kept));
  result.squares.resize(static_cast<size_t>(rows.rows));
  PackedMatrix directions(components.directions, components.dimension, components.kept, false);
  parallel_for((rows.rows + PackedRows::most - 1) / PackedRows::most, [&](int64_t part) {
    task.throw_if_cancelled();
    int64_t first = part * PackedRows::most, count = std::min(PackedRows::most, rows.rows - first);
    PackedRows packed(rows.dimension);
    packed.pack(rows, first, count, components.mean.data());
    std::vector<double> values(static_cast<size_t>(count * components.kept));
    packed.multiply(directions, values.data());
    for (int64_t r = 0; r < count; ++r) {
      double squares = 0;
      for (int64_t j = 0; j < rows.dimension; ++j) {
        double value = rows.row(first + r)[j] - components.mean[static_cast<size_t>(j)];
        squares += value * value;
      }
      for (int64_t j = 0; j < components.kept; ++j) {
        double value = values[static_cast<size_t>(r * components.kept + j)];
        squares -= value * value;
        result.values[static_cast<size_t>((first + r) * components.kept + j)] = static_cast<float>(value);
      }
      result.squares[static_cast<size_t>(first + r)] = std::max(0.0, squares);
    }
  });
  return result;
}

}  // namespace kalon
