#include "rank/estimator.h"

#include <cmath>

#include "rank/estimators.h"

namespace kalon {
namespace {

struct Kind {
  EstimatorKind kind;
  std::string_view name;
  std::unique_ptr<Estimator> (*make)(const EstimatorOptions &);
};

// By number of the kind.
constexpr Kind kinds[] = {{EstimatorKind::bayes, "bayes", make_bayes},
                          {EstimatorKind::trueskill, "trueskill", make_trueskill},
                          {EstimatorKind::trueskill_batch, "trueskill-batch", make_trueskill_batch},
                          {EstimatorKind::bradley_terry, "bradley-terry", make_bradley_terry},
                          {EstimatorKind::elo, "elo", make_elo}};

const Kind &of(EstimatorKind kind) {
  return kinds[static_cast<size_t>(kind)];
}

}  // namespace

double probability_above(double mean_difference, double variance) {
  if (!(variance > 0)) return mean_difference > 0 ? 1 : mean_difference < 0 ? 0 : 0.5;
  return 0.5 * std::erfc(-mean_difference / std::sqrt(2 * variance));
}

std::string_view estimator_name(EstimatorKind kind) {
  return of(kind).name;
}

std::vector<std::string> estimator_names() {
  std::vector<std::string> names;
  for (const auto &kind : kinds) names.emplace_back(kind.name);
  return names;
}

std::optional<EstimatorKind> estimator_named(std::string_view name) {
  for (const auto &kind : kinds)
    if (kind.name == name) return kind.kind;
  return std::nullopt;
}

std::unique_ptr<Estimator> make_estimator(const EstimatorOptions &options) {
  return of(options.kind).make(options);
}

}  // namespace kalon
