#include <cmath>

#include "base/random.h"
#include "learn/mixed_model.h"
#include "learn/products.h"

namespace kalon {
namespace {

constexpr int64_t most_exact = 64, probes = 16;
// Of solutions. An error of a solution counts squared in the traces, where probes leave more open than that.
constexpr double exact_tolerance = 1e-9, probe_tolerance = 1e-3;

// size x columns with expectation of v vᵀ = I: the unit vectors where there are few, else random signs. `weight` is
// what each column counts.
struct Probes {
  int64_t columns;
  double weight;
  std::vector<double> values;
};
Probes make_probes(int64_t size, uint64_t seed) {
  bool exact = size <= most_exact;
  Probes result{exact ? size : probes, exact ? 1 : 1.0 / probes, {}};
  result.values.resize(static_cast<size_t>(size * result.columns));
  if (exact) {
    for (int64_t i = 0; i < size; ++i) result.values[static_cast<size_t>(i * size + i)] = 1;
    return result;
  }
  Random random(seed);
  for (double &value : result.values) value = random.next() >> 63 ? 1 : -1;
  return result;
}

// P b, where P = (A⁻¹ + K)⁻¹ = A − A (A + K⁻¹)⁻¹ A is the precision of what is observed.
std::vector<double> marginal_precision(const MixedSystem &system, const std::vector<double> &b, int64_t columns,
                                       Task &task) {
  double tolerance = columns == probes ? probe_tolerance : exact_tolerance;
  std::vector<double> observed(b.size()), result(b.size());
  system.observed().multiply(b.data(), columns, observed.data());
  std::vector<double> solved = system.solve(observed, columns, tolerance, task);
  system.observed().multiply(solved.data(), columns, result.data());
  for (size_t i = 0; i < result.size(); ++i) result[i] = observed[i] - result[i];
  return result;
}

double dot(const std::vector<double> &a, const std::vector<double> &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

// The slope by a parameter of which K has the derivative D is (αᵀ D α − trace(P D)) / 2, α = K⁻¹ u, and the information
// of two of them trace(P D P D') / 2 (Rasmussen and Williams 2006, equation 5.9).
EvidenceSlope evidence_slope(const MixedSystem &system, std::span<const double> u, uint64_t seed, Task &task) {
  const MixedPrior &prior = system.prior();
  const MixedDesign &design = prior.design();
  double weight = prior.variances().weight, own = prior.variances().own;
  int64_t size = design.size(), dimension = design.dimension();
  EvidenceSlope slope;
  auto &[of_weight, of_own, of_power] = slope.gradient;
  auto &information = slope.information;

  std::vector<double> alpha(u.size());
  prior.multiply(u.data(), 1, alpha.data());
  std::array<std::vector<double>, 3> derivatives = prior.derivatives(alpha);
  for (size_t k = 0; k < 3; ++k) slope.gradient[k] = dot(alpha, derivatives[k]) / 2;

  Probes items = make_probes(size, seed);
  std::vector<double> applied = marginal_precision(system, items.values, items.columns, task);
  of_own -= own * items.weight * dot(applied, items.values) / 2;
  information[1][1] = own * own * items.weight * dot(applied, applied) / 2;
  double squares = 0;
  for (int64_t i = 0; design.absent > 0 && i < size; ++i) {
    if (design.present[static_cast<size_t>(i)]) continue;
    for (int64_t c = 0; c < items.columns; ++c) {
      auto place = static_cast<size_t>(i * items.columns + c);
      of_weight -= weight * items.weight * applied[place] * items.values[place] / 2;
      squares += items.weight * applied[place] * applied[place] / 2;
    }
  }
  information[0][0] = 3 * weight * weight * squares;
  information[0][1] = weight * own * squares;

  if (dimension > 0) {
    // Probes of the features, each scaled to the variance that is left to it; so the information is near the diagonal.
    Probes features = make_probes(dimension, seed + 1);
    for (int64_t j = 0; j < dimension; ++j)
      for (int64_t c = 0; c < features.columns; ++c)
        features.values[static_cast<size_t>(j * features.columns + c)] *=
            std::sqrt(weight * prior.relative()[static_cast<size_t>(j)]);
    std::vector<double> taste(static_cast<size_t>(size * features.columns));
    multiply(design.matrix, features.values.data(), features.columns, taste.data());
    applied = marginal_precision(system, taste, features.columns, task);
    information[0][1] += own * features.weight * dot(applied, applied) / 2;
    std::vector<double> inner(static_cast<size_t>(dimension * features.columns));
    multiply_transposed(design.matrix, applied.data(), features.columns, inner.data());
    for (int64_t j = 0; j < dimension; ++j) {
      double trace = 0, row = 0, steep = prior.steepness()[static_cast<size_t>(j)];
      for (int64_t c = 0; c < features.columns; ++c) {
        auto place = static_cast<size_t>(j * features.columns + c);
        trace += features.weight * inner[place] * features.values[place];
        row += features.weight * inner[place] * inner[place] * weight * prior.relative()[static_cast<size_t>(j)];
      }
      of_weight -= trace / 2;
      of_power -= steep * trace / 2;
      information[0][0] += row / 2;
      information[0][2] += steep * row / 2;
      information[2][2] += steep * steep * row / 2;
    }
  }
  information[1][0] = information[0][1];
  information[2][0] = information[0][2];
  return slope;
}

}  // namespace kalon
