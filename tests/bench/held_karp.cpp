#include "held_karp.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/cpu.h"
#include "base/threads.h"
#include "index/distance.h"

namespace kalon {
namespace {

// One step of Prim's method: the distances of all nodes outside the tree to it, given its newest node; returns the
// nearest one. Nodes in the tree have an infinite barrier.
KALON_MULTIVERSION int32_t grow(const float *row, const float *weights, const float *barrier, float newest_weight,
                                int32_t newest, float *key, int32_t *from, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    float length = row[i] + weights[i] + newest_weight;
    bool nearer = length < key[i];
    key[i] = nearer ? length : key[i];
    from[i] = nearer ? newest : from[i];
  }
  float least = std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < count; ++i) {
    float open = key[i] + barrier[i];
    least = open < least ? open : least;
  }
  for (int64_t i = 0; i < count; ++i)
    if (key[i] + barrier[i] == least) return static_cast<int32_t>(i);
  return -1;
}

}  // namespace

double held_karp_bound(MatrixView vectors, double upper, int rounds) {
  int64_t n = vectors.rows;
  if (n < 3) return 0;
  std::vector<float> distance(static_cast<size_t>(n * n));
  // Rounded down: a bound must not gain by rounding.
  parallel_for(n, [&](int64_t i) {
    for (int64_t j = 0; j < n; ++j)
      distance[i * n + j] = i == j ? std::numeric_limits<float>::infinity()
                                   : std::nextafter(static_cast<float>(std::sqrt(squared_distance(
                                                        vectors.row(i), vectors.row(j), vectors.dimension))),
                                                    0.0f);
  });

  auto count = static_cast<size_t>(n);
  std::vector<float> weights(count, 0.0f), key(count), barrier(count);
  std::vector<int32_t> from(count);
  std::vector<int> degree(count), before(count, 2);
  double best = 0, scale = 2;
  int without_gain = 0;
  for (int round = 0; round < rounds; ++round) {
    // The minimum spanning tree of nodes 1 .. n-1 and the two shortest edges of node 0. The tree is chosen in float;
    // its weight is summed in double, and a tree that rounding chose is too long by no more than rounding, which the
    // reported digits do not reach.
    std::fill(degree.begin(), degree.end(), 0);
    std::fill(key.begin(), key.end(), std::numeric_limits<float>::infinity());
    std::fill(barrier.begin(), barrier.end(), 0.0f);
    barrier[0] = barrier[1] = std::numeric_limits<float>::infinity();
    double total = 0;
    auto add = [&](int64_t a, int64_t b) {
      ++degree[a];
      ++degree[b];
      total +=
          static_cast<double>(distance[a * n + b]) + static_cast<double>(weights[a]) + static_cast<double>(weights[b]);
    };
    int32_t newest = 1;
    for (int64_t step = 2; step < n; ++step) {
      int32_t next = grow(&distance[newest * n], weights.data(), barrier.data(), weights[newest], newest, key.data(),
                          from.data(), n);
      add(next, from[next]);
      barrier[next] = std::numeric_limits<float>::infinity();
      newest = next;
    }
    int64_t first = -1, second = -1;
    for (int64_t i = 1; i < n; ++i) {
      auto cost = [&](int64_t j) { return distance[j] + weights[j]; };
      if (first < 0 || cost(i) < cost(first)) {
        second = first;
        first = i;
      } else if (second < 0 || cost(i) < cost(second)) {
        second = i;
      }
    }
    add(0, first);
    add(0, second);
    double bound = total;
    int64_t norm = 0;
    for (int64_t i = 0; i < n; ++i) {
      bound -= 2 * static_cast<double>(weights[i]);
      norm += (degree[i] - 2) * (degree[i] - 2);
    }
    if (bound > best * (1 + 1e-6)) {
      without_gain = 0;
    } else if (++without_gain == 8) {
      scale *= 0.75;
      without_gain = 0;
    }
    best = std::max(best, bound);
    if (norm == 0) break;  // the 1-tree is a tour: optimal
    double length = scale * std::max(upper - bound, 1e-6 * upper) / static_cast<double>(norm);
    for (int64_t i = 0; i < n; ++i) {
      // The last direction takes part (Helsgaun 2000), which damps oscillation.
      weights[i] += static_cast<float>(length * (0.7 * (degree[i] - 2) + 0.3 * (before[i] - 2)));
      before[i] = degree[i];
    }
  }
  return best;
}

}  // namespace kalon
