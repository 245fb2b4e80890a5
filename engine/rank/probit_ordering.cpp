#include "rank/probit_ordering.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/task.h"
#include "rank/symmetric_inverse.h"
#include "rank/truncated_normal.h"
#include "rank/votes.h"

namespace kalon {
namespace {

constexpr int most_sweeps = 500;
constexpr double standstill = 1e-12;

// The site that a difference of performances gets for being above the margin.
Site above_margin(Normal cavity, double margin) {
  double deviation = std::sqrt(cavity.variance);
  auto cut = truncated_above((cavity.mean - margin) / deviation);
  double narrowed = cavity.variance * cut.rest;
  return {cut.w / narrowed, (cavity.mean * cut.w + deviation * cut.v) / narrowed};
}

double change(const Site &from, const Site &to, double variance) {
  double precision = std::abs(to.precision - from.precision) / (std::abs(to.precision) + 1 / variance);
  double shift = std::abs(to.shift - from.shift) / (std::abs(to.shift) + 1 / std::sqrt(variance));
  return std::max(precision, shift);
}

// out = matrix + shrink * (u uᵀ)
void add_outer(std::vector<double> &matrix, const std::vector<double> &u, double factor) {
  auto n = u.size();
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) matrix[i * n + j] += factor * u[i] * u[j];
}

std::vector<double> times(const std::vector<double> &matrix, const std::vector<double> &vector) {
  auto n = vector.size();
  std::vector<double> result(n);
  for (size_t i = 0; i < n; ++i)
    result[i] = std::inner_product(vector.begin(), vector.end(), matrix.begin() + static_cast<int64_t>(i * n), 0.0);
  return result;
}

}  // namespace

std::vector<Outperformed> outperformed(const Ordering &ordering) {
  auto slots = ordering.items.size();
  std::vector<int32_t> by_rank(slots);
  std::iota(by_rank.begin(), by_rank.end(), 0);
  auto rank = [&](int32_t slot) { return ordering.ranks[static_cast<size_t>(slot)]; };
  std::stable_sort(by_rank.begin(), by_rank.end(), [&](int32_t a, int32_t b) { return rank(a) < rank(b); });
  std::vector<Outperformed> pairs;
  for (size_t begin = 0, end = 0, next = 0; begin < slots; begin = end) {
    for (end = begin; end < slots && rank(by_rank[end]) == rank(by_rank[begin]);) ++end;
    for (next = end; next < slots && rank(by_rank[next]) == rank(by_rank[end]);) ++next;
    for (auto better = begin; better < end; ++better)
      for (auto worse = end; worse < next; ++worse) pairs.push_back({by_rank[better], by_rank[worse]});
  }
  return pairs;
}

void require_feasible(const Ordering &ordering, uint64_t number) {
  auto ranks = ordering.ranks;
  std::sort(ranks.begin(), ranks.end());
  double pairs = 0, before = 0, slots = static_cast<double>(ranks.size());
  for (size_t begin = 0, end = 0; begin < ranks.size(); begin = end) {
    for (end = begin; end < ranks.size() && ranks[end] == ranks[begin];) ++end;
    pairs += before * static_cast<double>(end - begin);
    before = static_cast<double>(end - begin);
  }
  bool tree = pairs < slots && ordering.weight == 1;
  if (pairs > 1e7 || (!tree && pairs * slots * slots > 1e9))
    throw Error(Status::invalid_argument,
                "orders too many items for TrueSkill; give it in parts, or use the estimator bayes",
                "ordering " + std::to_string(number + 1));
}

