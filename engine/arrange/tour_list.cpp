#include "arrange/tour_list.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace kalon {
namespace {

constexpr int32_t smallest_segment = 64;
constexpr int32_t most_of_usual = 6;  // a segment grown beyond so many usual ones: all are cut anew
constexpr int32_t largest_number = int32_t{1} << 30;

}  // namespace

TourList::TourList(std::span<const float> lengths) : nodes_(lengths.size()) {
  auto count = static_cast<int32_t>(lengths.size());
  usual_size_ = std::max(smallest_segment, static_cast<int32_t>(std::sqrt(static_cast<double>(count))));
  for (int32_t i = 0; i < count; ++i) {
    int32_t before = i == 0 ? count - 1 : i - 1, after = i + 1 == count ? 0 : i + 1;
    nodes_[i] = {{before, after}, {lengths[before], lengths[i]}, 0, i};
  }
  auto segments = static_cast<size_t>(std::max(1, count / usual_size_));
  segments_.assign(segments, {0, 0, 0, 0, false});
  usual_size_ = count / static_cast<int32_t>(segments);
  order_.assign(segments, 0);
  cut_into_segments(0);
}

// Segments of equal size along the tour from `first`; before, all nodes must belong to segment 0 or to valid ones.
void TourList::cut_into_segments(int32_t first) {
  std::vector<int32_t> tour(nodes_.size());
  for (size_t i = 0; i < tour.size(); ++i, first = next(first)) tour[i] = first;
  size_t segments = segments_.size();
  for (size_t s = 0, begin = 0; s < segments; ++s) {
    size_t end = (s + 1) * tour.size() / segments;
    order_[s] = static_cast<int32_t>(s);
    segments_[s] = {tour[begin], tour[end - 1], static_cast<int32_t>(end - begin), static_cast<int32_t>(s), false};
    for (size_t i = begin; i < end; ++i) {
      Node &node = nodes_[tour[i]];
      int32_t after = tour[i + 1 == tour.size() ? 0 : i + 1];
      if (node.link[1] != after) {
        std::swap(node.link[0], node.link[1]);
        std::swap(node.length[0], node.length[1]);
      }
      node.segment = static_cast<int32_t>(s);
      node.number = static_cast<int32_t>(i - begin);
    }
    begin = end;
  }
}

// Whether the path from one node to the other, in the direction of next, lies within one segment.
bool TourList::contiguous(int32_t from, int32_t to) const {
  const Node &a = nodes_[from], &b = nodes_[to];
  if (a.segment != b.segment) return false;
  return segments_[a.segment].reversed ? b.number <= a.number : a.number <= b.number;
}

int64_t TourList::estimated_length(int32_t from, int32_t to) const {
  if (contiguous(from, to)) return std::abs(int64_t{nodes_[to].number} - nodes_[from].number) + 1;
  const Segment &head = segments_[nodes_[from].segment], &tail = segments_[nodes_[to].segment];
  int64_t before = std::abs(int64_t{nodes_[from].number} - nodes_[front(head)].number);
  int64_t after = std::abs(int64_t{nodes_[to].number} - nodes_[front(tail)].number) + 1;
  int64_t segments = tail.rank - head.rank;
  if (segments <= 0) segments += static_cast<int64_t>(order_.size());
  return segments * usual_size_ + after - before;
}

void TourList::connect(int32_t a, int32_t b) {
  nodes_[a].link[segments_[nodes_[a].segment].reversed ? 0 : 1] = b;
  nodes_[b].link[segments_[nodes_[b].segment].reversed ? 1 : 0] = a;
}

void TourList::reverse_path(int32_t before, int32_t from, int32_t to) {
  if (next(before) == from)
    reverse(from, to);
  else
    reverse(to, from);
}

void TourList::set_length(int32_t a, int32_t b, float length) {
  nodes_[a].length[nodes_[a].link[0] == b ? 0 : 1] = length;
  nodes_[b].length[nodes_[b].link[0] == a ? 0 : 1] = length;
}

