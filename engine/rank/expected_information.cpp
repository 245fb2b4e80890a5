#include "rank/expected_information.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kalon {
namespace {

// The logarithm of information * (1 + variance) / variance, which is smooth: by rows of equal deviation s, at
// s / (s + 3) = 0, step, ... .96, and columns of equal |mean| / sqrt(1 + variance / 4) = 0, step, ... 8.
constexpr int rows = 25, columns = 33;
constexpr double last_row = .96, last_column = 8, shrinkage = .25, middle_deviation = 3, least_deviation = 1e-3;

// By its form E KL(p || E p), in which nothing cancels. Both the normal density and the logistic function are analytic,
// so that the trapezoidal rule's error at this step is about exp(-2 pi^2).
double information_by_quadrature(double mean, double deviation) {
  const double step = std::min(1.0, deviation);
  const int half = static_cast<int>(std::ceil(8.5 * deviation / step));
  auto for_each_point = [&](auto use) {
    for (int i = -half; i <= half; ++i) {
      double z = i * step / deviation, d = mean + i * step;
      use(std::exp(-.5 * z * z), 1 / (1 + std::exp(-d)), 1 / (1 + std::exp(d)));
    }
  };
  double total = 0, first = 0, second = 0, sum = 0;
  for_each_point([&](double weight, double p, double q) {
    total += weight;
    first += weight * p;
    second += weight * q;
  });
  for_each_point([&](double weight, double p, double q) {
    if (p > 0) sum += weight * p * std::log(p * total / first);
    if (q > 0) sum += weight * q * std::log(q * total / second);
  });
  return sum / total;
}

using Table = std::array<std::array<double, columns>, rows>;

Table make_table() {
  Table table{};
  for (int i = 0; i < rows; ++i) {
    double t = last_row * i / (rows - 1);
    double deviation = std::max(least_deviation, middle_deviation * t / (1 - t)), variance = deviation * deviation;
    for (int j = 0; j < columns; ++j) {
      double mean = last_column * j / (columns - 1) * std::sqrt(1 + shrinkage * variance);
      table[i][j] = std::log(information_by_quadrature(mean, deviation) * (1 + variance) / variance);
    }
  }
  return table;
}

// Lagrange's weights for the points -1, 0, 1 and 2.
std::array<double, 4> cubic_weights(double x) {
  double before = x + 1, after = x - 1, far = x - 2;
  return {-x * after * far / 6, before * after * far / 2, -before * x * far / 2, before * x * after / 6};
}

}  // namespace

double expected_information(double mean, double variance) {
  static const Table table = make_table();
  if (!(variance > 0)) return 0;
  const double deviation = std::sqrt(variance);
  double row = std::min(deviation / (deviation + middle_deviation), last_row) * ((rows - 1) / last_row);
  double column = std::abs(mean) / std::sqrt(1 + shrinkage * variance) * ((columns - 1) / last_column);
  const double beyond = std::max(0.0, column - (columns - 1));
  column -= beyond;
  const int i = std::clamp(static_cast<int>(row), 1, rows - 3),
            j = std::clamp(static_cast<int>(column), 1, columns - 3);
  const auto down = cubic_weights(row - i), across = cubic_weights(column - j);
  double logarithm = -beyond * (last_column / (columns - 1));
  for (int k = 0; k < 4; ++k) {
    const auto *line = &table[i - 1 + k][j - 1];
    logarithm += down[k] * (across[0] * line[0] + across[1] * line[1] + across[2] * line[2] + across[3] * line[3]);
  }
  return variance / (1 + variance) * std::exp(logarithm);
}

}  // namespace kalon
