#pragma once
// A closed tour that is cheap to walk and to reverse parts of, however long it is.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace kalon {

// The two-level doubly linked list (Fredman, Johnson, McGeoch and Ostheimer 1995): the tour is cut into segments of
// about sqrt(n) nodes that can be turned as a whole, so that a reversal takes about sqrt(n) steps instead of n. The
// length of each edge lies beside the link. Which of the two directions is "next" is no property of the tour and may
// change with every reversal.
class TourList {
 public:
  // Nodes are numbered along the first tour; lengths[i] is that of the edge from node i to the next one. At least 4.
  explicit TourList(std::span<const float> lengths);

  struct alignas(32) Node {
    std::array<int32_t, 2> link;  // the neighbours along the tour
    std::array<float, 2> length;  // of the edges to them
    int32_t segment, number;      // numbers grow along link[1] within a segment
  };
  const Node &node(int32_t i) const { return nodes_[i]; }
  int32_t size() const { return static_cast<int32_t>(nodes_.size()); }
  int32_t next(int32_t i) const { return nodes_[i].link[segments_[nodes_[i].segment].reversed ? 0 : 1]; }
  int32_t previous(int32_t i) const { return nodes_[i].link[segments_[nodes_[i].segment].reversed ? 1 : 0]; }
  bool adjacent(int32_t a, int32_t b) const { return nodes_[a].link[0] == b || nodes_[a].link[1] == b; }
  // Grows from some node on in the direction of next.
  int64_t place(int32_t i) const {
    const Segment &segment = segments_[nodes_[i].segment];
    int64_t number = segment.reversed ? -int64_t{nodes_[i].number} : int64_t{nodes_[i].number};
    return (int64_t{segment.rank} << 33) + number;
  }

  // Of a path between two nodes in the direction of next, roughly how many nodes it has: exact within a segment.
  int64_t estimated_length(int32_t from, int32_t to) const;

  // Reverses the path from one node to another, which begins behind `before`: edges before-from and to-after become
  // before-to and from-after. Their lengths are left to set_length.
  void reverse_path(int32_t before, int32_t from, int32_t to);
  void set_length(int32_t a, int32_t b, float length);  // of the edge a-b, which is in the tour

 private:
  struct Segment {
    int32_t first, last;  // along link[1]
    int32_t size, rank;
    bool reversed;
  };
  int32_t front(const Segment &segment) const { return segment.reversed ? segment.last : segment.first; }
  int32_t back(const Segment &segment) const { return segment.reversed ? segment.first : segment.last; }
  bool contiguous(int32_t from, int32_t to) const;
  int32_t rank_after(int32_t rank) const { return rank + 1 == static_cast<int32_t>(order_.size()) ? 0 : rank + 1; }
  void connect(int32_t a, int32_t b);
  void reverse(int32_t from, int32_t to);
  void reverse_inside(int32_t from, int32_t to);
  void reverse_segments(int32_t from, int32_t to);
  void split_before(int32_t node);
  void cut_into_segments(int32_t first);

  std::vector<Node> nodes_;
  std::vector<Segment> segments_;
  std::vector<int32_t> order_;  // rank -> segment
  int32_t usual_size_;
};

}  // namespace kalon
