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

// What is left of a variance when a row's own part in it is taken away: 0 but for rounding when the row alone reached
// in its direction.
constexpr double least_remaining = 1e-12;
double remaining(double part) {
  return std::max(1 - part, least_remaining);
}

// Rows that a component must keep, less than which it rests on the one left out; and what rounding takes from 1.
constexpr double fewest_others = 1 - 1e-9;
// Smaller parts of a row in a Gaussian change no digit of its shape.
constexpr double negligible_part = 1e-17;

KALON_MULTIVERSION LeftOutDistance diagonal_distance_left_out(const float *row, const double *mean,
                                                              const double *precision, int64_t dimension,
                                                              double share) {
  // Logarithms are taken of products of so many factors, none of them below least_remaining.
  constexpr int64_t factors = 16;
  LeftOutDistance result;
  for (int64_t first = 0; first < dimension; first += factors) {
    double product = 1;
    for (int64_t j = first; j < std::min(dimension, first + factors); ++j) {
      double difference = row[j] - mean[j], square = difference * difference * precision[j];
      double rest = std::max(1 - share * square, least_remaining);
      result.square += square / rest;
      product *= rest;
    }
    result.log_determinant += std::log(product);
  }
  result.square *= 1 + share;
  result.log_determinant += static_cast<double>(dimension) * std::log1p(share);
  return result;
}

