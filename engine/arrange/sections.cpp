#include "arrange/sections.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace kalon {
namespace {

constexpr double stands_out = 1.1, far_away = 2, clear_gap = 1.5, deviations_apart = 3;
constexpr double normal_deviation = 1.4826;  // a normal distribution's standard deviation over its median absolute one
constexpr double most_cuts = 2, fewest_cuts = 1;  // cuts, times the square root of the members
constexpr size_t most_unclear = 100;              // cuts of large orders whose steps show no clear gap
constexpr int64_t small_section = 2;              // members of a section that must be far from both sides

double median(std::vector<double> values) {  // the lower one of two
  if (values.empty()) return 0;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Rule {
  size_t cuts = 0;        // wanted
  size_t considered = 0;  // of the steps, from the largest
  double far = 0;         // steps that may set a small section apart
};

// The rule that suits the steps, which descend.
Rule suitable_rule(const std::vector<double> &steps, int64_t members) {
  std::vector<double> positive(steps.begin(), std::find(steps.begin(), steps.end(), 0.0));
  double usual = median(positive);
  for (double &step : positive) step = std::abs(step - usual);
  double outlying = usual + deviations_apart * normal_deviation * median(positive);
  auto reaching = [&](double bound) {
    auto below = std::find_if(steps.begin(), steps.end(), [&](double step) { return step < bound; });
    return static_cast<size_t>(below - steps.begin());
  };
  double root = std::sqrt(static_cast<double>(members));
  size_t candidates = std::min(reaching(stands_out * usual), static_cast<size_t>(std::ceil(most_cuts * root)));
  if (usual == 0) return {};
  Rule clear;
  double widest = clear_gap;
  for (size_t cuts = 1; cuts <= candidates && cuts < steps.size(); ++cuts) {
    double last = steps[cuts - 1], next = std::max(steps[cuts], usual);
    if (last < widest * next) continue;
    widest = last / next;
    clear = {cuts, cuts, last};
  }
  if (clear.cuts > 0) return clear;
  size_t cuts = std::max(reaching(outlying), static_cast<size_t>(std::lround(fewest_cuts * root)));
  return {std::min({candidates, cuts, most_unclear}), candidates, std::max(far_away * usual, outlying)};
}

}  // namespace

std::vector<int64_t> sections_of(std::span<const double> steps, int64_t members, int64_t count) {
  if (members <= 0) return {};
  std::vector<int64_t> order(steps.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return steps[a] > steps[b]; });
  std::vector<double> descending;
  descending.reserve(order.size());
  for (int64_t step : order) descending.push_back(steps[step]);
  Rule rule = suitable_rule(descending, members);
  if (count > 0) rule = {static_cast<size_t>(std::min(count, members)) - 1, order.size(), rule.far};

  std::set<int64_t> begins = {0, members};
  // Of the step that a section begins with; nothing lies beyond the ends of the order.
  auto is_far = [&](int64_t begin) { return begin == 0 || begin == members || steps[begin - 1] >= rule.far; };
  auto leaves_small = [&](int64_t cut) {
    auto next = begins.upper_bound(cut);
    int64_t after = *next, before = *std::prev(next);
    return (cut - before <= small_section && !(is_far(before) && is_far(cut))) ||
           (after - cut <= small_section && !(is_far(cut) && is_far(after)));
  };
  for (bool any : {false, true}) {
    if (any && count == 0) break;
    for (size_t i = 0; i < rule.considered && begins.size() < rule.cuts + 2; ++i) {
      int64_t cut = order[i] + 1;
      if (!begins.contains(cut) && (any || !leaves_small(cut))) begins.insert(cut);
    }
  }
  begins.erase(members);
  return {begins.begin(), begins.end()};
}

}  // namespace kalon
