#include "filter/mixture_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/cpu.h"
#include "base/threads.h"
#include "filter/scatter.h"
#include "index/equal_rows.h"

namespace kalon {
namespace {

// Rows whose share of a component's weight is smaller change no digit of its mean or covariance.
constexpr double negligible_share = 1e-17;

KALON_MULTIVERSION void add_weighted(const float *row, double weight, int64_t dimension, double *sums) {
  for (int64_t j = 0; j < dimension; ++j) sums[j] += weight * row[j];
}

KALON_MULTIVERSION void add_weighted_squares(const float *row, const double *mean, double weight, int64_t dimension,
                                             double *sums) {
  for (int64_t j = 0; j < dimension; ++j) {
    double difference = row[j] - mean[j];
    sums[j] += weight * difference * difference;
  }
}

// One maximisation after another over the same rows.
class Maximisation {
 public:
  Maximisation(MatrixView rows, int64_t components, CovarianceKind kind, double regularisation, Task &task)
      : rows_(rows), components_(components), kind_(kind), regularisation_(regularisation), task_(task) {
    if (kind != CovarianceKind::tied) return;
    centre_ = column_means(rows, task);
    whole_.resize(static_cast<size_t>(rows.dimension * rows.dimension));
    Scatter sum{.centre = centre_.data(), .out = whole_.data()};
    add_up(rows, {&sum, 1}, task);
  }

  Mixture run(std::span<const double> responsibilities) {
    Mixture mixture{kind_, components_, rows_.dimension, {}, {}, {}};
    shares_ = responsibilities;
    totals_ = sum_over_rows(1, [&](int64_t r, double *sums) {
      for (int64_t c = 0; c < components_; ++c) sums[c] += share(r, c);
    });
    // As scikit-learn: a component that lost its rows stays finite.
    for (double &total : totals_) total += 10 * std::numeric_limits<double>::epsilon();
    mixture.means = sum_over_rows(rows_.dimension, [&](int64_t r, double *sums) {
      for (int64_t c = 0; c < components_; ++c)
        if (share(r, c) > negligible(c))
          add_weighted(rows_.row(r), share(r, c), rows_.dimension, sums + c * rows_.dimension);
    });
    for (size_t i = 0; i < mixture.means.size(); ++i)
      mixture.means[i] /= totals_[i / static_cast<size_t>(rows_.dimension)];
    mixture.covariances = covariances(mixture.means);
    mixture.weights = totals_;
    for (double &weight : mixture.weights) weight /= static_cast<double>(rows_.rows);
    return mixture;
  }

 private:
  double share(int64_t row, int64_t component) const {
    return shares_[static_cast<size_t>(row * components_ + component)];
  }
  double negligible(int64_t component) const {
    return negligible_share * totals_[static_cast<size_t>(component)] / static_cast<double>(rows_.rows);
  }

  // components x width sums; add(row, sums) adds one row's.
  template <class Add>
  std::vector<double> sum_over_rows(int64_t width, Add add) {
    return sums_over(rows_.rows, components_ * width, add, task_);
  }

  std::vector<double> covariances(const std::vector<double> &means) {
    auto d = static_cast<size_t>(rows_.dimension), k = static_cast<size_t>(components_);
    std::vector<double> values(static_cast<size_t>(covariance_values(kind_, components_, rows_.dimension)));
    if (kind_ == CovarianceKind::full) {
      std::vector<Scatter> scatters;
      for (size_t c = 0; c < k; ++c)
        scatters.push_back(
            {&means[c * d], &shares_[c], components_, negligible(static_cast<int64_t>(c)), &values[c * d * d]});
      add_up(rows_, scatters, task_);
      for (size_t i = 0; i < values.size(); ++i) values[i] /= totals_[i / (d * d)];
      for (size_t c = 0; c < k; ++c)
        for (size_t i = 0; i < d; ++i) values[c * d * d + i * (d + 1)] += regularisation_;
      return values;
    }
    if (kind_ == CovarianceKind::tied) {
      // What lies within the components is the whole less what lies between them.
      values = whole_;
      double total = 0;
      for (size_t c = 0; c < k; ++c) {
        total += totals_[c];
        for (size_t i = 0; i < d; ++i)
          for (size_t j = 0; j < d; ++j)
            values[i * d + j] -= totals_[c] * (means[c * d + i] - centre_[i]) * (means[c * d + j] - centre_[j]);
      }
      for (double &value : values) value /= total;
      for (size_t i = 0; i < d; ++i) values[i * (d + 1)] += regularisation_;
      return values;
    }
    auto variances = sum_over_rows(rows_.dimension, [&](int64_t r, double *sums) {
      for (int64_t c = 0; c < components_; ++c)
        if (share(r, c) > negligible(c))
          add_weighted_squares(rows_.row(r), &means[static_cast<size_t>(c) * d], share(r, c), rows_.dimension,
                               sums + c * rows_.dimension);
    });
    for (size_t i = 0; i < variances.size(); ++i) variances[i] = variances[i] / totals_[i / d] + regularisation_;
    if (kind_ == CovarianceKind::diagonal) return variances;
    for (size_t i = 0; i < variances.size(); ++i) values[i / d] += variances[i] / static_cast<double>(d);
    return values;
  }

