#pragma once
// A short spanning tree over vectors.

#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

struct TreeEdge {
  int32_t a, b;
};

// The minimum spanning tree (Borůvka 1926) of the graph that ties each vector to its `neighbours` nearest ones, an edge
// counting when either end names it. Where that graph falls into islands, a second one over a few vectors of each joins
// them at the shortest edges found between them. `rows` are distinct in value; the result holds rows.size() - 1 edges
// between places in `rows`. With neighbours >= rows.size() - 1 it is the minimum spanning tree of all pairs.
// Beside the vectors it holds 8 bytes for each neighbour and about 40 for each row. [worker]
std::vector<TreeEdge> spanning_tree(MatrixView vectors, std::span<const int32_t> rows, int neighbours, Task &task);

}  // namespace kalon
