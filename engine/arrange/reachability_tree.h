#pragma once
// The shortest tree through all rows under mutual reachability.

#include "index/neighbours.h"

namespace kalon {

struct ReachabilityEdge {
  int32_t a, b;  // rows, a < b
  float length;
};

struct ReachabilityTree {
  std::vector<ReachabilityEdge> edges;  // one fewer than rows; ascending by (length, a, b)
  std::vector<float> core;  // of each row, the distance to its min_samples-th nearest row, itself the first of them
};

// The minimum spanning tree of the complete graph whose lengths are max(core(a), core(b), distance(a, b)) (Campello,
// Moulavi and Sander 2013, definitions 3.1 to 3.4), without that graph: Borůvka's rounds on exact neighbour lists. A
// component takes its shortest edge out of the lists when nothing outside them can be shorter: rows that are not listed
// lie beyond the end of the list. Only where no component can be sure, the smallest ones search the rows outside them.
// So the tree is exact, and memory stays at the lists, about 400 bytes a row. Where clusters lie far apart the
// searches are few; the time is a few times that of finding the neighbours. Values must be finite, min_samples at least
// 1 (invalid_argument). [worker]
ReachabilityTree reachability_tree(MatrixView matrix, int64_t min_samples, Task &task);

}  // namespace kalon