// Reverses the path between two nodes, or the rest of the tour, which makes the same cycle.
void TourList::reverse(int32_t from, int32_t to) {
  while (from != to) {
    int32_t before = previous(from), after = next(to);
    if (after == from) return;
    if (contiguous(from, to)) return reverse_inside(from, to);
    if (contiguous(after, before)) return reverse_inside(after, before);
    // Whole segments are turned; those at the ends are split for it, which may bring both ends into one.
    const Segment &head = segments_[nodes_[from].segment], &tail = segments_[nodes_[to].segment];
    if (front(head) != from) {
      split_before(from);
    } else if (back(tail) != to) {
      split_before(after);
    } else {
      auto count = static_cast<int32_t>(order_.size());
      int32_t inside = tail.rank - head.rank + (tail.rank < head.rank ? count : 0) + 1;
      return 2 * inside <= count ? reverse_segments(from, to) : reverse_segments(after, before);
    }
  }
}

void TourList::reverse_inside(int32_t from, int32_t to) {
  int32_t before = previous(from), after = next(to);
  Segment &segment = segments_[nodes_[from].segment];
  int32_t low = segment.reversed ? to : from, high = segment.reversed ? from : to;
  if (low == segment.first && high == segment.last) {
    segment.reversed = !segment.reversed;
  } else {
    if (low == segment.first) segment.first = high;
    if (high == segment.last) segment.last = low;
    int32_t sum = nodes_[low].number + nodes_[high].number;
    for (int32_t i = low, more = 1; more != 0;) {
      Node &node = nodes_[i];
      more = i != high;
      i = node.link[1];
      std::swap(node.link[0], node.link[1]);
      std::swap(node.length[0], node.length[1]);
      node.number = sum - node.number;
    }
  }
  connect(before, to);
  connect(from, after);
}

void TourList::reverse_segments(int32_t from, int32_t to) {
  int32_t before = previous(from), after = next(to);
  auto count = static_cast<int32_t>(order_.size());
  int32_t low = segments_[nodes_[from].segment].rank, high = segments_[nodes_[to].segment].rank;
  int32_t inside = high - low + (high < low ? count : 0) + 1;
  auto turn = [&](int32_t rank) {
    Segment &segment = segments_[order_[rank]];
    segment.rank = rank;
    segment.reversed = !segment.reversed;
  };
  for (; inside > 0; inside -= 2) {
    std::swap(order_[low], order_[high]);
    turn(low);
    if (inside > 1) turn(high);
    low = rank_after(low);
    high = (high == 0 ? count : high) - 1;
  }
  connect(before, to);
  connect(from, after);
}

// Makes a node the front of its segment: the smaller of the two parts goes to the segment beside it.
void TourList::split_before(int32_t node) {
  int32_t own = nodes_[node].segment;
  Segment &segment = segments_[own];
  int32_t behind = segment.reversed ? segment.size - 1 - (nodes_[node].number - nodes_[segment.first].number)
                                    : nodes_[node].number - nodes_[segment.first].number;
  bool leading = 2 * behind <= segment.size;  // the nodes before this one move
  int32_t moved = leading ? behind : segment.size - behind;
  auto count = static_cast<int32_t>(order_.size());
  int32_t rank = leading ? (segment.rank == 0 ? count : segment.rank) - 1 : rank_after(segment.rank);
  int32_t other = order_[rank];
  Segment &target = segments_[other];
  // The nodes that move, from the border to the other segment inwards; `step` leads away from that border.
  size_t step = leading != segment.reversed ? 1 : 0;
  int32_t at = leading ? front(segment) : back(segment);
  // They become numbers beyond the end of the target that faces them.
  bool at_high_end = leading != target.reversed;
  int32_t number = nodes_[at_high_end ? target.last : target.first].number;
  bool turned = segment.reversed != target.reversed;
  int32_t last_moved = at;
  for (int32_t i = 0; i < moved; ++i) {
    Node &moving = nodes_[at];
    last_moved = at;
    at = moving.link[step];
    if (turned) {
      std::swap(moving.link[0], moving.link[1]);
      std::swap(moving.length[0], moving.length[1]);
    }
    number += at_high_end ? 1 : -1;
    moving.number = number;
    moving.segment = other;
  }
  (at_high_end ? target.last : target.first) = last_moved;
  (leading != segment.reversed ? segment.first : segment.last) = at;
  segment.size -= moved;
  target.size += moved;
  if (target.size > most_of_usual * usual_size_ || std::abs(number) > largest_number) cut_into_segments(node);
}

}  // namespace kalon
