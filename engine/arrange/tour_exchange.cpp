#include "arrange/tour_exchange.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace kalon {

// Cuts the tour at the removed edges and follows the added ones.
bool TourExchange::plan(const TourList &tour, std::span<const int32_t> ends, std::span<const int32_t> tied) {
  pieces_ = static_cast<int>(ends.size() / 2);
  auto pieces = static_cast<size_t>(pieces_);
  for (auto *list : {&first_, &last_, &order_, &now_, &wanted_}) list->resize(pieces);
  joined_.resize(2 * pieces);
  end_.resize(2 * pieces);
  cut_.resize(pieces);
  auto first_of = [&](size_t e) { return tour.next(ends[2 * e]) == ends[2 * e + 1] ? 2 * e : 2 * e + 1; };
  for (size_t e = 0; e < pieces; ++e) cut_[e] = tour.place(ends[first_of(e)]);
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](int32_t a, int32_t b) { return cut_[a] < cut_[b]; });
  for (size_t rank = 0; rank < pieces; ++rank) {
    size_t before = first_of(static_cast<size_t>(order_[rank])), next = rank + 1 == pieces ? 0 : rank + 1;
    last_[rank] = ends[before];
    first_[next] = ends[before ^ 1];
    end_[before] = static_cast<int32_t>(2 * rank + 1);
    end_[before ^ 1] = static_cast<int32_t>(2 * next);
  }
  for (size_t i = 0; i < 2 * pieces; ++i) joined_[end_[i]] = end_[tied[i]];
  int visited = 1;
  for (int at = joined_[1]; at / 2 != 0; at = joined_[at ^ 1]) ++visited;
  return visited == pieces_;
}

bool TourExchange::plan(const TourList &tour, std::span<const std::array<int32_t, 2>> removed,
                        std::span<const std::array<int32_t, 2>> added) {
  ends_.clear();
  for (auto edge : removed) ends_.insert(ends_.end(), edge.begin(), edge.end());
  tied_.assign(ends_.size(), -1);
  // A node that loses both of its edges is a piece by itself: either of its ends will do.
  auto free_end = [&](int32_t node) {
    size_t i = 0;
    while (ends_[i] != node || tied_[i] >= 0) ++i;
    return i;
  };
  for (auto [a, b] : added) {
    size_t from = free_end(a);
    tied_[from] = 0;
    size_t to = free_end(b);
    tied_[from] = static_cast<int32_t>(to);
    tied_[to] = static_cast<int32_t>(from);
  }
  return plan(tour, ends_, tied_);
}

// The longest piece stays where it is; the others are brought into their new order and direction by reversals.
void TourExchange::carry_out(TourList &tour, std::vector<TourReversal> *journal) {
  int longest = 0;
  int64_t most = -1;
  for (int p = 0; p < pieces_; ++p) {
    int64_t length = tour.estimated_length(first_[p], last_[p]);
    if (length > most) {
      most = length;
      longest = p;
    }
  }
  // The others are called 1, 2, ... from there, and are negative when they lie the other way round.
  int others = 0;
  for (int at = joined_[2 * longest + 1]; at / 2 != longest; at = joined_[at ^ 1]) {
    int label = (at / 2 - longest + pieces_) % pieces_;
    wanted_[others++] = at % 2 == 0 ? label : -label;
  }
  for (int i = 0; i < others; ++i) now_[i] = i + 1;
  auto node = [&](int label, bool front) {
    int p = (std::abs(label) + longest) % pieces_;
    return (label > 0) == front ? first_[p] : last_[p];
  };
  auto reverse = [&](int begin, int end) {  // the pieces at these places, both included
    TourReversal reversal{begin == 0 ? last_[longest] : node(now_[begin - 1], false), node(now_[begin], true),
                          node(now_[end], false)};
    tour.reverse_path(reversal.before, reversal.from, reversal.to);
    if (journal != nullptr) journal->push_back(reversal);
    std::reverse(now_.begin() + begin, now_.begin() + end + 1);
    for (int i = begin; i <= end; ++i) now_[i] = -now_[i];
  };
  for (int i = 0; i < others; ++i) {
    int from = i;
    while (std::abs(now_[from]) != std::abs(wanted_[i])) ++from;
    if (from != i) reverse(i, from);
    if (now_[i] != wanted_[i]) reverse(i, i);
  }
}

}  // namespace kalon
