#include "rank/scale_likelihood.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/threads.h"

namespace kalon {
namespace {

constexpr int64_t part_votes = 2048;

// Plackett and Luce: each item is chosen from itself and all of a greater rank. by_rank: places, worst first.
ScaleDerivatives ordering_derivatives(const std::vector<double> &utilities, const std::vector<uint16_t> &ranks,
                                      const std::vector<size_t> &by_rank, double scale) {
  ScaleDerivatives result;
  double top = 0;
  for (double utility : utilities) top = std::max(top, scale * utility);
  double weight = 0, first = 0, second = 0;  // of the items of greater ranks
  for (size_t begin = 0; begin < by_rank.size();) {
    size_t end = begin;
    for (; end < by_rank.size() && ranks[by_rank[end]] == ranks[by_rank[begin]]; ++end) {
      double own = utilities[by_rank[end]], share = std::exp(scale * own - top);
      double sum = weight + share;
      if (begin == 0 || !(sum > 0)) continue;
      double mean = (first + share * own) / sum;
      result.slope += own - mean;
      result.information += std::max(0.0, (second + share * own * own) / sum - mean * mean);
    }
    for (; begin < end; ++begin) {
      double own = utilities[by_rank[begin]], share = std::exp(scale * own - top);
      weight += share;
      first += share * own;
      second += share * own * own;
    }
  }
  return result;
}

void add_comparison(const Comparison &vote, const PosteriorPoints &points, const ScaleParameters &parameters,
                    ScaleSums &sums) {
  double mean = points.mean(vote.left) - points.mean(vote.right), verdict = static_cast<double>(vote.verdict);
  const float *left = points.deviations(vote.left), *right = points.deviations(vote.right);
  double weight = vote.weight, share = weight / static_cast<double>(points.count());
  for (size_t i = 0; i < points.draws(); ++i) {
    double deviation = static_cast<double>(left[i]) - static_cast<double>(right[i]);
    for (size_t side = 0; side < 2; ++side) {
      double d = side == 0 ? mean + deviation : mean - deviation;
      auto own = comparison_derivatives(d, parameters.scale, parameters.ties, verdict);
      sums.slopes[2 * i + side] += weight * own.slope;
      sums.information += share * own.information;
      sums.expected_ties += share * own.tie;
    }
  }
  if (vote.verdict == Verdict::tie) sums.ties += weight;
}

void add_ordering(const Ordering &vote, const PosteriorPoints &points, const ScaleParameters &parameters,
                  ScaleSums &sums) {
  std::vector<size_t> by_rank(vote.items.size());
  std::iota(by_rank.begin(), by_rank.end(), size_t{0});
  std::stable_sort(by_rank.begin(), by_rank.end(), [&](size_t a, size_t b) { return vote.ranks[a] > vote.ranks[b]; });
  std::vector<double> utilities(vote.items.size());
  double weight = vote.weight, share = weight / static_cast<double>(points.count());
  for (size_t point = 0; point < points.count(); ++point) {
    for (size_t i = 0; i < utilities.size(); ++i) {
      auto deviation = static_cast<double>(points.deviations(vote.items[i])[point / 2]);
      utilities[i] = points.mean(vote.items[i]) + (point % 2 == 0 ? deviation : -deviation);
    }
    auto own = ordering_derivatives(utilities, vote.ranks, by_rank, parameters.scale);
    sums.slopes[point] += weight * own.slope;
    sums.information += share * own.information;
  }
}

}  // namespace

std::vector<OwnVotes> votes_by_annotator(const VoteHistory &history) {
  std::vector<OwnVotes> own(static_cast<size_t>(history.annotators));
  constexpr int32_t nobody = -1, several = -2;
  std::vector<int32_t> voter(static_cast<size_t>(history.items), nobody);
  auto note = [&](int32_t item, int32_t annotator) {
    auto &known = voter[static_cast<size_t>(item)];
    known = known == nobody || known == annotator ? annotator : several;
  };
  for (size_t i = 0; i < history.comparisons.size(); ++i) {
    const auto &vote = history.comparisons[i];
    if (!tells_order(vote.verdict)) continue;
    own[static_cast<size_t>(vote.annotator)].comparisons.push_back(static_cast<uint32_t>(i));
    note(vote.left, vote.annotator);
    note(vote.right, vote.annotator);
  }
  for (size_t i = 0; i < history.orderings.size(); ++i) {
    const auto &vote = history.orderings[i];
    own[static_cast<size_t>(vote.annotator)].orderings.push_back(static_cast<uint32_t>(i));
    for (auto item : vote.items) note(item, vote.annotator);
  }
  auto is_shared = [&](int32_t item) { return voter[static_cast<size_t>(item)] == several; };
  for (auto &votes : own) {
    votes.compared = std::any_of(votes.comparisons.begin(), votes.comparisons.end(), [&](uint32_t i) {
      return is_shared(history.comparisons[i].left) || is_shared(history.comparisons[i].right);
    });
    votes.compared = votes.compared || std::any_of(votes.orderings.begin(), votes.orderings.end(), [&](uint32_t i) {
                       const auto &items = history.orderings[i].items;
                       return std::any_of(items.begin(), items.end(), is_shared);
                     });
  }
  return own;
}

PosteriorPoints::PosteriorPoints(const Estimator &estimator, int64_t draws, uint64_t seed)
    : draws_(static_cast<size_t>(draws)), means_(estimator.means().begin(), estimator.means().end()) {
  auto rows = estimator.draws(draws, seed);
  values_.resize(rows.size());
  for (size_t draw = 0; draw < draws_; ++draw)
    for (size_t item = 0; item < means_.size(); ++item)
      values_[item * draws_ + draw] = static_cast<float>(rows[draw * means_.size() + item] - means_[item]);
}

ScaleDerivatives comparison_derivatives(double d, double scale, double ties, double verdict) {
  double product = scale * d, u = std::exp(-0.5 * std::abs(product)), square = u * u, sum = 1 + square + ties * u;
  double lean = std::copysign((1 - square) / sum, product);
  return {0.5 * d * (verdict - lean), 0.25 * d * d * (ties * u * (1 + square) + 4 * square) / (sum * sum),
          ties * u / sum};
}

void ScaleSums::add(const ScaleSums &other) {
  information += other.information;
  expected_ties += other.expected_ties;
  ties += other.ties;
  for (size_t i = 0; i < slopes.size(); ++i) slopes[i] += other.slopes[i];
}

double ScaleSums::slope() const {
  return std::accumulate(slopes.begin(), slopes.end(), 0.0) / static_cast<double>(slopes.size());
}

double ScaleSums::missing() const {
  double mean = slope(), sum = 0;
  for (double own : slopes) sum += (own - mean) * (own - mean);
  return sum / static_cast<double>(slopes.size());
}

std::vector<ScaleSums> sums_of(const VoteHistory &history, const std::vector<OwnVotes> &votes,
                               const PosteriorPoints &points, const std::vector<ScaleParameters> &parameters,
                               Task &task) {
  struct Part {
    size_t annotator, begin, end;
  };
  std::vector<Part> parts;
  for (size_t annotator = 0; annotator < votes.size(); ++annotator)
    for (size_t begin = 0; begin < votes[annotator].count(); begin += part_votes)
      parts.push_back({annotator, begin, std::min(votes[annotator].count(), begin + part_votes)});
  ScaleSums none;
  none.slopes.resize(points.count());
  std::vector<ScaleSums> of_parts(parts.size(), none), result(votes.size(), none);
  parallel_for(static_cast<int64_t>(parts.size()), [&](int64_t number) {
    task.throw_if_cancelled();
    const auto &part = parts[static_cast<size_t>(number)];
    const auto &own = votes[part.annotator];
    auto &sums = of_parts[static_cast<size_t>(number)];
    for (size_t i = part.begin; i < part.end; ++i) {
      if (i < own.comparisons.size())
        add_comparison(history.comparisons[own.comparisons[i]], points, parameters[part.annotator], sums);
      else
        add_ordering(history.orderings[own.orderings[i - own.comparisons.size()]], points, parameters[part.annotator],
                     sums);
    }
  });
  for (size_t i = 0; i < parts.size(); ++i) result[parts[i].annotator].add(of_parts[i]);
  return result;
}

}  // namespace kalon