double log_sum(std::vector<double> &terms) {
  double largest = *std::max_element(terms.begin(), terms.end()), sum = 0;
  for (double term : terms) sum += std::exp(term - largest);
  return largest + std::log(sum);
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

LeftOutDistance round_distance_left_out(double square, double share, double directions) {
  double rest = remaining(share * square / directions);
  return {(1 + share) * square / rest, directions * (std::log1p(share) + std::log(rest))};
}

class MixtureDensity::Scratch {
 public:
  Scratch(int64_t dimension, int64_t components, bool tied)
      : packed(dimension),
        squares(static_cast<size_t>(PackedRows::most * components)),
        whitened(static_cast<size_t>(tied ? PackedRows::most * dimension : 0)),
        shares(static_cast<size_t>(components)),
        terms(static_cast<size_t>(components)) {}
  PackedRows packed;
  std::vector<double> squares;   // rows x components
  std::vector<double> whitened;  // tied: rows x dimension
  std::vector<double> shares;    // of the components in one row
  std::vector<double> terms;     // ln of what each adds to its likelihood without itself
};

MixtureDensity::~MixtureDensity() = default;

MixtureDensity::MixtureDensity(const Mixture &mixture)
    : kind_(mixture.kind),
      components_(mixture.components),
      dimension_(mixture.dimension),
      weights_(mixture.weights),
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

// use(row, place, scratch) for each row, its place in the scratch, and its shares there.
template <class Use>
double MixtureDensity::evaluate(MatrixView rows, std::span<double> log_likelihoods, Task &task, Use use) const {
  int64_t parts = (rows.rows + PackedRows::most - 1) / PackedRows::most;
  std::vector<double> sums(static_cast<size_t>(parts), 0.0);
  parallel_for(parts, [&](int64_t part) {
    task.throw_if_cancelled();
    Scratch scratch(dimension_, components_, kind_ == CovarianceKind::tied);
    int64_t first = part * PackedRows::most, count = std::min(PackedRows::most, rows.rows - first);
    squared_distances(rows, first, count, scratch);
    for (int64_t r = 0; r < count; ++r) {
      const double *squares = &scratch.squares[static_cast<size_t>(r * components_)];
      double *shares = scratch.shares.data(), largest = -HUGE_VAL, sum = 0;
      for (int64_t c = 0; c < components_; ++c) {
        shares[c] = constants_[static_cast<size_t>(c)] - 0.5 * squares[c];
        largest = std::max(largest, shares[c]);
      }
      for (int64_t c = 0; c < components_; ++c) {
        shares[c] = std::exp(shares[c] - largest);
        sum += shares[c];
      }
      double value = largest + std::log(sum);
      log_likelihoods[static_cast<size_t>(first + r)] = value;
      sums[static_cast<size_t>(part)] += value;
      for (int64_t c = 0; c < components_; ++c) shares[c] /= sum;
      use(first + r, r, scratch);
    }
  });
  double sum = 0;
  for (double part : sums) sum += part;
  return sum / static_cast<double>(std::max<int64_t>(1, rows.rows));
}

double MixtureDensity::log_likelihoods(MatrixView rows, std::span<double> log_likelihoods,
                                       std::span<double> responsibilities, Task &task) const {
  return evaluate(rows, log_likelihoods, task, [&](int64_t row, int64_t, const Scratch &scratch) {
    if (!responsibilities.empty())
      std::copy(scratch.shares.begin(), scratch.shares.end(), responsibilities.begin() + row * components_);
  });
}

void MixtureDensity::left_out_log_likelihoods(MatrixView rows, std::span<const uint8_t> own, int64_t fit_rows,
                                              std::span<double> log_likelihoods, std::span<double> left_out,
                                              Task &task) const {
  evaluate(rows, log_likelihoods, task, [&](int64_t row, int64_t place, Scratch &scratch) {
    auto r = static_cast<size_t>(row);
    left_out[r] = log_likelihoods[r];
    if (own[r] == 0) return;
    if (kind_ == CovarianceKind::tied)
      tied_terms(place, static_cast<double>(fit_rows), scratch);
    else
      own_terms(rows.row(row), place, static_cast<double>(fit_rows), scratch);
    if (double value = log_sum(scratch.terms); std::isfinite(value)) left_out[r] = value;
  });
}

void MixtureDensity::own_terms(const float *row, int64_t place, double rows, Scratch &scratch) const {
  auto dimension = static_cast<double>(dimension_);
  for (int64_t c = 0; c < components_; ++c) {
    auto k = static_cast<size_t>(c);
    double all = weights_[k] * rows, others = all - scratch.shares[k];
    scratch.terms[k] = -HUGE_VAL;
    if (!(others >= fewest_others)) continue;
    double share = scratch.shares[k] / others, square = scratch.squares[static_cast<size_t>(place * components_ + c)];
    LeftOutDistance distance{(1 + share) * square, dimension * std::log1p(share)};
    if (share * std::max(1.0, square) > negligible_part) {
      if (kind_ == CovarianceKind::full) {
        double rest = remaining(share * square);
        distance.square /= rest;
        distance.log_determinant += std::log(rest);
      } else if (kind_ == CovarianceKind::diagonal) {
        auto first = static_cast<size_t>(c * dimension_);
        distance = diagonal_distance_left_out(row, &means_[first], &precisions_[first], dimension_, share);
      } else {
        distance = round_distance_left_out(square, share, dimension);
      }
    }
    scratch.terms[k] = constants_[k] + std::log(others * rows / (all * (rows - 1))) -
                       0.5 * (distance.log_determinant + distance.square);
  }
}

void MixtureDensity::tied_terms(int64_t place, double rows, Scratch &scratch) const {
  const double *squares = &scratch.squares[static_cast<size_t>(place * components_)];
  const double *whitened = &scratch.whitened[static_cast<size_t>(place * dimension_)];
  auto nearest =
      static_cast<size_t>(std::max_element(scratch.shares.begin(), scratch.shares.end()) - scratch.shares.begin());
  const double *centre = &offsets_[nearest * static_cast<size_t>(dimension_)];
  double all = weights_[nearest] * rows, others = all - scratch.shares[nearest];
  // A component that the row held up alone has no scatter about itself to be taken away.
  double part = others >= fewest_others ? scratch.shares[nearest] * all / (others * rows) : 0;
  double rest = remaining(part * squares[nearest]);
  double log_determinant = static_cast<double>(dimension_) * std::log(rows / (rows - 1)) + std::log(rest);
  for (int64_t c = 0; c < components_; ++c) {
    auto k = static_cast<size_t>(c);
    all = weights_[k] * rows;
    others = all - scratch.shares[k];
    scratch.terms[k] = -HUGE_VAL;
    if (!(others >= fewest_others)) continue;
    double square = squares[c] / rest;
    if (k != nearest) {
      const double *offset = &offsets_[k * static_cast<size_t>(dimension_)];
      double product = 0;
      for (int64_t j = 0; j < dimension_; ++j) product += (whitened[j] - centre[j]) * (whitened[j] - offset[j]);
      square = squares[c] + part * product * product / rest;
    }
    square *= all / others * all / others * (rows - 1) / rows;
    scratch.terms[k] = constants_[k] + std::log(others * rows / (all * (rows - 1))) - 0.5 * (log_determinant + square);
  }
}

}  // namespace kalon
