#pragma once
// Exchanging some edges of a tour for others at once.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "arrange/tour_list.h"

namespace kalon {

struct TourReversal {
  int32_t before, from, to;  // as TourList::reverse_path took them; reverse_path(before, to, from) takes it back
};

// Plans are made and carried out one at a time; the object only keeps their memory.
class TourExchange {
 public:
  // ends[2e] and ends[2e + 1] are the nodes of the removed edges, which are in the tour; tied[i] is the index of the
  // end that an added edge ties ends[i] to. False when that makes several cycles of the tour. [any]
  bool plan(const TourList &tour, std::span<const int32_t> ends, std::span<const int32_t> tied);
  // The same from two lists of edges, in which every node occurs equally often.
  bool plan(const TourList &tour, std::span<const std::array<int32_t, 2>> removed,
            std::span<const std::array<int32_t, 2>> added);
  // What was planned, on the same tour; the lengths of the added edges are left to be set. [any]
  void carry_out(TourList &tour, std::vector<TourReversal> *journal);

 private:
  int pieces_ = 0;                     // between the removed edges, in the direction of next
  std::vector<int32_t> first_, last_;  // nodes of each piece
  std::vector<int32_t> joined_;        // piece ends (2 * piece, + 1 at its last node) -> the end it is tied to
  std::vector<int32_t> ends_, tied_, end_, order_, now_, wanted_;
  std::vector<int64_t> cut_;
};

}  // namespace kalon
