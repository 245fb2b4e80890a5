#pragma once
// The log likelihood of votes as a function of utilities: concave, with its gradient and curvature.
//
// A pair whose difference of utilities, times the factor of who voted, is x: the first wins with e^{x/2} / Z, the
// second with e^{-x/2} / Z, and they tie with tie_rate / Z, Z = e^{x/2} + e^{-x/2} + tie_rate (Davidson 1970). An item
// i is chosen among a set S with e^{u_i} / sum over S of e^{u_j} (Luce 1959). Where there are ties, one decided vote
// between equals is added, -log(2 + tie_rate), so that their rate stays finite when every vote is a tie.
//
// Sums are added in an order that the graph alone decides: the same for any number of threads.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rank/vote_graph.h"

namespace kalon {

// The negative matrix of second derivatives H at some utilities: positive semidefinite, its rows sum to 0 (all factors
// 1 or not). Off the diagonal it is minus the weights of the pairs, and what the choices of orderings share.
struct Curvature {
  std::vector<float> weights;         // by slot of the pairs
  std::vector<double> pair_diagonal;  // by item: the sums of its row's weights
  std::vector<double> diagonal;       // by item, of all of H
  // By slot of the choices: e^u (relative to the greatest of its sequence), 1 / the sum over the set it was chosen from
  // (0: it was not chosen), and the sum of its shares in all choices of the sequence.
  std::vector<double> likes, per_set, shares;
};

// Utilities and gradients are by item; spans must have `items` entries. [worker]
double log_likelihood(const VoteGraph &graph, double tie_rate, std::span<const double> utilities);
// Writes the gradient by utilities and, unless null, the curvature.
void slope(const VoteGraph &graph, double tie_rate, std::span<const double> utilities, std::span<double> gradient,
           Curvature *curvature);
// to = H x.
void multiply(const VoteGraph &graph, const Curvature &curvature, std::span<const double> x, std::span<double> to);
// Adds H to a symmetric matrix, items x items, both triangles.
void add_to_matrix(const VoteGraph &graph, const Curvature &curvature, std::span<double> matrix);
// -H[a, b] of different items.
double coupling(const VoteGraph &graph, const Curvature &curvature, int32_t a, int32_t b);

// Derivatives of the log likelihood by log(tie_rate); all are 0 where there are no ties.
struct TieSlope {
  double gradient = 0;
  double curvature = 0;  // minus the second derivative
};
// Writes, unless empty, the mixed derivatives by utility and log(tie_rate).
TieSlope tie_slope(const VoteGraph &graph, double tie_rate, std::span<const double> utilities, std::span<double> mixed);
// The most likely rate at fixed utilities; 0 where there are no ties. Alternating this with steps in the utilities ends
// at the joint mode, as the likelihood is concave in both together.
double most_likely_tie_rate(const VoteGraph &graph, std::span<const double> utilities);

// Of one item alone, its gradient and its entry on the diagonal, recomputed from the utilities; fresh weights of its
// row's slots are written to `weights`. [any]
struct ItemSlope {
  double gradient = 0, diagonal = 0;
};
ItemSlope item_slope(const VoteGraph &graph, double tie_rate, std::span<const double> utilities, int32_t item,
                     std::span<float> weights);

// Calls body(begin, end) for blocks of items, on several threads where there is enough to do. [worker]
void for_item_blocks(const VoteGraph &graph, const std::function<void(int32_t begin, int32_t end)> &body);

}  // namespace kalon
