#pragma once
// Votes in the form that likelihoods are computed from: all votes on a pair by people of one factor are one entry,
// orderings are sequences of choices. The order of the votes leaves no trace.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rank/votes.h"

namespace kalon {

// The entries of pairs as rows: each entry lies in the row of both its items, seen from each, and each row is ascending
// by the other item, then by the factor. Rows lie in one pool of slots, not necessarily in order or side by side.
struct PairVotes {
  struct Row {
    int64_t begin = 0;
    int32_t size = 0, capacity = 0;
  };
  std::vector<Row> rows;  // by item
  // By slot.
  std::vector<int32_t> other;  // the other item
  std::vector<float> net;      // votes for this item less votes for the other, weighted
  std::vector<float> count;    // votes for this, for the other, and ties, weighted; at most most_on_a_pair
  std::vector<float> scale;    // the factor of those who voted, > 0: the difference of utilities counts so many times
  // 1, or less where the difference of utilities is itself uncertain and slopes are to be those of the votes' mean over
  // it: the difference counts so many times less within the curve (spread_curves() in bayes.h).
  std::vector<float> blur;
  int64_t used = 0;  // slots that belong to rows
};
// More votes on one pair say no more: beyond it, sums of curvatures lose the rest of the votes to rounding.
inline constexpr double most_on_a_pair = 1e9;
inline constexpr double greatest_factor = 1000;

// Orderings, of each the items from the best rank to the worst. Each item with one of a greater rank behind it was
// chosen among itself and all of greater rank (Luce 1959, Plackett 1975).
struct Choices {
  struct Sequence {
    int64_t begin = 0;
    int32_t size = 0;
    float weight = 1, scale = 1;  // a negative factor reverses the utilities
  };
  std::vector<Sequence> sequences;
  // By slot.
  std::vector<int32_t> item;
  std::vector<int32_t> beyond;    // where greater ranks begin, counted within the sequence; its size: there are none
  std::vector<int32_t> sequence;  // which one the slot belongs to
  // The slots of an item: slots_of[first_of[item]] to slots_of[first_of[item + 1]].
  std::vector<int64_t> first_of, slots_of;
};

struct VoteGraph {
  int32_t items = 0;
  PairVotes pairs;
  Choices choices;
  double ties = 0;              // weight of all ties
  std::vector<double> factors;  // by annotator; those beyond count 1
};

// Votes that tell no order, and votes of people whose factor is 0, leave nothing in the graph. The history must be
// valid (require_valid()). Throws invalid_argument for factors beyond greatest_factor. [worker]
VoteGraph make_vote_graph(const VoteHistory &history, std::span<const double> annotator_factors);

// Takes one more valid vote in; false: it says nothing. Values by slot that a caller keeps beside the pool move along
// with the slots, those of new slots are 0. Amortised O(votes on the two items). [worker]
bool add_vote(VoteGraph &graph, const Comparison &vote, std::vector<float> *beside = nullptr);
// O(all orderings).
bool add_vote(VoteGraph &graph, const Ordering &vote);

// The slots of a pair within the row of `item`: one for each factor. [any]
struct SlotRange {
  int64_t begin = 0, end = 0;
};
SlotRange slots_of_pair(const PairVotes &pairs, int32_t item, int32_t other);

}  // namespace kalon
