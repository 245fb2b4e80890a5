#include "learn/mixed_model.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>

#include "base/threads.h"
#include "learn/products.h"

namespace kalon {
namespace {

constexpr int64_t part_rows = 2048;
constexpr int block_width = 16;
constexpr int most_steps = 1000;

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Calls body(first, last, sums) for parts of the rows and adds up what the parts give in order.
template <int width, class Body>
std::array<double, width> over_parts(int64_t rows, const Body &body) {
  int64_t parts = (rows + part_rows - 1) / part_rows;
  std::vector<std::array<double, width>> sums(static_cast<size_t>(parts), std::array<double, width>{});
  auto one = [&](int64_t part) {
    body(part * part_rows, std::min(rows, (part + 1) * part_rows), sums[static_cast<size_t>(part)].data());
  };
  if (parts == 1)
    one(0);
  else
    parallel_for(parts, one);
  std::array<double, width> total{};
  for (const auto &sum : sums)
    for (size_t c = 0; c < static_cast<size_t>(width); ++c) total[c] += sum[c];
  return total;
}

void scale_rows(const std::vector<double> &factors, int64_t columns, double *values) {
  for (size_t i = 0; i < factors.size(); ++i)
    for (int64_t c = 0; c < columns; ++c) values[static_cast<int64_t>(i) * columns + c] *= factors[i];
}

// The factor of scale * gram + (weight R)⁻¹.
Eigen::LLT<Eigen::MatrixXd> ridge_factor(std::span<const double> gram, double scale, double weight,
                                         std::span<const double> relative) {
  auto dimension = static_cast<int64_t>(relative.size());
  Eigen::MatrixXd matrix = Eigen::Map<const Eigen::MatrixXd>(gram.data(), dimension, dimension) * scale;
  for (int64_t j = 0; j < dimension; ++j) matrix(j, j) += 1 / (weight * relative[static_cast<size_t>(j)]);
  return Eigen::LLT<Eigen::MatrixXd>(matrix);
}

}  // namespace

MixedDesign::MixedDesign(const Features &features)
    : matrix(features.view()),
      present(features.present),
      gram(weighted_gram(matrix, {})),
      spectrum(static_cast<size_t>(matrix.dimension)),
      absent(std::count(present.begin(), present.end(), 0)) {
  for (size_t j = 0; j < spectrum.size(); ++j)
    spectrum[j] = gram[j * spectrum.size() + j] / static_cast<double>(matrix.rows - absent);
}

struct MixedPrior::Factor {
  Eigen::LLT<Eigen::MatrixXd> llt;
};

MixedPrior::MixedPrior(const MixedDesign &design, MixedVariances variances)
    : design_(&design),
      variances_(variances),
      own_precision_(static_cast<size_t>(design.size())),
      relative_(design.spectrum.size()),
      steepness_(design.spectrum.size()) {
  for (size_t i = 0; i < own_precision_.size(); ++i)
    own_precision_[i] = 1 / (variances.own + (design.present[i] ? 0 : variances.weight));
  double whole = 0, mean = 0;
  for (size_t j = 0; j < relative_.size(); ++j) {
    relative_[j] = std::pow(design.spectrum[j], variances.power);
    whole += design.spectrum[j] * relative_[j];
  }
  for (size_t j = 0; j < relative_.size(); ++j) {
    relative_[j] /= whole;
    mean += design.spectrum[j] * relative_[j] * std::log(design.spectrum[j]);
  }
  for (size_t j = 0; j < relative_.size(); ++j) steepness_[j] = std::log(design.spectrum[j]) - mean;
  factor_ = std::make_unique<Factor>(Factor{ridge_factor(design.gram, 1 / variances.own, variances.weight, relative_)});
}
MixedPrior::~MixedPrior() = default;
MixedPrior::MixedPrior(MixedPrior &&) noexcept = default;
MixedPrior &MixedPrior::operator=(MixedPrior &&) noexcept = default;

std::vector<double> MixedPrior::prior_variances() const {
  std::vector<double> result(own_precision_.size());
  for (int64_t i = 0; i < design_->size(); ++i) {
    double explained = 0;
    for (int64_t j = 0; j < design_->dimension(); ++j) {
      auto value = static_cast<double>(design_->matrix.row(i)[j]);
      explained += relative_[static_cast<size_t>(j)] * value * value;
    }
    result[static_cast<size_t>(i)] = 1 / own_precision_[static_cast<size_t>(i)] + variances_.weight * explained;
  }
  return result;
}

std::vector<double> MixedPrior::weights(const double *u, int64_t columns) const {
  int64_t dimension = design_->dimension();
  std::vector<double> result(static_cast<size_t>(dimension * columns));
  if (dimension == 0) return result;
  // Where features are not all zero, their items' own precision is the same.
  multiply_transposed(design_->matrix, u, columns, result.data());
  Eigen::Map<RowMajor> block(result.data(), dimension, columns);
  block = factor_->llt.solve(block / variances_.own);
  return result;
}

void MixedPrior::multiply(const double *in, int64_t columns, double *out) const {
  std::vector<double> at = weights(in, columns);
  kalon::multiply(design_->matrix, at.data(), columns, out);  // zeros without features
  for (size_t i = 0; i < own_precision_.size(); ++i)
    for (int64_t c = 0; c < columns; ++c) {
      auto place = static_cast<int64_t>(i) * columns + c;
      out[place] = own_precision_[i] * (in[place] - out[place]);
    }
}

std::array<std::vector<double>, 3> MixedPrior::derivatives(std::span<const double> in) const {
  auto dimension = static_cast<size_t>(design_->dimension());
  std::vector<double> along(dimension), weighted(dimension * 2), both(in.size() * 2);
  multiply_transposed(design_->matrix, in.data(), 1, along.data());
  for (size_t j = 0; j < dimension; ++j) {
    weighted[j * 2] = variances_.weight * relative_[j] * along[j];
    weighted[j * 2 + 1] = weighted[j * 2] * steepness_[j];
  }
  kalon::multiply(design_->matrix, weighted.data(), 2, both.data());
  std::array<std::vector<double>, 3> result;
  for (auto &part : result) part.resize(in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    result[0][i] = both[i * 2] + (design_->present[i] ? 0 : variances_.weight * in[i]);
    result[1][i] = variances_.own * in[i];
    result[2][i] = both[i * 2 + 1];
  }
  return result;
}

struct MixedSystem::Factor {
  Eigen::LLT<Eigen::MatrixXd> llt;
};

MixedSystem::MixedSystem(const MixedPrior &prior, ObservedPrecision observed)
    : prior_(prior), observed_(std::move(observed)), inverse_diagonal_(prior.own_precision().size()) {
  std::vector<double> weights(inverse_diagonal_.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    double own = prior.own_precision()[i];
    inverse_diagonal_[i] = 1 / (observed_.diagonal[i] + own);
    weights[i] = observed_.diagonal[i] * own * inverse_diagonal_[i];
  }
  std::vector<double> gram = weighted_gram(prior.design().matrix, weights);
  factor_ = std::make_unique<Factor>(Factor{ridge_factor(gram, 1, prior.variances().weight, prior.relative())});
}
MixedSystem::~MixedSystem() = default;

void MixedSystem::precondition(const double *r, int64_t columns, double *z) const {
  const MixedDesign &design = prior_.design();
  double own = 1 / prior_.variances().own;  // of the items with features
  std::vector<double> scaled(r, r + design.size() * columns);
  scale_rows(inverse_diagonal_, columns, scaled.data());
  if (design.dimension() == 0) {
    std::copy(scaled.begin(), scaled.end(), z);
    return;
  }
  std::vector<double> inner(static_cast<size_t>(design.dimension() * columns));
  multiply_transposed(design.matrix, scaled.data(), columns, inner.data());
  Eigen::Map<RowMajor> block(inner.data(), design.dimension(), columns);
  block = factor_->llt.solve(block * own);
  multiply(design.matrix, inner.data(), columns, z);
  for (size_t i = 0; i < inverse_diagonal_.size(); ++i)
    for (int64_t c = 0; c < columns; ++c) {
      auto place = static_cast<int64_t>(i) * columns + c;
      z[place] = scaled[static_cast<size_t>(place)] + inverse_diagonal_[i] * own * z[place];
    }
}

MixedSystem::Approximation MixedSystem::approximation() const {
  const MixedDesign &design = prior_.design();
  int64_t dimension = design.dimension();
  Approximation result{inverse_diagonal_, std::vector<float>(static_cast<size_t>(design.size() * dimension))};
  if (dimension == 0) return result;
  RowMajor turn = RowMajor(factor_->llt.matrixL().solve(Eigen::MatrixXd::Identity(dimension, dimension))).transpose();
  constexpr int64_t block = 8192;
  std::vector<double> turned(static_cast<size_t>(std::min(block, design.size()) * dimension));
  for (int64_t first = 0; first < design.size(); first += block) {
    int64_t count = std::min(block, design.size() - first);
    multiply({design.matrix.row(first), count, dimension}, turn.data(), dimension, turned.data());
    for (int64_t i = 0; i < count; ++i) {
      double factor = inverse_diagonal_[static_cast<size_t>(first + i)] / prior_.variances().own;
      for (int64_t j = 0; j < dimension; ++j)
        result.shared[static_cast<size_t>((first + i) * dimension + j)] =
            static_cast<float>(factor * turned[static_cast<size_t>(i * dimension + j)]);
    }
  }
  return result;
}

// K⁻¹ times a preconditioned vector z is r − diagonal · z, as the preconditioner inverts the sum of both; so its
// product with the directions is carried along and never computed.
template <int width>
void MixedSystem::solve_block(const double *b, double tolerance, double *x, Task &task) const {
  int64_t size = prior_.design().size();
  auto length = static_cast<size_t>(size * width);
  const double *diagonal = observed_.diagonal.data();
  std::vector<double> r(b, b + length), z(length), p(length), kp(length), q(length);
  std::fill_n(x, length, 0.0);
  auto preconditioned = [&] {
    precondition(r.data(), width, z.data());
    return over_parts<width>(size, [&](int64_t first, int64_t last, double *sums) {
      for (int64_t i = first; i < last; ++i)
        for (int c = 0; c < width; ++c) {
          auto place = static_cast<size_t>(i * width + c);
          sums[c] += r[place] * z[place];
        }
    });
  };
  std::array<double, width> beta{}, alpha{}, rz = preconditioned(), start = rz;
  for (int step = 0; step < most_steps; ++step) {
    bool done = true;
    for (size_t c = 0; c < width; ++c) done = done && !(rz[c] > tolerance * tolerance * start[c]);
    if (done) return;
    task.throw_if_cancelled();
    over_parts<width>(size, [&](int64_t first, int64_t last, double *) {
      for (int64_t i = first; i < last; ++i)
        for (int c = 0; c < width; ++c) {
          auto place = static_cast<size_t>(i * width + c);
          p[place] = z[place] + beta[static_cast<size_t>(c)] * p[place];
          kp[place] = r[place] - diagonal[i] * z[place] + beta[static_cast<size_t>(c)] * kp[place];
        }
    });
    observed_.multiply(p.data(), width, q.data());
    auto pq = over_parts<width>(size, [&](int64_t first, int64_t last, double *sums) {
      for (int64_t i = first; i < last; ++i)
        for (int c = 0; c < width; ++c) {
          auto place = static_cast<size_t>(i * width + c);
          q[place] += kp[place];
          sums[c] += p[place] * q[place];
        }
    });
    for (size_t c = 0; c < width; ++c) alpha[c] = pq[c] > 0 ? rz[c] / pq[c] : 0;
    over_parts<width>(size, [&](int64_t first, int64_t last, double *) {
      for (int64_t i = first; i < last; ++i)
        for (int c = 0; c < width; ++c) {
          auto place = static_cast<size_t>(i * width + c);
          x[place] += alpha[static_cast<size_t>(c)] * p[place];
          r[place] -= alpha[static_cast<size_t>(c)] * q[place];
        }
    });
    auto next = preconditioned();
    for (size_t c = 0; c < width; ++c) beta[c] = rz[c] > 0 ? next[c] / rz[c] : 0;
    rz = next;
  }
}

std::vector<double> MixedSystem::solve(std::span<const double> b, int64_t columns, double tolerance, Task &task) const {
  std::vector<double> x(b.size());
  if (columns == 1) {
    solve_block<1>(b.data(), tolerance, x.data(), task);
    return x;
  }
  int64_t size = prior_.design().size();
  parallel_for((columns + block_width - 1) / block_width, [&](int64_t block) {
    int64_t first = block * block_width, here = std::min<int64_t>(block_width, columns - first);
    std::vector<double> in(static_cast<size_t>(size * block_width)), out(in.size());
    for (int64_t i = 0; i < size; ++i) std::copy_n(b.data() + i * columns + first, here, in.data() + i * block_width);
    solve_block<block_width>(in.data(), tolerance, out.data(), task);
    for (int64_t i = 0; i < size; ++i) std::copy_n(out.data() + i * block_width, here, x.data() + i * columns + first);
  });
  return x;
}

}  // namespace kalon
