#pragma once
// A first closed tour: the greedy edge heuristic on the neighbour graph.

#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

// Takes the edges of the graph from short to long wherever they make no branch and no cycle, then joins the fragments
// that remain by the same rule on the neighbour graph of their ends, until one is left. `rows` are distinct in value;
// `graph` and the result hold places in `rows`. [worker]
std::vector<int32_t> greedy_tour(MatrixView vectors, std::span<const int32_t> rows, const Neighbours &graph,
                                 Task &task);

}  // namespace kalon
