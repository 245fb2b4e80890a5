#pragma once
// Local search on a closed tour or an open path: sequential k-opt moves on neighbour lists, restarted by local double
// bridges.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "index/neighbours.h"

namespace kalon {

// Nodes are numbered by the first tour, so that what is near in the tour is near in memory. Distances are computed from
// the vectors (in float arithmetic) and remembered in a small cache. An open path is a tour with one more node, at
// distance 0 from all others: the gap between its ends.
class TourSearch {
 public:
  static constexpr int64_t kFewestNodes = 8;

  // `rows` in the order of the first tour (at least kFewestNodes); `graph` holds, for each place of `rows`, the places
  // of its neighbours. The vectors are borrowed; their values must lie well inside the range of squares of float.
  TourSearch(MatrixView vectors, std::span<const int32_t> rows, const Neighbours &graph, bool open, uint64_t seed);

  // Until no move of the neighbourhood improves the tour. [worker]
  void to_optimum(Task &task);

  // Cuts the tour up at one place, searches around it, and keeps the result unless it is longer. [worker]
  // True when the tour became shorter.
  bool step();

  std::vector<int32_t> sequence() const;  // places of `rows` along the tour; of an open one, from end to end

 private:
  static constexpr int kDepth = 4;  // edges exchanged by one move at most
  struct Plan;
  struct alignas(64) CacheLine {
    std::array<int32_t, 8> node;
    std::array<float, 8> distance;
  };
  struct JournalEntry {
    int32_t begin, length;
  };

  int32_t next(int32_t node) const {
    int32_t place = place_[node] + 1;
    return tour_[place == count_ ? 0 : place];
  }
  int32_t previous(int32_t node) const {
    int32_t place = place_[node];
    return tour_[(place == 0 ? count_ : place) - 1];
  }
  float distance(int32_t a, int32_t b);
  bool closes(double gain, int32_t last, double *total);
  bool improve(int32_t node);
  bool extend(int edges, double gain);
  bool is_removed(int edges, int32_t a, int32_t b) const;
  bool plan(int edges, Plan &plan) const;
  void carry_out(const Plan &plan);
  void rewrite(int32_t begin, std::span<const int32_t> nodes);
  void search_queue();
  void enqueue(int32_t node);
  uint32_t random_below(uint32_t bound);

  MatrixView vectors_;
  std::vector<int32_t> rows_;
  int32_t count_;
  int32_t degree_;
  int32_t gap_;                      // the node between the ends of an open path, or -1
  std::vector<int32_t> neighbours_;  // node -> degree_ nodes, nearest first
  std::vector<float> lengths_;       // of the edges to them
  std::vector<CacheLine> cache_;
  std::vector<int32_t> tour_, place_;
  std::array<int32_t, 2 * kDepth> ends_{};  // of the removed edges, in the order of the alternating path
  double tolerance_ = 0;                    // gains below it are rounding
  double gained_ = 0;                       // since the step began
  std::vector<int32_t> queue_;              // a ring of nodes to look at
  std::vector<uint8_t> queued_;
  size_t queue_begin_ = 0, queue_size_ = 0;
  bool journaling_ = false;
  std::vector<JournalEntry> journal_;
  std::vector<int32_t> overwritten_, scratch_, arranged_;
  uint64_t random_state_;
};

}  // namespace kalon