  MatrixView rows_;
  int64_t components_;
  CovarianceKind kind_;
  double regularisation_;
  Task &task_;
  std::span<const double> shares_;  // rows x components
  std::vector<double> totals_;      // components
  std::vector<double> centre_, whole_;
};

MixtureFit iterate(MatrixView rows, Mixture start, const MixtureOptions &options, Maximisation &maximisation,
                   Task &task) {
  MixtureFit fit{std::move(start), -HUGE_VAL, 0, false};
  std::vector<double> log_likelihoods(static_cast<size_t>(rows.rows));
  std::vector<double> responsibilities(static_cast<size_t>(rows.rows * fit.mixture.components));
  while (fit.iterations < options.iterations && !fit.converged) {
    double mean = MixtureDensity(fit.mixture).log_likelihoods(rows, log_likelihoods, responsibilities, task);
    fit.mixture = maximisation.run(responsibilities);
    ++fit.iterations;
    task.advance();
    fit.converged = std::abs(mean - fit.log_likelihood) < options.tolerance;
    fit.log_likelihood = mean;
  }
  fit.log_likelihood = MixtureDensity(fit.mixture).log_likelihoods(rows, log_likelihoods, {}, task);
  return fit;
}

void require_components(MatrixView rows, int64_t components) {
  if (components < 1) throw Error(Status::invalid_argument, "a mixture needs at least one component");
  if (rows.rows < components || rows.rows < 2)
    throw Error(Status::invalid_argument, "a mixture of " + std::to_string(components) + " components needs at least " +
                                              std::to_string(std::max<int64_t>(components, 2)) +
                                              " vectors, and there are " + std::to_string(rows.rows) +
                                              "; name fewer components");
}

}  // namespace

Mixture mixture_from(MatrixView rows, std::span<const double> responsibilities, int64_t components, CovarianceKind kind,
                     double regularisation, Task &task) {
  require_components(rows, components);
  return Maximisation(rows, components, kind, regularisation, task).run(responsibilities);
}

MixtureFit fit_mixture_from(MatrixView rows, Mixture start, const MixtureOptions &options, Task &task) {
  require_components(rows, start.components);
  require_finite(rows, task);
  Maximisation maximisation(rows, start.components, start.kind, options.regularisation, task);
  return iterate(rows, std::move(start), options, maximisation, task);
}

MixtureFit fit_mixture(MatrixView rows, const MixtureOptions &options, Task &task) {
  require_components(rows, options.components);
  require_finite(rows, task);
  Maximisation maximisation(rows, options.components, options.kind, options.regularisation, task);
  MixtureFit best;
  for (int start = 0; start < std::max(1, options.restarts); ++start) {
    auto clusters = cluster_rows(rows, options.components, options.seed + static_cast<uint64_t>(start), task);
    std::vector<double> responsibilities(static_cast<size_t>(rows.rows * options.components), 0.0);
    for (size_t r = 0; r < clusters.size(); ++r)
      responsibilities[r * static_cast<size_t>(options.components) + static_cast<size_t>(clusters[r])] = 1;
    auto fit = iterate(rows, maximisation.run(responsibilities), options, maximisation, task);
    if (start == 0 || fit.log_likelihood > best.log_likelihood) best = std::move(fit);
    if (options.components == 1) break;  // every start is the same
  }
  return best;
}

MixtureChoice choose_mixture(MatrixView rows, int64_t fewest, int64_t most, const MixtureOptions &options, Task &task) {
  require_components(rows, fewest);
  require_components(rows, most);
  if (most < fewest)
    throw Error(Status::invalid_argument,
                "a mixture cannot have from " + std::to_string(fewest) + " to " + std::to_string(most) + " components");
  task.phase("fitting mixtures");
  MixtureChoice choice;
  double lowest = HUGE_VAL;
  for (int64_t components = fewest; components <= most; ++components) {
    auto one = options;
    one.components = components;
    auto fit = fit_mixture(rows, one, task);
    MixtureChoice::Row row{components,
                           parameter_count(options.kind, components, rows.dimension),
                           fit.log_likelihood * static_cast<double>(rows.rows),
                           0,
                           0,
                           fit.iterations,
                           fit.converged};
    row.aic = akaike(row.log_likelihood, row.parameters);
    row.bic = bayesian(row.log_likelihood, row.parameters, rows.rows);
    choice.table.push_back(row);
    if (components == fewest || row.bic < lowest) {
      lowest = row.bic;
      choice.best = std::move(fit);
    }
  }
  return choice;
}

}  // namespace kalon
