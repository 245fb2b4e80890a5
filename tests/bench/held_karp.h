#pragma once
// The Held-Karp lower bound of closed tours.

#include <vector>

#include "index/neighbours.h"

namespace kalon {

// A lower bound of the length of every closed tour through all rows (Held and Karp 1970, 1971): the longest 1-tree over
// the complete graph that `rounds` of subgradient ascent on the node weights find. Valid after any number of rounds;
// `upper` is the length of some tour, and only steers the steps. Holds rows² floats; one round takes rows² steps.
double held_karp_bound(MatrixView vectors, double upper, int rounds);

}  // namespace kalon
