#pragma once
// An order along a minimum spanning tree: faster than a search and longer.

#include <cstdint>

#include "arrange/order.h"

namespace kalon {

struct TreeOrderOptions {
  // Nearest neighbours in the graph whose spanning tree is walked: reduced to what exists, and so far that all lists
  // together hold at most 4 million (57 for 70,000 vectors, 40 for 100,000), but not below 16.
  int neighbours = 600;
  int lookahead = 100;  // pending vectors that the walk chooses from
  int hops = 50;        // choices in a row before it goes back
  int block = 100;      // of neighbours in the order that 2-opt looks at together
  int shift = 90;       // from one block to the next
  int64_t start = -1;   // the row that the order begins with; -1: the first
};

// The steps of the image sorter by visual similarity (neighbour graph, spanning tree, walk, 2-opt), on the union of the
// neighbour lists, with equal vectors merged first, and with its last block searched like the others.
//
// The walk is a pre-order of the tree from the start with lookahead. Vectors whose parent was visited are pending, in a
// stack: those of the last visited parent on top, its nearest child uppermost. Next comes the one nearest to the
// current vector among the `lookahead` uppermost; after `hops` such choices in a row that were not the uppermost one,
// the uppermost one itself, so that what was hopped over is not left behind for long. Takes lookahead distances a
// vector.
//
// 2-opt reverses parts of a block while that shortens the order (best move first); the first vector of a block stays
// where it is, and so does the last one but for the last block's.
//
// The same input gives the same order. Values must be finite (invalid_argument). Case: x = 4, 0, 1, 9, 2, 7, 15 give
// the order 0 4 2 1 5 3 6. [worker]
Order order_along_tree(MatrixView vectors, const TreeOrderOptions &options, Task &task);

}  // namespace kalon
