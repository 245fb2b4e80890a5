#pragma once
// What a tour search knows of its nodes.

#include <cstdint>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

enum class TourEnds : int32_t {
  none,         // a closed tour
  free,         // an open path
  first_fixed,  // an open path that begins at the first row
};

// Nodes are numbered by the first tour, so that what is near in the tour is near in memory. An open path is a tour with
// one more node, at distance 0 from all others: the gap between its ends; a fixed end is tied to it.
struct TourGraph {
  // `rows` in the order of the first tour; `graph` holds, for each place of `rows`, the places of its neighbours. The
  // vectors are borrowed; their values must lie well inside the range of squares of float. [worker]
  TourGraph(MatrixView vectors, std::vector<int32_t> rows, Neighbours graph, TourEnds ends);

  float distance(int32_t a, int32_t b) const;  // in float arithmetic; neither may be the gap
  bool fixed(int32_t a, int32_t b) const {
    return start >= 0 && ((a == start && b == gap) || (a == gap && b == start));
  }

  MatrixView vectors;
  std::vector<int32_t> rows;
  int32_t count;       // of nodes, the gap included
  int32_t gap = -1;    // the node between the ends of an open path
  int32_t start = -1;  // the node that stays tied to the gap
  int32_t degree;
  std::vector<int32_t> neighbours;  // node -> degree nodes, nearest first
  std::vector<float> lengths;       // of the edges to them
  double tolerance = 0;             // gains below it are rounding
};

}  // namespace kalon
