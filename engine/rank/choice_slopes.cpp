#include "rank/choice_slopes.h"

#include <algorithm>
#include <cmath>

namespace kalon {
namespace {

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

// Calls body(first, last) for the places of each rank, the worst rank first.
template <class Body>
void ranks_from_worst(const int32_t *beyond, int32_t size, const Body &body) {
  for (int32_t last = size; last > 0;) {
    int32_t first = last - 1;
    while (first > 0 && beyond[first - 1] == last) --first;
    body(first, last);
    last = first;
  }
}

}  // namespace

void choice_shares(const Choices &choices, const Choices::Sequence &sequence, std::span<const double> utilities,
                   std::span<double> likes, std::span<double> per_set, std::span<double> shares) {
  const int32_t *item = choices.item.data() + sequence.begin, *beyond = choices.beyond.data() + sequence.begin;
  double scale = static_cast<double>(sequence.scale), greatest = -INFINITY;
  for (int32_t i = 0; i < sequence.size; ++i) {
    likes[at(i)] = scale * utilities[at(item[i])];
    greatest = std::max(greatest, likes[at(i)]);
  }
  // Held above 0, so that nothing is divided by it.
  for (int32_t i = 0; i < sequence.size; ++i) likes[at(i)] = std::exp(std::max(likes[at(i)] - greatest, -600.0));
  double worse = 0;
  ranks_from_worst(beyond, sequence.size, [&](int32_t first, int32_t last) {
    double sum = 0;
    for (int32_t i = first; i < last; ++i) {
      per_set[at(i)] = last < sequence.size ? 1 / (likes[at(i)] + worse) : 0;
      sum += likes[at(i)];
    }
    worse += sum;
  });
  double better = 0;
  for (int32_t first = 0; first < sequence.size; first = beyond[first]) {
    double sum = 0;
    for (int32_t i = first; i < beyond[first]; ++i) {
      shares[at(i)] = likes[at(i)] * (per_set[at(i)] + better);
      sum += per_set[at(i)];
    }
    better += sum;
  }
}

double choice_value(const Choices &choices, const Choices::Sequence &sequence, std::span<const double> utilities) {
  const int32_t *item = choices.item.data() + sequence.begin, *beyond = choices.beyond.data() + sequence.begin;
  double scale = static_cast<double>(sequence.scale), worse = 0, greatest = -INFINITY, value = 0;
  auto utility = [&](int32_t i) { return scale * utilities[at(item[i])]; };
  ranks_from_worst(beyond, sequence.size, [&](int32_t first, int32_t last) {
    if (last < sequence.size)
      for (int32_t i = first; i < last; ++i) {
        double top = std::max(greatest, utility(i));
        value += utility(i) - top - std::log(std::exp(utility(i) - top) + worse * std::exp(greatest - top));
      }
    for (int32_t i = first; i < last; ++i) {
      double top = std::max(greatest, utility(i));
      worse = worse * std::exp(greatest - top) + std::exp(utility(i) - top);
      greatest = top;
    }
  });
  return value;
}

void choice_diagonal(const Choices &choices, const Choices::Sequence &sequence, const Curvature &curvature,
                     std::span<double> diagonal) {
  const int32_t *beyond = choices.beyond.data() + sequence.begin;
  const double *like = curvature.likes.data() + sequence.begin, *per_set = curvature.per_set.data() + sequence.begin;
  double better = 0;
  for (int32_t first = 0; first < sequence.size; first = beyond[first]) {
    double sum = 0;
    for (int32_t i = first; i < beyond[first]; ++i) {
      double square = per_set[i] * per_set[i];
      double share = curvature.shares[at(sequence.begin + i)];
      diagonal[at(i)] = std::max(0.0, share - like[i] * like[i] * (square + better));
      sum += square;
    }
    better += sum;
  }
}

void choice_multiply(const Choices &choices, const Choices::Sequence &sequence, const Curvature &curvature,
                     std::span<const double> x, std::span<double> to) {
  const int32_t *beyond = choices.beyond.data() + sequence.begin;
  const double *like = curvature.likes.data() + sequence.begin, *per_set = curvature.per_set.data() + sequence.begin;
  // First to[i] = the mean of x over the set that i was chosen from, over the set's sum.
  double worse = 0;
  ranks_from_worst(beyond, sequence.size, [&](int32_t first, int32_t last) {
    double sum = 0;
    for (int32_t i = first; i < last; ++i) {
      to[at(i)] = (like[i] * x[at(i)] + worse) * per_set[i] * per_set[i];
      sum += like[i] * x[at(i)];
    }
    worse += sum;
  });
  double better = 0;
  for (int32_t first = 0; first < sequence.size; first = beyond[first]) {
    double sum = 0;
    for (int32_t i = first; i < beyond[first]; ++i) {
      double own = to[at(i)];
      to[at(i)] = curvature.shares[at(sequence.begin + i)] * x[at(i)] - like[i] * (own + better);
      sum += own;
    }
    better += sum;
  }
}

double choice_coupling(const Choices &choices, const Choices::Sequence &sequence, const Curvature &curvature,
                       int32_t place_a, int32_t place_b) {
  const int32_t *beyond = choices.beyond.data() + sequence.begin;
  const double *like = curvature.likes.data() + sequence.begin, *per_set = curvature.per_set.data() + sequence.begin;
  auto [better, worse] = std::minmax(place_a, place_b);
  double sum = 0;
  for (int32_t i = 0; i < better && beyond[i] <= better; ++i) sum += per_set[i] * per_set[i];
  if (beyond[better] <= worse) sum += per_set[better] * per_set[better];
  return like[place_a] * like[place_b] * sum;
}

}  // namespace kalon
