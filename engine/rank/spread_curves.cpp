#include "rank/bayes.h"
#include "rank/pair_kernels.h"

namespace kalon {
namespace {

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

void spread_row(PairVotes &pairs, double variance, const Curvature &curvature, int32_t item) {
  const auto &row = pairs.rows[at(item)];
  entry_blurs(pairs.other.data() + row.begin, curvature.weights.data() + row.begin, pairs.scale.data() + row.begin,
              row.size, curvature.diagonal.data(), curvature.diagonal[at(item)], 1 / variance,
              pairs.blur.data() + row.begin);
}

}  // namespace

void spread_curves(VoteGraph &graph, double variance, const Curvature &curvature) {
  for_item_blocks(graph, [&](int32_t begin, int32_t end) {
    for (int32_t item = begin; item < end; ++item) spread_row(graph.pairs, variance, curvature, item);
  });
}

void spread_curves_of(VoteGraph &graph, double variance, const Curvature &curvature, int32_t item) {
  auto &pairs = graph.pairs;
  spread_row(pairs, variance, curvature, item);
  const auto &row = pairs.rows[at(item)];
  for (auto slot = at(row.begin); slot < at(row.begin + row.size); ++slot) {
    auto there = slots_of_pair(pairs, pairs.other[slot], item);
    while (pairs.scale[at(there.begin)] != pairs.scale[slot]) ++there.begin;
    pairs.blur[at(there.begin)] = pairs.blur[slot];
  }
}

}  // namespace kalon
