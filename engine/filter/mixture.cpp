#include "filter/mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "base/cpu.h"
#include "base/threads.h"

namespace kalon {
namespace {

constexpr std::string_view kind_names[] = {"full", "tied", "diagonal", "spherical"};

KALON_MULTIVERSION double weighted_squares(const float *row, const double *mean, const double *precision,
                                           int64_t dimension) {
  // Partial sums that stand for the lanes of a vector: an order of additions that no compiler may choose itself.
  constexpr int64_t lanes = 16;
  double sums[lanes] = {};
  int64_t j = 0;
  for (; j + lanes <= dimension; j += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      double difference = row[j + lane] - mean[j + lane];
      sums[lane] += difference * difference * precision[j + lane];
    }
  double sum = 0;
  for (; j < dimension; ++j) {
    double difference = row[j] - mean[j];
    sum += difference * difference * precision[j];
  }
  for (double lane : sums) sum += lane;
  return sum;
}

[[noreturn]] void singular(CovarianceKind kind, int64_t component) {
  throw Error(Status::invalid_argument,
              (kind == CovarianceKind::tied ? std::string("the covariance")
                                            : "the covariance of component " + std::to_string(component + 1)) +
                  " is singular: use fewer components or dimensions, a simpler covariance or more regularisation");
}

}  // namespace

std::string_view covariance_kind_name(CovarianceKind kind) {
  return kind_names[static_cast<size_t>(kind)];
}

CovarianceKind covariance_kind_from(std::string_view name) {
  auto found = std::find(std::begin(kind_names), std::end(kind_names), name);
  if (found == std::end(kind_names))
    throw Error(Status::invalid_argument, "covariances are full, tied, diagonal or spherical", std::string(name));
  return static_cast<CovarianceKind>(found - std::begin(kind_names));
}

int64_t covariance_values(CovarianceKind kind, int64_t components, int64_t dimension) {
  switch (kind) {
    case CovarianceKind::full:
      return components * dimension * dimension;
    case CovarianceKind::tied:
      return dimension * dimension;
    case CovarianceKind::diagonal:
      return components * dimension;
    default:
      return components;
  }
}

int64_t parameter_count(CovarianceKind kind, int64_t components, int64_t dimension) {
  int64_t square = dimension * (dimension + 1) / 2, others = components * dimension + components - 1;
  switch (kind) {
    case CovarianceKind::full:
      return components * square + others;
    case CovarianceKind::tied:
      return square + others;
    case CovarianceKind::diagonal:
      return components * dimension + others;
    default:
      return components + others;
  }
}

double akaike(double log_likelihood, int64_t parameters) {
  return -2 * log_likelihood + 2 * static_cast<double>(parameters);
}

double bayesian(double log_likelihood, int64_t parameters, int64_t rows) {
  return -2 * log_likelihood + static_cast<double>(parameters) * std::log(static_cast<double>(rows));
}

class MixtureDensity::Scratch {
 public:
  Scratch(int64_t dimension, int64_t components, bool tied)
      : packed(dimension),
        squares(static_cast<size_t>(PackedRows::most * components)),
        whitened(static_cast<size_t>(tied ? PackedRows::most * dimension : 0)) {}
  PackedRows packed;
  std::vector<double> squares;   // rows x components
  std::vector<double> whitened;  // tied: rows x dimension
};

MixtureDensity::~MixtureDensity() = default;

MixtureDensity::MixtureDensity(const Mixture &mixture)
    : kind_(mixture.kind),
      components_(mixture.components),
      dimension_(mixture.dimension),
      shift_(static_cast<size_t>(mixture.dimension), 0.0) {
  auto d = static_cast<size_t>(dimension_), k = static_cast<size_t>(components_);
  for (size_t c = 0; c < k; ++c)
    for (size_t j = 0; j < d; ++j) shift_[j] += mixture.weights[c] * mixture.means[c * d + j];
  constants_.resize(k);
  for (size_t c = 0; c < k; ++c)
    constants_[c] =
        std::log(mixture.weights[c]) - 0.5 * static_cast<double>(dimension_) * std::log(2 * std::numbers::pi);

  if (kind_ == CovarianceKind::diagonal || kind_ == CovarianceKind::spherical) {
    means_ = mixture.means;
    precisions_.resize(k * d);
    for (size_t c = 0; c < k; ++c)
      for (size_t j = 0; j < d; ++j) {
        double variance = mixture.covariances[kind_ == CovarianceKind::diagonal ? c * d + j : c];
        if (!(variance > 0) || !std::isfinite(variance)) singular(kind_, static_cast<int64_t>(c));
        precisions_[c * d + j] = 1 / variance;
        constants_[c] -= 0.5 * std::log(variance);
      }
    return;
  }
  offsets_.assign(k * d, 0.0);
  PrecisionFactor factor;
  for (size_t c = 0; c < k; ++c) {
    if (kind_ == CovarianceKind::full || c == 0) {
      auto found = precision_factor(std::span(mixture.covariances).subspan(c * d * d, d * d), dimension_);
      if (!found) singular(kind_, static_cast<int64_t>(c));
      factor = std::move(*found);
      upper_.emplace_back(factor.upper, dimension_, dimension_, true);
    }
    constants_[c] += factor.log_determinant;
    for (size_t i = 0; i < d; ++i)
      for (size_t j = i; j < d; ++j)
        offsets_[c * d + j] += (mixture.means[c * d + i] - shift_[i]) * factor.upper[i * d + j];
  }
}

void MixtureDensity::squared_distances(MatrixView rows, int64_t first, int64_t count, Scratch &scratch) const {
  if (kind_ == CovarianceKind::diagonal || kind_ == CovarianceKind::spherical) {
    for (int64_t r = 0; r < count; ++r)
      for (int64_t c = 0; c < components_; ++c)
        scratch.squares[static_cast<size_t>(r * components_ + c)] =
            weighted_squares(rows.row(first + r), &means_[static_cast<size_t>(c * dimension_)],
                             &precisions_[static_cast<size_t>(c * dimension_)], dimension_);
    return;
  }
  scratch.packed.pack(rows, first, count, shift_.data());
  if (kind_ == CovarianceKind::full) {
    for (int64_t c = 0; c < components_; ++c)
      scratch.packed.squared_norms(upper_[static_cast<size_t>(c)], &offsets_[static_cast<size_t>(c * dimension_)],
                                   &scratch.squares[static_cast<size_t>(c)], components_);
    return;
  }
  scratch.packed.multiply(upper_.front(), scratch.whitened.data());
  for (int64_t r = 0; r < count; ++r)
    for (int64_t c = 0; c < components_; ++c) {
      const double *row = &scratch.whitened[static_cast<size_t>(r * dimension_)];
      const double *offset = &offsets_[static_cast<size_t>(c * dimension_)];
      double sum = 0;
      for (int64_t j = 0; j < dimension_; ++j) sum += (row[j] - offset[j]) * (row[j] - offset[j]);
      scratch.squares[static_cast<size_t>(r * components_ + c)] = sum;
    }
}

double MixtureDensity::log_likelihoods(MatrixView rows, std::span<double> log_likelihoods,
                                       std::span<double> responsibilities, Task &task) const {
  int64_t parts = (rows.rows + PackedRows::most - 1) / PackedRows::most;
  std::vector<double> sums(static_cast<size_t>(parts), 0.0);
  parallel_for(parts, [&](int64_t part) {
    task.throw_if_cancelled();
    Scratch scratch(dimension_, components_, kind_ == CovarianceKind::tied);
    int64_t first = part * PackedRows::most, count = std::min(PackedRows::most, rows.rows - first);
    squared_distances(rows, first, count, scratch);
    for (int64_t r = 0; r < count; ++r) {
      double *terms = &scratch.squares[static_cast<size_t>(r * components_)], largest = -HUGE_VAL, sum = 0;
      for (int64_t c = 0; c < components_; ++c) {
        terms[c] = constants_[static_cast<size_t>(c)] - 0.5 * terms[c];
        largest = std::max(largest, terms[c]);
      }
      for (int64_t c = 0; c < components_; ++c) {
        terms[c] = std::exp(terms[c] - largest);
        sum += terms[c];
      }
      double value = largest + std::log(sum);
      log_likelihoods[static_cast<size_t>(first + r)] = value;
      sums[static_cast<size_t>(part)] += value;
      if (!responsibilities.empty())
        for (int64_t c = 0; c < components_; ++c)
          responsibilities[static_cast<size_t>((first + r) * components_ + c)] = terms[c] / sum;
    }
  });
  double sum = 0;
  for (double part : sums) sum += part;
  return sum / static_cast<double>(std::max<int64_t>(1, rows.rows));
}

}  // namespace kalon
