#include "rank/local_solve.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kalon {
namespace {

constexpr double left_over = 2e-3;
constexpr int64_t most_visits = 100000;  // of entries, for one column

}  // namespace

const double *LocalColumns::of(int32_t item) const {
  auto found = std::lower_bound(items.begin(), items.end(), item) - items.begin();
  return values.data() + static_cast<size_t>(found) * count;
}

LocalSolver::LocalSolver(int32_t items)
    : residual_(static_cast<size_t>(items)), is_waiting_(static_cast<size_t>(items)) {}

LocalColumns LocalSolver::columns(const VoteGraph &graph, const Curvature &curvature, double prior,
                                  std::span<const int32_t> of) {
  struct Step {
    int32_t item, column;
    double size;
  };
  std::vector<Step> steps;
  std::deque<int32_t> waiting;
  std::vector<int32_t> reached;
  auto diagonal = [&](int32_t item) { return curvature.diagonal[static_cast<size_t>(item)] + prior; };
  for (size_t column = 0; column < of.size(); ++column) {
    double most = left_over / std::sqrt(diagonal(of[column]));
    int64_t visits = 0;
    auto push = [&](int32_t item, double change) {
      auto i = static_cast<size_t>(item);
      if (residual_[i] == 0) reached.push_back(item);
      residual_[i] += change;
      if (is_waiting_[i] || std::abs(residual_[i]) <= most * std::sqrt(diagonal(item))) return;
      is_waiting_[i] = 1;
      waiting.push_back(item);
    };
    for (auto item : of) steps.push_back({item, static_cast<int32_t>(column), 0});
    push(of[column], 1);
    while (!waiting.empty()) {
      auto item = waiting.front();
      waiting.pop_front();
      is_waiting_[static_cast<size_t>(item)] = 0;
      if (visits > most_visits) continue;
      double step = std::exchange(residual_[static_cast<size_t>(item)], 0) / diagonal(item);
      steps.push_back({item, static_cast<int32_t>(column), step});
      for_couplings(graph, curvature, item, [&](int32_t other, double weight) {
        push(other, weight * step);
        ++visits;
      });
    }
    for (auto item : reached) residual_[static_cast<size_t>(item)] = 0;
    reached.clear();
  }
  LocalColumns result;
  result.count = of.size();
  for (const auto &step : steps) result.items.push_back(step.item);
  std::sort(result.items.begin(), result.items.end());
  result.items.erase(std::unique(result.items.begin(), result.items.end()), result.items.end());
  result.values.resize(result.items.size() * result.count);
  for (const auto &step : steps) {
    auto row = std::lower_bound(result.items.begin(), result.items.end(), step.item) - result.items.begin();
    result.values[static_cast<size_t>(row) * result.count + static_cast<size_t>(step.column)] += step.size;
  }
  return result;
}

std::vector<double> inverse_of(std::vector<double> a, size_t n) {
  std::vector<double> inverse(n * n);
  for (size_t i = 0; i < n; ++i) inverse[i * n + i] = 1;
  for (size_t k = 0; k < n; ++k) {
    size_t best = k;
    for (size_t i = k + 1; i < n; ++i)
      if (std::abs(a[i * n + k]) > std::abs(a[best * n + k])) best = i;
    for (size_t j = 0; j < n; ++j) {
      std::swap(a[k * n + j], a[best * n + j]);
      std::swap(inverse[k * n + j], inverse[best * n + j]);
    }
    double pivot = 1 / a[k * n + k];
    for (size_t j = 0; j < n; ++j) {
      a[k * n + j] *= pivot;
      inverse[k * n + j] *= pivot;
    }
    for (size_t i = 0; i < n; ++i) {
      double factor = a[i * n + k];
      if (i == k || factor == 0) continue;
      for (size_t j = 0; j < n; ++j) {
        a[i * n + j] -= factor * a[k * n + j];
        inverse[i * n + j] -= factor * inverse[k * n + j];
      }
    }
  }
  return inverse;
}

}  // namespace kalon
