#include "arrange/tour_search.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "index/distance.h"

namespace kalon {
namespace {

// Continuations tried when so many edges (from 1) are removed: the most promising ones of all neighbours. Wider or
// deeper searches reach no shorter tours in the same time; short pieces make steps cheap and are kept more often.
constexpr std::array<int, 3> kBreadth = {5, 3, 1};
constexpr int kWidest = 5;
constexpr uint32_t kLongestPiece = 10;  // of a double bridge

// One more edge to add (from the path's end to near) and one to remove (near - far).
struct Continuation {
  double gain;  // so far, with the path open
  int32_t near, far;
};

}  // namespace

// How a move rearranges the tour: the pieces between removed edges, in their old order, and the way through them.
struct TourSearch::Plan {
  int pieces = 0;
  std::array<int32_t, kDepth> last{};    // piece -> place of its last node; the piece begins behind the one before
  std::array<int, 2 * kDepth> joined{};  // piece ends (2 * piece, + 1 at its last node) -> the end it is tied to
};

TourSearch::TourSearch(MatrixView vectors, std::span<const int32_t> rows, const Neighbours &graph, bool open,
                       uint64_t seed)
    : vectors_(vectors),
      rows_(rows.begin(), rows.end()),
      count_(static_cast<int32_t>(rows.size()) + (open ? 1 : 0)),
      degree_(static_cast<int32_t>(graph.k)),
      gap_(open ? count_ - 1 : -1),
      neighbours_(graph.rows),
      random_state_(seed) {
  if (count_ < kFewestNodes) throw Error(Status::internal, "a tour search needs eight nodes");
  auto count = static_cast<size_t>(count_);
  tour_.resize(count);
  std::iota(tour_.begin(), tour_.end(), 0);
  place_ = tour_;
  CacheLine empty;
  empty.node.fill(-1);
  empty.distance.fill(0);
  cache_.assign(count, empty);
  // One edge has one length in the whole search, or rounding could make a cycle of improvements.
  lengths_.resize(neighbours_.size());
  double sum = 0;
  for (int32_t node = 0; node < static_cast<int32_t>(rows_.size()); ++node) {
    for (int32_t j = 0; j < degree_; ++j) {
      size_t i = static_cast<size_t>(node) * degree_ + j;
      lengths_[i] = fast_distance(vectors_.row(rows_[node]), vectors_.row(rows_[neighbours_[i]]), vectors_.dimension);
      sum += static_cast<double>(lengths_[i]);
    }
  }
  tolerance_ = lengths_.empty() ? 0 : 1e-9 * sum / static_cast<double>(lengths_.size());
  queue_.resize(count);
  queued_.assign(count, 0);
}

float TourSearch::distance(int32_t a, int32_t b) {
  if (a > b) std::swap(a, b);
  if (b == gap_) return 0;
  CacheLine &line = cache_[a];
  size_t slot = static_cast<size_t>(b) & 7;
  if (line.node[slot] != b) {
    line.node[slot] = b;
    line.distance[slot] = fast_distance(vectors_.row(rows_[a]), vectors_.row(rows_[b]), vectors_.dimension);
  }
  return line.distance[slot];
}

uint32_t TourSearch::random_below(uint32_t bound) {  // splitmix64
  uint64_t z = random_state_ += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return static_cast<uint32_t>(((z >> 32) * bound) >> 32);
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
  int32_t first = ends_[0];
  if (first != gap_ && last != gap_) {
    const float *a = &lengths_[static_cast<size_t>(first) * degree_];
    const float *b = &lengths_[static_cast<size_t>(last) * degree_];
    bool of_first = a[degree_ - 1] >= b[degree_ - 1];
    int32_t node = of_first ? first : last, other = of_first ? last : first;
    const float *lengths = of_first ? a : b;
    if (gain <= static_cast<double>(lengths[degree_ - 1])) {
      const int32_t *list = &neighbours_[static_cast<size_t>(node) * degree_];
      const int32_t *found = std::find(list, list + degree_, other);
      if (found == list + degree_) return false;
      *total = gain - static_cast<double>(lengths[found - list]);
      return *total > tolerance_;
    }
  }
  *total = gain - static_cast<double>(distance(last, first));
  return *total > tolerance_;
}

bool TourSearch::improve(int32_t node) {
  ends_[0] = node;
  for (int32_t other : {next(node), previous(node)}) {
    ends_[1] = other;
    if (extend(1, static_cast<double>(distance(node, other)))) return true;
  }
  return false;
}

// Lin and Kernighan's alternating path: so far `edges` edges were removed and one fewer added, with a positive gain.
// Adds an edge from its end to a near neighbour, removes one of the neighbour's two, and tries to close the path.
bool TourSearch::extend(int edges, double gain) {
  int32_t end = ends_[2 * edges - 1];
  int32_t after = next(end), before = previous(end);
  std::array<Continuation, kWidest> best;
  int count = 0, breadth = kBreadth[edges - 1];
  auto consider = [&](int32_t near, double rest) {
    if (near == after || near == before) return;
    for (int32_t far : {next(near), previous(near)}) {
      if (far == ends_[0] || is_removed(edges, near, far)) continue;
      double open = rest + static_cast<double>(distance(near, far));
      if (count == breadth && open <= best[count - 1].gain) continue;
      int place = count < breadth ? count++ : count - 1;
      for (; place > 0 && best[place - 1].gain < open; --place) best[place] = best[place - 1];
      best[place] = {open, near, far};
    }
  };
  if (end != gap_) {
    if (gap_ >= 0) consider(gap_, gain);
    size_t base = static_cast<size_t>(end) * degree_;
    for (int32_t j = 0; j < degree_; ++j) {
      double rest = gain - static_cast<double>(lengths_[base + j]);
      if (rest <= tolerance_) break;
      consider(neighbours_[base + j], rest);
    }
  }
  for (int i = 0; i < count; ++i) {
    auto [open, near, far] = best[i];
    ends_[2 * edges] = near;
    ends_[2 * edges + 1] = far;
    double total = 0;
    Plan way;
    if (next(far) != ends_[0] && previous(far) != ends_[0] && closes(open, far, &total) && plan(edges + 1, way)) {
      carry_out(way);
      gained_ += total;
      for (int e = 0; e < 2 * (edges + 1); ++e) enqueue(ends_[e]);
      return true;
    }
    if (edges + 1 < kDepth && extend(edges + 1, open)) return true;
  }
  return false;
}

bool TourSearch::is_removed(int edges, int32_t a, int32_t b) const {
  for (int e = 0; e < edges; ++e) {
    int32_t first = ends_[2 * e], second = ends_[2 * e + 1];
    if ((first == a && second == b) || (first == b && second == a)) return true;
  }
  return false;
}

// Cuts the tour at the removed edges and follows the added ones; false when that makes several cycles.
bool TourSearch::plan(int edges, Plan &plan) const {
  std::array<int32_t, kDepth> cut;  // place of the edge's first node
  std::array<int, kDepth> rank;     // of the cut, along the tour
  std::array<bool, kDepth> forward;
  for (int e = 0; e < edges; ++e) {
    int32_t a = ends_[2 * e], b = ends_[2 * e + 1];
    forward[e] = next(a) == b;
    cut[e] = place_[forward[e] ? a : b];
  }
  for (int e = 0; e < edges; ++e) {
    rank[e] = 0;
    for (int other = 0; other < edges; ++other) rank[e] += cut[other] < cut[e] ? 1 : 0;
    plan.last[rank[e]] = cut[e];
  }
  plan.pieces = edges;
  std::array<int, 2 * kDepth> end;  // of ends_[i], as a piece end
  for (int e = 0; e < edges; ++e) {
    int last = 2 * rank[e] + 1, first = 2 * ((rank[e] + 1) % edges);
    end[2 * e] = forward[e] ? last : first;
    end[2 * e + 1] = forward[e] ? first : last;
  }
  for (int i = 1; i < 2 * edges; i += 2) {
    int a = end[i], b = end[(i + 1) % (2 * edges)];
    plan.joined[a] = b;
    plan.joined[b] = a;
  }
  int visited = 1;
  for (int at = plan.joined[1]; at / 2 != 0; at = plan.joined[at ^ 1]) ++visited;
  return visited == edges;
}

// The longest piece stays where it is; the others are laid behind it in their new order and direction.
void TourSearch::carry_out(const Plan &plan) {
  std::array<int32_t, kDepth> begin, length;
  int longest = 0;
  for (int p = 0; p < plan.pieces; ++p) {
    int32_t before = plan.last[p == 0 ? plan.pieces - 1 : p - 1];
    begin[p] = before + 1 == count_ ? 0 : before + 1;
    length[p] = plan.last[p] - before + (p == 0 ? count_ : 0);
    if (length[p] > length[longest]) longest = p;
  }
  // Pieces that keep place and direction at either side need no writing.
  std::array<int, kDepth> order;
  int placed = 0;
  for (int at = plan.joined[2 * longest + 1]; at / 2 != longest; at = plan.joined[at ^ 1]) order[placed++] = at;
  int low = 0, high = placed;
  while (low < high && order[low] == 2 * ((longest + 1 + low) % plan.pieces)) ++low;
  while (high > low && order[high - 1] == 2 * ((longest + high) % plan.pieces)) --high;
  int32_t start = begin[(longest + 1 + low) % plan.pieces];
  arranged_.clear();
  for (int i = low; i < high; ++i) {
    int piece = order[i] / 2;
    bool reversed = order[i] % 2 != 0;
    int32_t place = reversed ? plan.last[piece] : begin[piece];
    for (int32_t l = 0; l < length[piece]; ++l) {
      arranged_.push_back(tour_[place]);
      if (reversed) {
        place = (place == 0 ? count_ : place) - 1;
      } else {
        place = place + 1 == count_ ? 0 : place + 1;
      }
    }
  }
  rewrite(start, arranged_);
}

void TourSearch::rewrite(int32_t begin, std::span<const int32_t> nodes) {
  if (journaling_) journal_.push_back({begin, static_cast<int32_t>(nodes.size())});
  int32_t place = begin;
  for (int32_t node : nodes) {
    if (journaling_) overwritten_.push_back(tour_[place]);
    tour_[place] = node;
    place_[node] = place;
    if (++place == count_) place = 0;
  }
}

void TourSearch::to_optimum(Task &task) {
  constexpr int32_t kNodesAtOnce = 1000;
  for (int32_t first = 0; first < count_; first += kNodesAtOnce) {
    task.throw_if_cancelled();
    for (int32_t node = first; node < std::min(count_, first + kNodesAtOnce); ++node) enqueue(node);
    search_queue();
  }
}

bool TourSearch::step() {
  // The double bridge (Martin, Otto and Felten 1991): pieces B C D behind a random node become D C B. No sequential
  // move makes it, so the search does not simply take it back.
  uint32_t longest = std::min(kLongestPiece, static_cast<uint32_t>(count_ - 1) / 3);
  int32_t at = static_cast<int32_t>(random_below(static_cast<uint32_t>(count_)));
  std::array<int32_t, 4> length{};
  for (int i = 1; i <= 3; ++i) length[i] = 1 + static_cast<int32_t>(random_below(longest));
  std::array<int32_t, 4> cut;
  for (int i = 0; i < 4; ++i) {
    at += length[i];
    if (at >= count_) at -= count_;
    cut[i] = at;
  }
  auto node_at = [&](int32_t place) { return tour_[place == count_ ? 0 : place]; };
  std::array<int32_t, 4> left, right;
  for (int i = 0; i < 4; ++i) {
    left[i] = tour_[cut[i]];
    right[i] = node_at(cut[i] + 1);
  }
  gained_ = 0;
  for (int i = 0; i < 4; ++i) {
    constexpr std::array<int, 4> tied = {2, 3, 0, 1};  // A D, B A', C B, D C
    gained_ += static_cast<double>(distance(left[i], right[i]));
    gained_ -= static_cast<double>(distance(left[i], right[tied[i]]));
  }
  arranged_.clear();
  for (int piece : {3, 2, 1}) {
    int32_t place = cut[piece - 1];
    for (int32_t l = 0; l < length[piece]; ++l) {
      if (++place == count_) place = 0;
      arranged_.push_back(tour_[place]);
    }
  }
  journaling_ = true;
  journal_.clear();
  overwritten_.clear();
  rewrite(cut[0] + 1 == count_ ? 0 : cut[0] + 1, arranged_);
  for (int i = 0; i < 4; ++i) {
    enqueue(left[i]);
    enqueue(right[i]);
  }
  search_queue();
  journaling_ = false;
  if (gained_ < 0) {
    size_t end = overwritten_.size();
    for (auto entry = journal_.rbegin(); entry != journal_.rend(); ++entry) {
      end -= static_cast<size_t>(entry->length);
      rewrite(entry->begin, std::span(overwritten_).subspan(end, static_cast<size_t>(entry->length)));
    }
  }
  return gained_ > tolerance_;
}

std::vector<int32_t> TourSearch::sequence() const {
  std::vector<int32_t> sequence;
  sequence.reserve(rows_.size());
  int32_t first = gap_ < 0 ? 0 : place_[gap_] + 1;
  for (size_t i = 0; i < rows_.size(); ++i) sequence.push_back(tour_[(first + static_cast<int32_t>(i)) % count_]);
  return sequence;
}

}  // namespace kalon
