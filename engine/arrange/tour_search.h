#pragma once
// Local search on a closed tour or an open path: sequential k-opt moves on neighbour lists, restarted by local double
// bridges.

#include <array>
#include <cstdint>
#include <vector>

#include "arrange/tour_exchange.h"
#include "arrange/tour_graph.h"
#include "arrange/tour_list.h"
#include "base/random.h"
#include "base/task.h"

namespace kalon {

// What came of cutting the tour up at one place and searching around it.
struct TourChange {
  using Edge = std::array<int32_t, 2>;
  double gained = 0;
  std::vector<Edge> removed, added;  // empty when the tour is better left as it is
};

// A tour and the search for shorter ones. Copies share the graph, which must outlive them, and are as good as the
// original: what a step finds depends on the tour, as a cycle, and on the step's number alone. About 100 bytes a node.
class TourSearch {
 public:
  static constexpr int32_t fewest_nodes = 8;

  explicit TourSearch(const TourGraph &graph);  // at least fewest_nodes

  // Until no move of the neighbourhood improves the tour. [worker]
  void to_optimum(Task &task);

  // Cuts the tour up behind a node, searches around it and leaves the tour as it was. [worker]
  TourChange attempt(int32_t node, uint64_t seed);

  // Makes the change on this tour, which may be another by now, with the same gain; false, and nothing is changed, when
  // that is no longer possible. [worker]
  bool make(const TourChange &change);

  // Both at once, at a random node. True when the tour became shorter. [worker]
  bool step(uint64_t seed);

  int32_t nodes() const { return graph_->count; }
  // Places of the graph's rows along the tour, from node 0, or from end to end. Equal cycles give equal sequences.
  std::vector<int32_t> sequence() const;

 private:
  static constexpr int deepest_move = 4;  // edges exchanged by one move at most
  struct Move {
    int edges = 0;
    std::array<int32_t, 2 * deepest_move> ends{};  // of the removed edges: 2e and 2e + 1
    std::array<int32_t, 2 * deepest_move> tied{};  // index of an end -> index of the end that an added edge ties it to
  };
  struct alignas(64) CacheLine {
    std::array<int32_t, 8> node;
    std::array<float, 8> distance;
  };

  float distance(int32_t a, int32_t b);
  bool closes(double gain, int32_t last, double *total);
  bool improve(int32_t node);
  bool extend(int edges, double gain);
  bool is_removed(int edges, int32_t a, int32_t b) const;
  bool carry_out(const Move &move);
  bool cut_up(int32_t node, Random random);
  TourChange net_change() const;
  void take_back();
  void search_queue();
  void enqueue(int32_t node);

  const TourGraph *graph_;
  TourList list_;
  std::vector<CacheLine> cache_;
  TourExchange exchange_;
  Move move_;                   // while it is sought: its ends, in the order of the alternating path
  double gained_ = 0;           // since the attempt began
  std::vector<int32_t> queue_;  // a ring of nodes to look at
  std::vector<uint8_t> queued_;
  size_t queue_begin_ = 0, queue_size_ = 0;
  bool journaling_ = false;
  std::vector<Move> moves_;
  std::vector<TourReversal> reversals_;
};

}  // namespace kalon
