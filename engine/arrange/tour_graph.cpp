#include "arrange/tour_graph.h"

#include <algorithm>
#include <utility>

#include "base/threads.h"
#include "index/distance.h"

namespace kalon {

TourGraph::TourGraph(MatrixView matrix, std::vector<int32_t> tour, Neighbours graph, TourEnds ends)
    : vectors(matrix),
      rows(std::move(tour)),
      count(static_cast<int32_t>(rows.size()) + (ends == TourEnds::none ? 0 : 1)),
      degree(static_cast<int32_t>(graph.k)),
      neighbours(std::move(graph.rows)),
      lengths(neighbours.size()) {
  if (ends != TourEnds::none) gap = count - 1;
  if (ends == TourEnds::first_fixed) start = 0;
  // One edge has one length in the whole search, or rounding could make a cycle of improvements: the lengths that the
  // neighbour search found are not used.
  constexpr int64_t nodes_at_once = 1024;
  auto nodes = static_cast<int64_t>(rows.size());
  parallel_for((nodes + nodes_at_once - 1) / nodes_at_once, [&](int64_t block) {
    for (int64_t i = block * nodes_at_once; i < std::min(nodes, (block + 1) * nodes_at_once); ++i)
      for (int64_t j = i * degree; j < (i + 1) * degree; ++j)
        lengths[j] = distance(static_cast<int32_t>(i), neighbours[j]);
  });
  double sum = 0;
  for (float length : lengths) sum += static_cast<double>(length);
  tolerance = lengths.empty() ? 0 : 1e-9 * sum / static_cast<double>(lengths.size());
}

float TourGraph::distance(int32_t a, int32_t b) const {
  return fast_distance(vectors.row(rows[a]), vectors.row(rows[b]), vectors.dimension);
}

}  // namespace kalon