bool update_by_messages(const Ordering &ordering, const ProbitModel &model, std::span<Normal> utilities,
                        const Task &task) {
  auto pairs = outperformed(ordering);
  if (pairs.size() >= utilities.size()) return false;
  struct Message {
    Site to_better, to_worse;
  };
  double beta_squared = 0.5 * model.noise_variance;
  std::vector<Site> performances(utilities.size());  // what is believed of each
  for (size_t i = 0; i < utilities.size(); ++i) {
    double precision = 1 / (utilities[i].variance + beta_squared);
    performances[i] = {precision, utilities[i].mean * precision};
  }
  auto prior = performances;
  std::vector<Message> messages(pairs.size());
  auto pass = [&](size_t number) {
    auto &message = messages[number];
    auto &better = performances[static_cast<size_t>(pairs[number].better)];
    auto &worse = performances[static_cast<size_t>(pairs[number].worse)];
    auto without = [](const Site &all, const Site &one) {
      double precision = all.precision - one.precision;
      return Normal{(all.shift - one.shift) / precision, 1 / precision};
    };
    Normal first = without(better, message.to_better), second = without(worse, message.to_worse);
    Site site = above_margin({first.mean - second.mean, first.variance + second.variance}, model.margin);
    double wider = 1 + site.precision * second.variance;
    Site to_better{site.precision / wider, (site.shift + site.precision * second.mean) / wider};
    wider = 1 + site.precision * first.variance;
    Site to_worse{site.precision / wider, (site.precision * first.mean - site.shift) / wider};
    double moved = std::max(change(message.to_better, to_better, first.variance),
                            change(message.to_worse, to_worse, second.variance));
    better = {1 / first.variance + to_better.precision, first.mean / first.variance + to_better.shift};
    worse = {1 / second.variance + to_worse.precision, second.mean / second.variance + to_worse.shift};
    message = {to_better, to_worse};
    return moved;
  };
  for (int i = 0; i < most_sweeps; ++i) {
    task.throw_if_cancelled();
    double moved = 0;
    for (size_t number = 0; number < pairs.size(); ++number) moved = std::max(moved, pass(number));
    for (size_t number = pairs.size(); number-- > 0;) moved = std::max(moved, pass(number));
    if (moved < standstill || pairs.size() == 1) break;
  }
  for (size_t i = 0; i < utilities.size(); ++i) {
    double precision = std::max(performances[i].precision - prior[i].precision, 0.0);
    double shift = performances[i].shift - prior[i].shift, wider = 1 + precision * beta_squared;
    auto &[mean, variance] = utilities[i];
    double narrowed = 1 / (1 / variance + precision / wider);
    mean = narrowed * (mean / variance + shift / wider);
    variance = narrowed;
  }
  return true;
}

OrderingFactor::OrderingFactor(const Ordering &ordering, const ProbitModel &model)
    : model_(model), slots_(static_cast<int64_t>(ordering.items.size())), pairs_(outperformed(ordering)) {
  sites_.resize(pairs_.size());
}

double OrderingFactor::sweep(std::vector<double> &mean, std::vector<double> &covariance, const Task &task) {
  auto n = static_cast<size_t>(slots_);
  std::vector<double> u(n);
  double moved = 0;
  for (size_t number = 0; number < pairs_.size(); ++number) {
    task.throw_if_cancelled();
    auto a = static_cast<size_t>(pairs_[number].better), b = static_cast<size_t>(pairs_[number].worse);
    for (size_t i = 0; i < n; ++i) u[i] = covariance[i * n + a] - covariance[i * n + b];
    auto &site = sites_[number];
    double variance = u[a] - u[b], difference = mean[a] - mean[b];
    double left = std::max(1 - site.precision * variance, 1e-12);
    Normal cavity{(difference - site.shift * variance) / left, variance / left};
    Site next = above_margin(cavity, model_.margin);
    moved = std::max(moved, change(site, next, cavity.variance));
    double precision = next.precision - site.precision, shift = next.shift - site.shift;
    double wider = 1 + precision * variance;
    for (size_t i = 0; i < n; ++i) mean[i] += u[i] * (shift - precision * difference) / wider;
    add_outer(covariance, u, -precision / wider);
    site = next;
  }
  return moved;
}

