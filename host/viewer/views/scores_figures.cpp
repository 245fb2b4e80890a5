#include "views/scores_figures.h"

#include <algorithm>
#include <cmath>

namespace kalon::viewer {
namespace {

// The part that a value within the range lies in, by the edges themselves: dividing alone may miss by one.
size_t part_of(const Bins &bins, double value) {
  auto last = bins.counts.size() - 1;
  auto share = (value - bins.low) / (bins.high - bins.low) * static_cast<double>(bins.counts.size());
  auto part = std::min(last, static_cast<size_t>(std::max(0.0, share)));
  if (part > 0 && value < bins.edge(part)) --part;
  if (part < last && value >= bins.edge(part + 1)) ++part;
  return part;
}

void count(std::span<const double> values, const Bins &bins, std::vector<uint32_t> &counts) {
  for (double value : values)
    if (value >= bins.low && value <= bins.high) ++counts[part_of(bins, value)];
}

}  // namespace

Bins bins_of(std::span<const double> values, size_t bins) {
  Bins all;
  bool any = false;
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    all.low = any ? std::min(all.low, value) : value;
    all.high = any ? std::max(all.high, value) : value;
    any = true;
  }
  if (all.low == all.high) all.low -= 0.5, all.high += 0.5;
  all.counts.assign(std::max<size_t>(1, bins), 0);
  std::vector<uint32_t> counts(all.counts.size(), 0);
  if (any) count(values, all, counts);
  all.counts = std::move(counts);
  return all;
}

std::vector<uint32_t> counts_in(std::span<const double> values, const Bins &bins) {
  std::vector<uint32_t> counts(bins.counts.size(), 0);
  count(values, bins, counts);
  return counts;
}

size_t suggested_bins(std::span<const double> sorted) {
  constexpr double least = 24, most = 160;
  if (sorted.size() < 2 || sorted.front() == sorted.back()) return static_cast<size_t>(least);
  auto n = static_cast<double>(sorted.size());
  double range = sorted.back() - sorted.front();
  double sturges = range / (std::log2(n) + 1);
  double diaconis = 2 * (quantile_of(sorted, 0.75) - quantile_of(sorted, 0.25)) / std::cbrt(n);
  double width = diaconis > 0 ? std::min(sturges, diaconis) : sturges;
  return static_cast<size_t>(std::clamp(2 * std::ceil(range / width), least, most));
}

double quantile_of(std::span<const double> sorted, double share) {
  double at = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(at);
  auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - static_cast<double>(below));
}

size_t passing(std::span<const double> sorted, std::optional<double> low, std::optional<double> high) {
  auto from = low ? std::lower_bound(sorted.begin(), sorted.end(), *low) : sorted.begin();
  auto to = high ? std::upper_bound(sorted.begin(), sorted.end(), *high) : sorted.end();
  return to > from ? static_cast<size_t>(to - from) : 0;
}

double snapped(std::span<const double> sorted, double value, double reach) {
  auto above = std::lower_bound(sorted.begin(), sorted.end(), value);
  double best = value, distance = reach;
  if (above != sorted.end() && *above - value <= distance) best = *above, distance = *above - value;
  if (above != sorted.begin() && value - *(above - 1) < distance) best = *(above - 1);
  return best;
}

double stepped(std::span<const double> sorted, double value, int steps) {
  for (; steps > 0; --steps) {
    auto next = std::upper_bound(sorted.begin(), sorted.end(), value);
    if (next == sorted.end()) return sorted.back();
    value = *next;
  }
  for (; steps < 0; ++steps) {
    auto next = std::lower_bound(sorted.begin(), sorted.end(), value);
    if (next == sorted.begin()) return sorted.front();
    value = *(next - 1);
  }
  return value;
}

int suggested_stars(std::span<const double> sorted, double value, bool low_is_best) {
  constexpr std::array<double, 4> begins{0.1, 0.3, 0.7, 0.9};  // of two to five stars, as shares
  auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
  auto worse = static_cast<double>(low_is_best ? sorted.end() - last : first - sorted.begin());
  auto equal = static_cast<double>(last - first);
  double place = (worse + equal / 2) / static_cast<double>(sorted.size());
  int stars = 1;
  for (double begin : begins) stars += place >= begin ? 1 : 0;
  return stars;
}

std::vector<double> axis_ticks(double low, double high, size_t about) {
  std::vector<double> ticks;
  if (!(high > low) || !std::isfinite(high - low) || about == 0) return ticks;
  double rough = (high - low) / static_cast<double>(about);
  double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (double round : {1.0, 2.0, 5.0})
    if (rough <= round * power) {
      step = round * power;
      break;
    }
  for (double tick = std::ceil(low / step) * step; tick <= high + step * 1e-9 && ticks.size() < 1000; tick += step)
    ticks.push_back(std::fabs(tick) < step * 1e-6 ? 0 : tick);
  return ticks;
}

}  // namespace kalon::viewer
