#include "arrange/tour_search.h"

#include <algorithm>
#include <span>

#include "base/error.h"

namespace kalon {
namespace {

// Continuations tried when so many edges (from 1) are removed: the most promising ones of all neighbours. Wider or
// deeper searches reach no shorter tours in the same time; short pieces make steps cheap and are kept more often.
constexpr std::array<int, 3> breadths = {5, 3, 1};
constexpr int widest_search = 5;
constexpr uint32_t longest_piece = 10;  // of a double bridge

// One more edge to add (from the path's end to near) and one to remove (near - far).
struct Continuation {
  double gain;  // so far, with the path open
  int32_t near, far;
  // Which link of a node comes first is no property of the tour: what is found must not depend on it.
  bool operator<(const Continuation &other) const {
    return gain != other.gain ? gain > other.gain : far != other.far ? far < other.far : near < other.near;
  }
};

}  // namespace

TourSearch::TourSearch(const TourGraph &graph)
    : graph_(&graph), list_([&] {
        if (graph.count < fewest_nodes) throw Error(Status::internal, "a tour search needs eight nodes");
        std::vector<float> lengths(static_cast<size_t>(graph.count));
        for (int32_t i = 0; i < graph.count; ++i) {
          int32_t after = i + 1 == graph.count ? 0 : i + 1;
          lengths[i] =
              i == graph.gap || after == graph.gap ? 0 : graph.distance(std::min(i, after), std::max(i, after));
        }
        return TourList(lengths);
      }()) {
  auto count = static_cast<size_t>(graph.count);
  CacheLine empty;
  empty.node.fill(-1);
  empty.distance.fill(0);
  cache_.assign(count, empty);
  queue_.resize(count);
  queued_.assign(count, 0);
}

float TourSearch::distance(int32_t a, int32_t b) {
  if (a > b) std::swap(a, b);
  if (b == graph_->gap) return 0;
  CacheLine &line = cache_[a];
  size_t slot = static_cast<size_t>(b) & 7;
  if (line.node[slot] != b) {
    line.node[slot] = b;
    line.distance[slot] = graph_->distance(a, b);
  }
  return line.distance[slot];
}

void TourSearch::enqueue(int32_t node) {
  if (queued_[node] != 0) return;
  queued_[node] = 1;
  size_t place = queue_begin_ + queue_size_++;
  queue_[place >= queue_.size() ? place - queue_.size() : place] = node;
}

void TourSearch::search_queue() {
  while (queue_size_ > 0) {
    int32_t node = queue_[queue_begin_];
    if (++queue_begin_ == queue_.size()) queue_begin_ = 0;
    --queue_size_;
    queued_[node] = 0;
    while (improve(node)) {
    }
  }
}

// Whether ending the move at `last`, tied to its first node, gains; most ends are refused without computing a distance,
// because what is not among a node's neighbours is farther than all of them.
bool TourSearch::closes(double gain, int32_t last, double *total) {
  int32_t first = move_.ends[0];
  const TourGraph &graph = *graph_;
  if (first != graph.gap && last != graph.gap) {
    auto degree = static_cast<size_t>(graph.degree);
    const float *a = &graph.lengths[static_cast<size_t>(first) * degree];
    const float *b = &graph.lengths[static_cast<size_t>(last) * degree];
    bool of_first = a[degree - 1] >= b[degree - 1];
    int32_t node = of_first ? first : last, other = of_first ? last : first;
    const float *lengths = of_first ? a : b;
    if (gain <= static_cast<double>(lengths[degree - 1])) {
      const int32_t *list = &graph.neighbours[static_cast<size_t>(node) * degree];
      for (size_t j = 0; gain - static_cast<double>(lengths[j]) > graph.tolerance; ++j) {
        if (list[j] != other) continue;
        *total = gain - static_cast<double>(lengths[j]);
        return true;
      }
      return false;
    }
  }
  *total = gain - static_cast<double>(distance(last, first));
  return *total > graph.tolerance;
}

bool TourSearch::improve(int32_t node) {
  move_.ends[0] = node;
  TourList::Node at = list_.node(node);
  size_t lower = at.link[0] < at.link[1] ? 0 : 1;
  for (size_t side : {lower, 1 - lower}) {
    if (graph_->fixed(node, at.link[side])) continue;
    move_.ends[1] = at.link[side];
    if (extend(1, static_cast<double>(at.length[side]))) return true;
  }
  return false;
}

// Lin and Kernighan's alternating path: so far `edges` edges were removed and one fewer added, with a positive gain.
// Adds an edge from its end to a near neighbour, removes one of the neighbour's two, and tries to close the path.
bool TourSearch::extend(int edges, double gain) {
  const TourGraph &graph = *graph_;
  int32_t first = move_.ends[0], end = move_.ends[2 * edges - 1];
  std::array<Continuation, widest_search> best;
  int count = 0, breadth = breadths[edges - 1];
  auto consider = [&](int32_t near, double rest) {
    const TourList::Node &at = list_.node(near);
    if (at.link[0] == end || at.link[1] == end) return;
    for (size_t side : {0, 1}) {
      Continuation found{rest + static_cast<double>(at.length[side]), near, at.link[side]};
      if (count == breadth && !(found < best[count - 1])) continue;
      if (found.far == first || is_removed(edges, near, found.far) || graph.fixed(near, found.far)) continue;
      int place = count < breadth ? count++ : count - 1;
      for (; place > 0 && found < best[place - 1]; --place) best[place] = best[place - 1];
      best[place] = found;
    }
  };
  if (end != graph.gap) {
    if (graph.gap >= 0) consider(graph.gap, gain);
    size_t base = static_cast<size_t>(end) * static_cast<size_t>(graph.degree);
    for (int32_t j = 0; j < graph.degree; ++j) {
      double rest = gain - static_cast<double>(graph.lengths[base + j]);
      if (rest <= graph.tolerance) break;
      consider(graph.neighbours[base + j], rest);
    }
  }
  for (int i = 0; i < count; ++i) {
    auto [open, near, far] = best[i];
    move_.ends[2 * edges] = near;
    move_.ends[2 * edges + 1] = far;
    double total = 0;
    if (!list_.adjacent(far, move_.ends[0]) && closes(open, far, &total)) {
      move_.edges = edges + 1;
      int ends = 2 * move_.edges;
      for (int e = 0; e < ends; ++e) move_.tied[e] = e % 2 == 0 ? (e + ends - 1) % ends : (e + 1) % ends;
      if (carry_out(move_)) {
        gained_ += total;
        for (int e = 0; e < ends; ++e) enqueue(move_.ends[e]);
        return true;
      }
    }
    if (edges + 1 < deepest_move && extend(edges + 1, open)) return true;
  }
  return false;
}

bool TourSearch::is_removed(int edges, int32_t a, int32_t b) const {
  for (int e = 0; e < edges; ++e) {
    int32_t first = move_.ends[2 * e], second = move_.ends[2 * e + 1];
    if ((first == a && second == b) || (first == b && second == a)) return true;
  }
  return false;
}

// False, and nothing is changed, when the move leads to several cycles.
bool TourSearch::carry_out(const Move &move) {
  size_t ends = 2 * static_cast<size_t>(move.edges);
  if (!exchange_.plan(list_, std::span(move.ends).first(ends), std::span(move.tied).first(ends))) return false;
  exchange_.carry_out(list_, journaling_ ? &reversals_ : nullptr);
  for (size_t i = 0; i < ends; ++i) {
    int32_t a = move.ends[i], b = move.ends[move.tied[i]];
    if (static_cast<int32_t>(i) < move.tied[i]) list_.set_length(a, b, distance(a, b));
  }
  if (journaling_) moves_.push_back(move);
  return true;
}

void TourSearch::to_optimum(Task &task) {
  constexpr int32_t nodes_at_once = 1000;
  for (int32_t first = 0; first < graph_->count; first += nodes_at_once) {
    task.throw_if_cancelled();
    for (int32_t node = first; node < std::min(graph_->count, first + nodes_at_once); ++node) enqueue(node);
    search_queue();
  }
}

// The double bridge (Martin, Otto and Felten 1991): the pieces B C D behind a node become D C B. No sequential move
// makes it, so the search does not simply take it back. False when it would cut a fixed edge.
bool TourSearch::cut_up(int32_t node, Random random) {
  Move bridge;
  bridge.edges = 4;
  bridge.tied = {5, 4, 7, 6, 1, 0, 3, 2};  // A D, B A', C B, D C
  uint32_t longest = std::min(longest_piece, static_cast<uint32_t>(graph_->count - 1) / 3);
  const TourList::Node &begin = list_.node(node);
  bool upwards = random.below(2) != 0;
  int32_t at = node, beyond = upwards ? std::max(begin.link[0], begin.link[1]) : std::min(begin.link[0], begin.link[1]);
  for (int i = 0; i < 4; ++i) {
    uint64_t length = i == 0 ? 0 : 1 + random.below(longest);
    for (uint64_t l = 0; l < length; ++l) {
      const TourList::Node &step = list_.node(beyond);
      int32_t further = step.link[step.link[0] == at ? 1 : 0];
      at = beyond;
      beyond = further;
    }
    if (graph_->fixed(at, beyond)) return false;
    bridge.ends[2 * i] = at;
    bridge.ends[2 * i + 1] = beyond;
  }
  for (int i = 0; i < 8; ++i) {
    int tied = bridge.tied[i];
    if (i % 2 == 0) gained_ += static_cast<double>(distance(bridge.ends[i], bridge.ends[i + 1]));
    if (i < tied) gained_ -= static_cast<double>(distance(bridge.ends[i], bridge.ends[tied]));
  }
  if (!carry_out(bridge)) throw Error(Status::internal, "a double bridge that leads to no tour");
  for (int32_t end : bridge.ends) enqueue(end);
  return true;
}

TourChange TourSearch::attempt(int32_t node, uint64_t seed) {
  gained_ = 0;
  moves_.clear();
  reversals_.clear();
  journaling_ = true;
  if (cut_up(node, Random(seed))) search_queue();
  journaling_ = false;
  take_back();
  return gained_ > graph_->tolerance ? net_change() : TourChange{};
}

// The edges of all moves without those that one move added and another removed.
TourChange TourSearch::net_change() const {
  TourChange change;
  change.gained = gained_;
  auto count = [](std::vector<TourChange::Edge> &here, std::vector<TourChange::Edge> &opposite, int32_t a, int32_t b) {
    TourChange::Edge edge{std::min(a, b), std::max(a, b)};
    auto found = std::find(opposite.begin(), opposite.end(), edge);
    if (found == opposite.end()) {
      here.push_back(edge);
    } else {
      opposite.erase(found);
    }
  };
  for (const Move &move : moves_) {
    for (int e = 0; e < move.edges; ++e) count(change.removed, change.added, move.ends[2 * e], move.ends[2 * e + 1]);
    for (int i = 0; i < 2 * move.edges; ++i)
      if (i < move.tied[i]) count(change.added, change.removed, move.ends[i], move.ends[move.tied[i]]);
  }
  return change;
}

void TourSearch::take_back() {
  for (auto done = reversals_.rbegin(); done != reversals_.rend(); ++done)
    list_.reverse_path(done->before, done->to, done->from);
  for (const Move &move : moves_) {
    for (int e = 0; e < move.edges; ++e) {
      int32_t a = move.ends[2 * e], b = move.ends[2 * e + 1];
      if (list_.adjacent(a, b)) list_.set_length(a, b, distance(a, b));
    }
  }
}

bool TourSearch::make(const TourChange &change) {
  for (auto [a, b] : change.removed)
    if (!list_.adjacent(a, b)) return false;
  if (!exchange_.plan(list_, change.removed, change.added)) return false;
  exchange_.carry_out(list_, nullptr);
  for (auto [a, b] : change.added) list_.set_length(a, b, distance(a, b));
  return true;
}

bool TourSearch::step(uint64_t seed) {
  Random random(seed);
  auto node = static_cast<int32_t>(random.below(static_cast<uint64_t>(graph_->count)));
  TourChange change = attempt(node, random.next());
  return !change.removed.empty() && make(change);
}

std::vector<int32_t> TourSearch::sequence() const {
  // Of the two directions the one whose first step leads to the smaller node, or to the fixed end.
  int32_t begin = graph_->gap < 0 ? 0 : graph_->gap;
  int32_t after = list_.next(begin), before = list_.previous(begin);
  bool forward = graph_->start >= 0 ? after == graph_->start : after < before;
  int32_t node = graph_->gap < 0 ? begin : forward ? after : before;
  std::vector<int32_t> sequence;
  sequence.reserve(graph_->rows.size());
  for (size_t i = 0; i < graph_->rows.size(); ++i, node = forward ? list_.next(node) : list_.previous(node))
    sequence.push_back(node);
  return sequence;
}

}  // namespace kalon
