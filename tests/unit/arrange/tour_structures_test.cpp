// The list against a plain array that is reversed in place; exchanges against the graph of their edges.
#include <catch2/catch.hpp>
#include <set>

#include "arrange/tour_exchange.h"
#include "arrange/tour_list.h"
#include "order_tables.h"

using namespace kalon;

namespace {

// Any length that differs from edge to edge.
float length_of(int32_t a, int32_t b) {
  return static_cast<float>(std::min(a, b) % 97 + (a ^ b));
}

TourList list_of(int32_t count) {
  std::vector<float> lengths(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) lengths[i] = length_of(i, (i + 1) % count);
  return TourList(lengths);
}

// Whether the list is the cycle, in either direction, with its lengths and growing places.
bool is_cycle(const TourList &list, const std::vector<int32_t> &cycle) {
  size_t count = cycle.size();
  bool forward = list.next(cycle[0]) == cycle[1];
  int falls = 0;
  for (size_t i = 0; i < count; ++i) {
    int32_t a = cycle[i], b = cycle[(i + 1) % count];
    if ((forward ? list.next(a) : list.previous(a)) != b || (forward ? list.previous(b) : list.next(b)) != a)
      return false;
    if (!list.adjacent(a, b)) return false;
    for (size_t side : {0, 1})
      if (list.node(a).length[side] != length_of(a, list.node(a).link[side])) return false;
    bool grows = list.place(a) < list.place(b);
    falls += grows == forward ? 0 : 1;
  }
  return falls == 1;
}

}  // namespace

TEST_CASE("reversals of a tour list are those of an array") {
  for (int32_t count : {4, 5, 8, 9, 63, 64, 65, 130, 700, 5000}) {
    std::mt19937_64 generator(static_cast<uint64_t>(count));
    TourList list = list_of(count);
    std::vector<int32_t> cycle(static_cast<size_t>(count));
    std::iota(cycle.begin(), cycle.end(), 0);
    REQUIRE(is_cycle(list, cycle));
    auto at = [&](int64_t place) -> int32_t & { return cycle[static_cast<size_t>((place + 2 * count) % count)]; };
    int rounds = count < 1000 ? 3000 : 6000;
    for (int round = 0; round < rounds; ++round) {
      auto begin = static_cast<int64_t>(generator() % static_cast<uint64_t>(count));
      int32_t most = round % 3 == 0 ? std::min(count - 1, 40) : count - 1;
      auto length = 1 + static_cast<int64_t>(generator() % static_cast<uint64_t>(most));
      int32_t before = at(begin - 1), from = at(begin), to = at(begin + length - 1), after = at(begin + length);
      if (round % 2 == 0)
        list.reverse_path(before, from, to);
      else
        list.reverse_path(after, to, from);
      if (before != to) list.set_length(before, to, length_of(before, to));
      if (from != after) list.set_length(from, after, length_of(from, after));
      for (int64_t i = 0; i < length / 2; ++i) std::swap(at(begin + i), at(begin + length - 1 - i));
      if (round % (count / 50 + 1) == 0) {
        INFO(count << " nodes, round " << round);
        REQUIRE(is_cycle(list, cycle));
      }
    }
    CHECK(is_cycle(list, cycle));
  }
}

TEST_CASE("exchanges make the tour of their edges, or say that there is none") {
  constexpr int32_t count = 400;
  std::mt19937_64 generator(7);
  TourList list = list_of(count);
  TourExchange exchange;
  int possible = 0, impossible = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<int32_t> cycle = {0};
    for (int32_t i = 1; i < count; ++i) cycle.push_back(list.next(cycle.back()));
    size_t edges = 2 + generator() % 7;
    // Few places, so that nodes often lose both of their edges.
    std::set<int32_t> cuts;
    int32_t range = round % 2 == 0 ? count : 12;
    while (cuts.size() < edges) cuts.insert(static_cast<int32_t>(generator() % static_cast<uint64_t>(range)));
    std::vector<std::array<int32_t, 2>> removed, added;
    std::vector<int32_t> ends;
    for (int32_t cut : cuts) {
      removed.push_back({cycle[cut], cycle[(cut + 1) % count]});
      ends.insert(ends.end(), removed.back().begin(), removed.back().end());
    }
    std::shuffle(ends.begin(), ends.end(), generator);
    bool loops = false;
    for (size_t i = 0; i < ends.size(); i += 2) {
      added.push_back({ends[i], ends[i + 1]});
      loops = loops || ends[i] == ends[i + 1];
    }
    if (loops) continue;

    // The graph after the exchange: one cycle through all nodes?
    std::vector<std::multiset<int32_t>> others(count);
    for (int32_t i = 0; i < count; ++i) {
      others[cycle[i]].insert(cycle[(i + 1) % count]);
      others[cycle[(i + 1) % count]].insert(cycle[i]);
    }
    for (auto [a, b] : removed) {
      others[a].erase(others[a].find(b));
      others[b].erase(others[b].find(a));
    }
    for (auto [a, b] : added) {
      others[a].insert(b);
      others[b].insert(a);
    }
    std::vector<int32_t> expected = {0};
    int32_t at = *others[0].begin();
    for (int32_t before = 0; at != 0;) {
      expected.push_back(at);
      others[at].erase(others[at].find(before));
      before = at;
      at = *others[at].begin();
    }
    // A pair of nodes tied twice is a cycle of two, which no list can hold and no search asks for.
    bool one_cycle = expected.size() == count;
    REQUIRE(exchange.plan(list, removed, added) == one_cycle);
    ++(one_cycle ? possible : impossible);
    if (!one_cycle) continue;
    exchange.carry_out(list, nullptr);
    for (auto [a, b] : added) list.set_length(a, b, length_of(a, b));
    for (auto [a, b] : removed)
      if (list.adjacent(a, b)) list.set_length(a, b, length_of(a, b));
    REQUIRE(is_cycle(list, expected));
  }
  CHECK(possible > 300);
  CHECK(impossible > 300);
}

TEST_CASE("a journal of reversals takes an exchange back") {
  constexpr int32_t count = 300;
  std::mt19937_64 generator(8);
  TourList list = list_of(count);
  TourExchange exchange;
  std::vector<int32_t> cycle(count);
  std::iota(cycle.begin(), cycle.end(), 0);
  int made = 0;
  for (int round = 0; round < 500; ++round) {
    std::set<int32_t> cuts;
    while (cuts.size() < 4) cuts.insert(static_cast<int32_t>(generator() % count));
    std::vector<int32_t> ends, tied = {5, 4, 7, 6, 1, 0, 3, 2};  // the double bridge
    for (int32_t cut : cuts) {
      ends.push_back(cut);
      ends.push_back((cut + 1) % count);
    }
    REQUIRE(exchange.plan(list, ends, tied));
    std::vector<TourReversal> journal;
    exchange.carry_out(list, &journal);
    bool changed = list.next(ends[0]) != ends[1] && list.previous(ends[0]) != ends[1];
    made += changed ? 1 : 0;
    for (auto done = journal.rbegin(); done != journal.rend(); ++done)
      list.reverse_path(done->before, done->to, done->from);
    for (size_t i = 0; i < ends.size(); i += 2) list.set_length(ends[i], ends[i + 1], length_of(ends[i], ends[i + 1]));
    REQUIRE(is_cycle(list, cycle));
  }
  CHECK(made == 500);
}
