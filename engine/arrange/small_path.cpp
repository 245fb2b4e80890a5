#include "arrange/small_path.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "index/distance.h"

namespace kalon {

std::vector<int32_t> shortest_path(MatrixView vectors, std::span<const int32_t> rows, int32_t first) {
  if (static_cast<int64_t>(rows.size()) > most_in_small_path)
    throw Error(Status::internal, "too many rows for an exact path");
  if (rows.size() < 2) return {rows.begin(), rows.end()};
  size_t n = rows.size();
  std::vector<double> distance(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      distance[i * n + j] = std::sqrt(squared_distance(vectors.row(rows[i]), vectors.row(rows[j]), vectors.dimension));

  // best[set * n + last]: the shortest path through the set that ends at last, which is in it.
  size_t sets = size_t{1} << n;
  std::vector<double> best(sets * n, std::numeric_limits<double>::infinity());
  std::vector<uint8_t> before(sets * n);
  for (size_t i = 0; i < n; ++i)
    if (first < 0 || i == static_cast<size_t>(first)) best[(size_t{1} << i) * n + i] = 0;
  for (size_t set = 1; set < sets; ++set) {
    for (size_t last = 0; last < n; ++last) {
      double length = best[set * n + last];
      if (std::isinf(length)) continue;
      for (size_t next = 0; next < n; ++next) {
        if ((set >> next & 1) != 0) continue;
        size_t place = (set | size_t{1} << next) * n + next;
        double longer = length + distance[last * n + next];
        if (longer < best[place]) {
          best[place] = longer;
          before[place] = static_cast<uint8_t>(last);
        }
      }
    }
  }
  size_t set = sets - 1;
  auto ends = best.begin() + static_cast<std::ptrdiff_t>(set * n);
  auto last = static_cast<size_t>(std::min_element(ends, best.end()) - ends);
  std::vector<int32_t> path;
  while (path.size() < n) {
    path.push_back(rows[last]);
    size_t previous = before[set * n + last];
    set &= ~(size_t{1} << last);
    last = previous;
  }
  if (first >= 0) std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace kalon
