#include "arrange/k_means_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/threads.h"
#include "index/distance.h"

namespace kalon {
namespace {

constexpr int64_t rows_per_part = 256;
constexpr int64_t many_centres = 1000;  // beyond it, one candidate each: trying more costs more than it gives

// Float arithmetic where squares stay within its range, which unit vectors and what models give do.
bool floats_suffice(MatrixView rows, std::span<const int32_t> sample) {
  float largest = 0;
  for (int32_t row : sample)
    for (int64_t d = 0; d < rows.dimension; ++d) largest = std::max(largest, std::abs(rows.row(row)[d]));
  return largest < 1e12f && largest > 1e-6f;
}

// Where a number between 0 and the sum falls.
size_t place_of(const std::vector<double> &weight, double target) {
  size_t last = 0;
  for (size_t i = 0; i < weight.size(); ++i) {
    if (weight[i] <= 0) continue;
    last = i;
    target -= weight[i];
    if (target < 0) break;
  }
  return last;
}

}  // namespace

std::vector<int32_t> k_means_start(MatrixView rows, std::span<const int32_t> sample, int64_t k, Random &random,
                                   const Task &task) {
  std::vector<int32_t> centres;
  if (sample.empty() || k < 1) return centres;
  bool in_floats = floats_suffice(rows, sample);
  auto squared = [&](int32_t a, int32_t b) {
    if (!in_floats) return squared_distance(rows.row(a), rows.row(b), rows.dimension);
    auto distance = static_cast<double>(fast_distance(rows.row(a), rows.row(b), rows.dimension));
    return distance * distance;
  };
  auto size = static_cast<int64_t>(sample.size());
  int64_t parts = (size + rows_per_part - 1) / rows_per_part;
  auto most_tries = static_cast<size_t>(k > many_centres ? 1 : 2 + static_cast<int>(std::log(static_cast<double>(k))));
  std::vector<double> nearest(sample.size(), std::numeric_limits<double>::infinity());  // squared, to a centre
  std::vector<std::vector<double>> tried;      // the same, were the candidate a centre
  std::vector<std::vector<double>> part_sums;  // part, candidate: fixed parts, added in order

  std::vector<int32_t> candidates{sample[random.below(sample.size())]};
  while (true) {
    task.throw_if_cancelled();
    tried.assign(candidates.size(), std::vector<double>(sample.size()));
    part_sums.assign(static_cast<size_t>(parts), std::vector<double>(candidates.size()));
    parallel_for(parts, [&](int64_t part) {
      for (int64_t i = part * rows_per_part; i < std::min(size, (part + 1) * rows_per_part); ++i)
        for (size_t c = 0; c < candidates.size(); ++c)
          part_sums[part][c] += tried[c][i] = std::min(nearest[i], squared(sample[i], candidates[c]));
    });
    std::vector<double> sums(candidates.size());
    for (const auto &part : part_sums)
      for (size_t c = 0; c < sums.size(); ++c) sums[c] += part[c];
    auto best = static_cast<size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
    centres.push_back(candidates[best]);
    nearest = std::move(tried[best]);
    if (static_cast<int64_t>(centres.size()) == k) return centres;
    if (!(sums[best] > 0)) break;
    candidates.clear();
    for (size_t c = 0; c < most_tries; ++c) candidates.push_back(sample[place_of(nearest, random.unit() * sums[best])]);
  }
  // Rows are left that lie so near to the centres that the squares vanish: any of them will do.
  std::unordered_set<int32_t> chosen(centres.begin(), centres.end());
  for (int32_t row : sample)
    if (static_cast<int64_t>(centres.size()) < k && chosen.insert(row).second) centres.push_back(row);
  return centres;
}

}  // namespace kalon