JointSite OrderingFactor::on_utilities() const {
  // With L and h the sites on the performances: (1 + beta² L)⁻¹ L and (1 + beta² L)⁻¹ h. The first is written as
  // (1 − (1 + beta² L)⁻¹) / beta², which is symmetric.
  auto n = static_cast<size_t>(slots_);
  double beta_squared = 0.5 * model_.noise_variance;
  std::vector<double> inverse(n * n), shift(n);
  for (size_t i = 0; i < n; ++i) inverse[i * n + i] = 1;
  for (size_t number = 0; number < pairs_.size(); ++number) {
    auto a = static_cast<size_t>(pairs_[number].better), b = static_cast<size_t>(pairs_[number].worse);
    double value = beta_squared * sites_[number].precision;
    inverse[a * n + a] += value, inverse[b * n + b] += value;
    inverse[a * n + b] -= value, inverse[b * n + a] -= value;
    shift[a] += sites_[number].shift, shift[b] -= sites_[number].shift;
  }
  if (!invert_symmetric(inverse, slots_)) throw Error(Status::internal, "an ordering has no finite site");
  shift = times(inverse, shift);
  for (auto &value : inverse) value = -value / beta_squared;
  for (size_t i = 0; i < n; ++i) inverse[i * n + i] += 1 / beta_squared;
  return {std::move(inverse), std::move(shift)};
}

JointSite OrderingFactor::match(std::span<const double> mean, std::span<const double> covariance, const Task &task) {
  auto n = static_cast<size_t>(slots_);
  std::vector<double> means(mean.begin(), mean.end()), covariances(covariance.begin(), covariance.end());
  for (size_t i = 0; i < n; ++i) covariances[i * n + i] += 0.5 * model_.noise_variance;
  // The sites of last time, one after another.
  std::vector<double> u(n);
  for (size_t number = 0; number < pairs_.size(); ++number) {
    task.throw_if_cancelled();
    const auto &site = sites_[number];
    auto a = static_cast<size_t>(pairs_[number].better), b = static_cast<size_t>(pairs_[number].worse);
    for (size_t i = 0; i < n; ++i) u[i] = covariances[i * n + a] - covariances[i * n + b];
    double variance = u[a] - u[b], difference = means[a] - means[b], wider = 1 + site.precision * variance;
    for (size_t i = 0; i < n; ++i) means[i] += u[i] * (site.shift - site.precision * difference) / wider;
    add_outer(covariances, u, -site.precision / wider);
  }
  for (int i = 0; i < most_sweeps && sweep(means, covariances, task) > standstill * 100; ++i) continue;
  return on_utilities();
}

JointSite weighted_site(OrderingFactor &factor, double weight, std::span<const double> mean,
                        std::span<const double> covariance, const Task &task) {
  auto n = static_cast<size_t>(factor.slots());
  auto site = factor.match(mean, covariance, task);
  auto scaled = [&](double by) {
    JointSite result = site;
    for (auto &value : result.precision) value *= by;
    for (auto &value : result.shift) value *= by;
    return result;
  };
  if (weight <= 1) return scaled(weight);
  std::vector<double> precision(covariance.begin(), covariance.end());
  if (!invert_symmetric(precision, factor.slots())) throw Error(Status::internal, "a cavity has no inverse");
  auto shift = times(precision, {mean.begin(), mean.end()});
  for (int i = 0; i < 200; ++i) {
    // One of the equal factors, among the others.
    auto others = scaled(weight - 1);
    std::vector<double> cavity = precision, cavity_shift = shift;
    for (size_t j = 0; j < n * n; ++j) cavity[j] += others.precision[j];
    for (size_t j = 0; j < n; ++j) cavity_shift[j] += others.shift[j];
    if (!invert_symmetric(cavity, factor.slots())) throw Error(Status::internal, "a cavity has no inverse");
    auto next = factor.match(times(cavity, cavity_shift), cavity, task);
    double moved = 0;
    for (size_t j = 0; j < n; ++j) {
      double variance = covariance[j * n + j];
      Site before{site.precision[j * n + j], site.shift[j]}, after{next.precision[j * n + j], next.shift[j]};
      moved = std::max(moved, change(before, after, variance));
      // Half a step: whole ones of many factors at once would swing.
    }
    for (size_t j = 0; j < n * n; ++j) site.precision[j] += 0.5 * (next.precision[j] - site.precision[j]);
    for (size_t j = 0; j < n; ++j) site.shift[j] += 0.5 * (next.shift[j] - site.shift[j]);
    if (moved < 1e-9) break;
  }
  return scaled(weight);
}

}  // namespace kalon
