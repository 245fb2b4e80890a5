#include "rank/pair_policies.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace kalon {
namespace {

void require_bins(int64_t bins) {
  if (bins < 1 || bins > most_bins) throw Error(Status::invalid_argument, "there must be 1 to 1000000 bins");
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
};

Range range_of(std::span<const double> scores) {
  Range range;
  for (double score : scores)
    if (std::isfinite(score)) range = {std::min(range.low, score), std::max(range.high, score)};
  return range;
}

// Calls use(item, rank) for the items of known score, from the least.
template <class Use>
void by_rank(std::span<const double> scores, const Use &use) {
  std::vector<int32_t> order;
  for (size_t i = 0; i < scores.size(); ++i)
    if (std::isfinite(scores[i])) order.push_back(static_cast<int32_t>(i));
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    double of_a = scores[static_cast<size_t>(a)], of_b = scores[static_cast<size_t>(b)];
    return of_a < of_b || (of_a == of_b && a < b);
  });
  auto known = static_cast<int64_t>(order.size());
  for (int64_t rank = 0; rank < known; ++rank) use(static_cast<size_t>(order[static_cast<size_t>(rank)]), rank, known);
}

}  // namespace

std::vector<int32_t> equal_width_bins(std::span<const double> scores, int64_t bins) {
  require_bins(bins);
  Range range = range_of(scores);
  // Halves, because the width of all doubles is none.
  double width = range.high / 2 - range.low / 2;
  std::vector<int32_t> found(scores.size(), -1);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!std::isfinite(scores[i])) continue;
    double share = width > 0 ? (scores[i] / 2 - range.low / 2) / width : 0;
    found[i] = static_cast<int32_t>(std::min(static_cast<int64_t>(share * static_cast<double>(bins)), bins - 1));
  }
  return found;
}

std::vector<int32_t> equal_count_bins(std::span<const double> scores, int64_t bins) {
  require_bins(bins);
  std::vector<int32_t> found(scores.size(), -1);
  by_rank(scores, [&](size_t item, int64_t rank, int64_t known) {
    found[item] = static_cast<int32_t>(bins >= known ? rank : rank * bins / known);
  });
  return found;
}

std::vector<int32_t> compatible_equal_width_bins(std::span<const double> scores, int64_t bins) {
  require_bins(bins);
  Range range = range_of(scores);
  std::vector<double> edges;
  double step = bins > 2 ? (range.high - range.low) / static_cast<double>(bins - 2) : 0;
  for (int64_t i = 0; i + 1 < bins; ++i)
    edges.push_back(i > 0 && i + 2 == bins ? range.high : range.low + static_cast<double>(i) * step);
  std::vector<int32_t> found(scores.size(), -1);
  for (size_t i = 0; i < scores.size(); ++i)
    if (std::isfinite(scores[i]))
      found[i] = static_cast<int32_t>(std::upper_bound(edges.begin(), edges.end(), scores[i]) - edges.begin());
  return found;
}

std::vector<int32_t> compatible_quantile_bins(std::span<const double> scores, int64_t bins) {
  require_bins(bins);
  std::vector<int32_t> found(scores.size(), -1);
  by_rank(scores, [&](size_t item, int64_t rank, int64_t known) {
    int64_t size = bins >= known ? 1 : (known + bins - 1) / bins;
    found[item] = static_cast<int32_t>((rank + (size - known % size) / 2) / size);
  });
  return found;
}

GroupMembers group_members(std::span<const int32_t> groups, std::span<const uint8_t> candidates) {
  auto takes_part = [&](size_t item) { return groups[item] >= 0 && (candidates.empty() || candidates[item] != 0); };
  int32_t last = -1;
  for (int32_t group : groups) {
    if (group < -1 || group >= std::max(static_cast<int64_t>(groups.size()), most_bins))
      throw Error(Status::invalid_argument, "groups must be numbered from 0");
    last = std::max(last, group);
  }
  GroupMembers found;
  found.starts.assign(static_cast<size_t>(last) + 2, 0);
  for (size_t i = 0; i < groups.size(); ++i)
    if (takes_part(i)) ++found.starts[static_cast<size_t>(groups[i]) + 1];
  std::partial_sum(found.starts.begin(), found.starts.end(), found.starts.begin());
  found.members.resize(static_cast<size_t>(found.starts.back()));
  auto next = found.starts;
  for (size_t i = 0; i < groups.size(); ++i)
    if (takes_part(i))
      found.members[static_cast<size_t>(next[static_cast<size_t>(groups[i])]++)] = static_cast<int32_t>(i);
  return found;
}

