#pragma once
// How well a grid keeps distances: the distance preservation quality of Barthel, Hezel, Jung and Schall, "Improved
// Evaluation and Generation of Grid Layouts using Distance Preservation Quality and Linear Assignment Sorting",
// Computer Graphics Forum 42 (2023).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "arrange/grid_layout.h"

namespace kalon {

// DPQ_p, 0 to 1, of a grid whose cells each hold a row of the vectors, or none (-1). For each k the mean distance of
// the k neighbours nearest on the grid (of equally near ones the more similar first) is compared with the mean of all
// distances, and with what the k most similar vectors give. Time and memory: rows squared.
inline double grid_quality(MatrixView vectors, const GridLayout &grid, double p) {
  auto n = static_cast<size_t>(vectors.rows);
  std::vector<int64_t> cell_of(n);
  for (size_t cell = 0; cell < grid.cells.size(); ++cell)
    if (grid.cells[cell] >= 0) cell_of[static_cast<size_t>(grid.cells[cell])] = static_cast<int64_t>(cell);
  std::vector<double> nearest(n - 1), beside(n - 1), distances(n);
  std::vector<std::pair<int64_t, double>> by_place(n);
  double sum = 0;
  for (size_t a = 0; a < n; ++a) {
    int64_t x = cell_of[a] % grid.columns, y = cell_of[a] / grid.columns;
    for (size_t b = 0; b < n; ++b) {
      double squared = 0;
      for (int64_t d = 0; d < vectors.dimension; ++d) {
        double difference = static_cast<double>(vectors.row(static_cast<int64_t>(a))[d]) -
                            static_cast<double>(vectors.row(static_cast<int64_t>(b))[d]);
        squared += difference * difference;
      }
      distances[b] = std::sqrt(squared);
      sum += distances[b];
      int64_t right = cell_of[b] % grid.columns - x, down = cell_of[b] / grid.columns - y;
      by_place[b] = {right * right + down * down, distances[b]};
    }
    std::sort(distances.begin(), distances.end());
    std::sort(by_place.begin(), by_place.end());
    double so_far = 0, so_far_beside = 0;
    for (size_t k = 1; k < n; ++k) {
      nearest[k - 1] += (so_far += distances[k]) / static_cast<double>(k);
      beside[k - 1] += (so_far_beside += by_place[k].second) / static_cast<double>(k);
    }
  }
  auto rows = static_cast<double>(n);
  double mean = sum / (rows * (rows - 1)), reached = 0, possible = 0;
  for (size_t k = 0; k + 1 < n; ++k) {
    reached += std::pow(std::max(0.0, 1 - beside[k] / rows / mean), p);
    possible += std::pow(std::max(0.0, 1 - nearest[k] / rows / mean), p);
  }
  return std::pow(reached / possible, 1 / p);
}

}  // namespace kalon
