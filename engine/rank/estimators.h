#pragma once
// Every kind of estimator, for the factory in estimator.cpp. Each throws invalid_argument for options that it cannot
// work with. [any]

#include <memory>

#include "rank/estimator.h"

namespace kalon {

std::unique_ptr<Estimator> make_bayes(const EstimatorOptions &options);
// `bayes` for options with vectors: joint in the utilities and in a linear head on the vectors.
std::unique_ptr<Estimator> make_bayes_with_vectors(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_trueskill(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_trueskill_batch(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_bradley_terry(const EstimatorOptions &options);
std::unique_ptr<Estimator> make_elo(const EstimatorOptions &options);

}  // namespace kalon