std::vector<int64_t> fair_shares(std::span<const int64_t> already, std::span<const int64_t> most, int64_t total,
                                 Random &random) {
  auto given = [&](size_t i, int64_t level) { return std::max(already[i], std::min(level, most[i])); };
  auto in_all = [&](int64_t level) {
    int64_t sum = 0;
    for (size_t i = 0; i < most.size(); ++i) sum += given(i, level);
    return sum;
  };
  // The greatest level that does not give more than there is.
  int64_t low = 0, high = most.empty() ? 0 : *std::max_element(most.begin(), most.end());
  while (low < high) {
    int64_t middle = low + (high - low + 1) / 2;
    if (in_all(middle) <= total)
      low = middle;
    else
      high = middle - 1;
  }
  std::vector<int64_t> shares(most.size());
  std::vector<int32_t> open;
  int64_t sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    shares[i] = given(i, low);
    sum += shares[i];
    if (given(i, low + 1) > shares[i]) open.push_back(static_cast<int32_t>(i));
  }
  shuffle_items(open, random);
  for (int32_t i : open)
    if (sum < total) ++shares[static_cast<size_t>(i)], ++sum;
  return shares;
}

void shuffle_items(std::span<int32_t> items, Random &random) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

std::vector<ItemPair> balanced_pairs(std::span<const int32_t> items, int64_t count,
                                     const std::function<bool(int32_t, int32_t)> &taken, Random &random) {
  std::vector<ItemPair> pairs;
  std::vector<int32_t> ring(items.begin(), items.end());
  shuffle_items(ring, random);
  auto size = static_cast<int64_t>(ring.size());
  std::vector<int32_t> distances(static_cast<size_t>(size / 2));
  std::iota(distances.begin(), distances.end(), 1);
  if (distances.size() > 1) shuffle_items(std::span(distances).subspan(1), random);
  auto take = [&](int64_t i, int64_t distance) {
    int32_t a = ring[static_cast<size_t>(i)], b = ring[static_cast<size_t>((i + distance) % size)];
    if (!taken(a, b)) pairs.push_back({a, b});
  };
  auto enough = [&] { return static_cast<int64_t>(pairs.size()) >= count; };
  for (int64_t distance : distances) {
    // Items half the ring apart meet once; else each meets two.
    int64_t end = 2 * distance == size ? distance : size;
    // Blocks of the length of the distance, every other one first: those pairs do not share items, up to the seam.
    for (int64_t offset : {int64_t{0}, distance})
      for (int64_t first = offset; first < end; first += 2 * distance)
        for (int64_t i = first; i < std::min(first + distance, end) && !enough(); ++i) take(i, distance);
    if (enough()) break;
  }
  return pairs;
}

std::vector<ItemPair> compatible_pairs(const GroupMembers &groups, int64_t max_pairs,
                                       const std::function<void(std::span<int32_t>)> &shuffle) {
  int64_t present = 0;
  for (int64_t g = 0; g < groups.groups(); ++g) present += groups.of(g).empty() ? 0 : 1;
  std::vector<ItemPair> pairs;
  int64_t budget = present == 0 ? 0 : std::max<int64_t>(1, max_pairs / present);
  for (int64_t g = 0; g < groups.groups(); ++g) {
    auto members = groups.of(g);
    if (members.size() < 2 || static_cast<int64_t>(pairs.size()) >= max_pairs) continue;
    std::vector<int32_t> ring(members.begin(), members.end());
    shuffle(ring);
    auto step = static_cast<size_t>(std::max<int64_t>(1, groups.pairs_of(g) / budget));
    auto before = static_cast<int64_t>(pairs.size());
    for (size_t i = 0; i + 1 < ring.size() && static_cast<int64_t>(pairs.size()) <= before + budget; ++i)
      for (size_t j = i + 1; j < ring.size(); j += step) pairs.push_back({ring[i], ring[j]});
    pairs.resize(static_cast<size_t>(std::min(static_cast<int64_t>(pairs.size()), before + budget)));
  }
  return pairs;
}

}  // namespace kalon
