#include "rank/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace kalon {
namespace {

std::vector<size_t> order_of(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  return order;
}

// Calls use(first, end) for each run of equal neighbours.
template <class Equal, class Use>
void for_each_run(size_t size, const Equal &equal, const Use &use) {
  for (size_t first = 0, end = 0; first < size; first = end) {
    end = first + 1;
    while (end < size && equal(first, end)) ++end;
    use(first, end);
  }
}

std::vector<double> mean_ranks(std::span<const double> values) {
  auto order = order_of(values);
  std::vector<double> ranks(values.size());
  for_each_run(
      order.size(), [&](size_t i, size_t j) { return values[order[i]] == values[order[j]]; },
      [&](size_t first, size_t end) {
        for (size_t i = first; i < end; ++i) ranks[order[i]] = static_cast<double>(first + end - 1) / 2;
      });
  return ranks;
}

// Sorts, and counts the pairs that were the wrong way round.
double count_inversions(std::vector<double> &values, std::vector<double> &scratch, size_t first, size_t end) {
  if (end - first < 2) return 0;
  size_t middle = first + (end - first) / 2;
  double count = count_inversions(values, scratch, first, middle) + count_inversions(values, scratch, middle, end);
  for (size_t left = first, right = middle, to = first; to < end; ++to) {
    bool from_right = left == middle || (right < end && values[right] < values[left]);
    if (from_right) count += static_cast<double>(middle - left);
    scratch[to] = from_right ? values[right++] : values[left++];
  }
  std::copy(scratch.begin() + static_cast<std::ptrdiff_t>(first), scratch.begin() + static_cast<std::ptrdiff_t>(end),
            values.begin() + static_cast<std::ptrdiff_t>(first));
  return count;
}

double pairs_of(size_t size) {
  return static_cast<double>(size) * (static_cast<double>(size) - 1) / 2;
}

}  // namespace

double spearman_correlation(std::span<const double> a, std::span<const double> b) {
  auto x = mean_ranks(a), y = mean_ranks(b);
  double middle = (static_cast<double>(x.size()) - 1) / 2, xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
  }
  return xx > 0 && yy > 0 ? std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0) : 0;
}

double kendall_correlation(std::span<const double> a, std::span<const double> b) {
  std::vector<size_t> order(a.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t i, size_t j) { return a[i] < a[j] || (a[i] == a[j] && b[i] < b[j]); });
  double all = pairs_of(order.size()), tied_a = 0, tied_b = 0, tied_both = 0;
  auto equal_a = [&](size_t i, size_t j) { return a[order[i]] == a[order[j]]; };
  for_each_run(order.size(), equal_a, [&](size_t first, size_t end) { tied_a += pairs_of(end - first); });
  for_each_run(
      order.size(), [&](size_t i, size_t j) { return equal_a(i, j) && b[order[i]] == b[order[j]]; },
      [&](size_t first, size_t end) { tied_both += pairs_of(end - first); });
  std::vector<double> values, scratch(order.size());
  for (size_t i : order) values.push_back(b[i]);
  double wrong = count_inversions(values, scratch, 0, values.size());
  for_each_run(
      values.size(), [&](size_t i, size_t j) { return values[i] == values[j]; },
      [&](size_t first, size_t end) { tied_b += pairs_of(end - first); });
  double apart = std::sqrt((all - tied_a) * (all - tied_b));
  return apart > 0 ? std::clamp((all - tied_a - tied_b + tied_both - 2 * wrong) / apart, -1.0, 1.0) : 0;
}

}  // namespace kalon
