#include "rank/vote_graph.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "base/threads.h"

namespace kalon {
namespace {

// A half of an entry before equal ones are joined.
struct Half {
  int32_t other;
  float scale, net, count;
};

// Of one pair.
bool before(const Half &a, const Half &b) {
  return std::tie(a.scale, a.count, a.net) < std::tie(b.scale, b.count, b.net);
}

// A sum of votes, held to what an entry can hold.
struct Sum {
  double net = 0, count = 0;
  void add(const Half &half) {
    net += static_cast<double>(half.net);
    count += static_cast<double>(half.count);
  }
  void hold(float &net_to, float &count_to) const {
    double share = std::min(1.0, most_on_a_pair / count);
    net_to = static_cast<float>(net * share);
    count_to = static_cast<float>(count * share);
  }
};

// The vote as the row of its left item has it; nothing for a count of 0.
Half half_of(const Comparison &vote, double factor) {
  if (!tells_order(vote.verdict) || factor == 0) return {0, 1, 0, 0};
  float sign = static_cast<float>(static_cast<int>(vote.verdict)) * (factor < 0 ? -1.0f : 1.0f);
  return {vote.right, static_cast<float>(std::abs(factor)), vote.weight * sign, vote.weight};
}

double factor_of(std::span<const double> factors, int32_t annotator) {
  auto at = static_cast<size_t>(annotator);
  return at < factors.size() ? static_cast<double>(static_cast<float>(factors[at])) : 1;
}

// Joins equal neighbours of a row that is sorted by the other item, in place, and returns how many are left.
int32_t join(Half *row, int64_t size) {
  int64_t kept = 0;
  for (int64_t i = 0; i < size;) {
    int64_t end = i + 1;
    bool one_scale = true;
    for (; end < size && row[end].other == row[i].other; ++end) one_scale &= row[end].scale == row[i].scale;
    if (!one_scale) std::sort(row + i, row + end, before);
    while (i < end) {
      Half joined = row[i];
      Sum sum;
      for (; i < end && row[i].scale == joined.scale; ++i) sum.add(row[i]);
      sum.hold(joined.net, joined.count);
      row[kept++] = joined;
    }
  }
  return static_cast<int32_t>(kept);
}

PairVotes pair_votes(const VoteHistory &history, std::span<const double> factors, double &ties) {
  auto items = static_cast<size_t>(history.items);
  std::vector<int64_t> next(items + 1);
  for (const auto &vote : history.comparisons) {
    if (half_of(vote, factor_of(factors, vote.annotator)).count == 0) continue;
    ++next[static_cast<size_t>(vote.left)];
    ++next[static_cast<size_t>(vote.right)];
    if (vote.verdict == Verdict::tie) ties += static_cast<double>(vote.weight);
  }
  std::exclusive_scan(next.begin(), next.end(), next.begin(), int64_t{0});
  const auto begins = next;
  // Sorted by the other item without comparing: what is told to the rows item after item arrives in order. Each thread
  // reads everything and writes to the rows of its own range, for it is the writing that takes time.
  const auto size = static_cast<size_t>(next.back());
  const auto told = std::make_unique_for_overwrite<Half[]>(size), halves = std::make_unique_for_overwrite<Half[]>(size);
  const size_t ranges = size < 100000 ? 1 : 4;
  auto write = [&](size_t range, Half *to, auto &&all) {
    auto first = static_cast<int32_t>(items * range / ranges),
         last = static_cast<int32_t>(items * (range + 1) / ranges);
    all([&](int32_t row, const Half &half) {
      if (row >= first && row < last) to[next[static_cast<size_t>(row)]++] = half;
    });
  };
  parallel_for(static_cast<int64_t>(ranges), [&](int64_t range) {
    write(static_cast<size_t>(range), told.get(), [&](auto &&tell) {
      for (const auto &vote : history.comparisons) {
        auto half = half_of(vote, factor_of(factors, vote.annotator));
        if (half.count == 0) continue;
        tell(vote.left, half);
        tell(vote.right, {vote.left, half.scale, -half.net, half.count});
      }
    });
  });
  next = begins;
  parallel_for(static_cast<int64_t>(ranges), [&](int64_t range) {
    write(static_cast<size_t>(range), halves.get(), [&](auto &&tell) {
      for (size_t i = 0; i < items; ++i)
        for (auto k = begins[i]; k < begins[i + 1]; ++k) {
          const auto &half = told[static_cast<size_t>(k)];
          tell(half.other, {static_cast<int32_t>(i), half.scale, -half.net, half.count});
        }
    });
  });

  PairVotes pairs;
  pairs.rows.resize(items);
  constexpr size_t block = 1024;
  auto blocks = static_cast<int64_t>((items + block - 1) / block);
  auto of_block = [&](int64_t number, auto &&body) {
    auto first = static_cast<size_t>(number) * block;
    for (size_t i = first; i < std::min(items, first + block); ++i) body(i, halves.get() + begins[i]);
  };
  parallel_for(blocks, [&](int64_t number) {
    of_block(number, [&](size_t i, Half *row) {
      pairs.rows[i].size = pairs.rows[i].capacity = join(row, begins[i + 1] - begins[i]);
    });
  });
  for (auto &row : pairs.rows) {
    row.begin = pairs.used;
    pairs.used += row.size;
  }
  auto slots = static_cast<size_t>(pairs.used);
  pairs.other.resize(slots);
  pairs.net.resize(slots);
  pairs.count.resize(slots);
  pairs.scale.resize(slots);
  pairs.blur.assign(slots, 1);
  parallel_for(blocks, [&](int64_t number) {
    of_block(number, [&](size_t i, const Half *row) {
      auto slot = static_cast<size_t>(pairs.rows[i].begin);
      for (int32_t k = 0; k < pairs.rows[i].size; ++k, ++slot) {
        pairs.other[slot] = row[k].other;
        pairs.net[slot] = row[k].net;
        pairs.count[slot] = row[k].count;
        pairs.scale[slot] = row[k].scale;
      }
    });
  });
  return pairs;
}

// One ordering with its items by rank; those of equal rank ascending, which says nothing.
struct Ranked {
  std::vector<int32_t> items, beyond;
  float weight = 1, scale = 1;
  bool operator<(const Ranked &other) const {
    return std::tie(items, beyond, scale, weight) < std::tie(other.items, other.beyond, other.scale, other.weight);
  }
};

// Without items when it says nothing.
Ranked ranked(const Ordering &vote, double factor) {
  Ranked result;
  auto size = vote.items.size();
  std::vector<int32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  auto rank = [&](int32_t slot) { return vote.ranks[static_cast<size_t>(slot)]; };
  auto item = [&](int32_t slot) { return vote.items[static_cast<size_t>(slot)]; };
  std::sort(order.begin(), order.end(),
            [&](int32_t a, int32_t b) { return std::pair(rank(a), item(a)) < std::pair(rank(b), item(b)); });
  if (factor == 0 || rank(order.front()) == rank(order.back())) return result;
  result.weight = static_cast<float>(std::min(most_on_a_pair, static_cast<double>(vote.weight)));
  result.scale = static_cast<float>(factor);
  for (auto slot : order) result.items.push_back(item(slot));
  result.beyond.resize(size);
  for (size_t i = size; i-- > 0;)
    result.beyond[i] =
        i + 1 < size && rank(order[i]) == rank(order[i + 1]) ? result.beyond[i + 1] : static_cast<int32_t>(i + 1);
  return result;
}

void append(Choices &choices, const Ranked &vote) {
  auto number = static_cast<int32_t>(choices.sequences.size());
  choices.sequences.push_back(
      {static_cast<int64_t>(choices.item.size()), static_cast<int32_t>(vote.items.size()), vote.weight, vote.scale});
  choices.item.insert(choices.item.end(), vote.items.begin(), vote.items.end());
  choices.beyond.insert(choices.beyond.end(), vote.beyond.begin(), vote.beyond.end());
  choices.sequence.insert(choices.sequence.end(), vote.items.size(), number);
}

void index_by_item(Choices &choices, int32_t items) {
  choices.first_of.assign(static_cast<size_t>(items) + 1, 0);
  for (auto item : choices.item) ++choices.first_of[static_cast<size_t>(item)];
  std::exclusive_scan(choices.first_of.begin(), choices.first_of.end(), choices.first_of.begin(), int64_t{0});
  choices.slots_of.resize(choices.item.size());
  auto next = choices.first_of;
  for (size_t slot = 0; slot < choices.item.size(); ++slot)
    choices.slots_of[static_cast<size_t>(next[static_cast<size_t>(choices.item[slot])]++)] = static_cast<int64_t>(slot);
}

// Where an entry lies or belongs within its row.
int64_t place_of(const PairVotes &pairs, int32_t item, int32_t other, float scale) {
  auto slots = slots_of_pair(pairs, item, other);
  while (slots.begin < slots.end && pairs.scale[static_cast<size_t>(slots.begin)] < scale) ++slots.begin;
  return slots.begin;
}

// Opens a slot at `place` of a row, which moves to the end of the pool when it is full.
int64_t open_slot(PairVotes &pairs, int32_t item, int64_t place, std::vector<float> *beside) {
  auto &row = pairs.rows[static_cast<size_t>(item)];
  auto each = [&](auto &&body) {
    body(pairs.other);
    body(pairs.net);
    body(pairs.count);
    body(pairs.scale);
    body(pairs.blur);
    if (beside) body(*beside);
  };
  if (row.size == row.capacity) {
    auto capacity = std::max(4, row.size + row.size / 2);
    auto begin = static_cast<int64_t>(pairs.other.size());
    each([&](auto &values) {
      values.resize(static_cast<size_t>(begin + capacity));
      std::copy_n(values.begin() + row.begin, row.size, values.begin() + begin);
    });
    place += begin - row.begin;
    row.begin = begin;
    row.capacity = capacity;
  }
  each([&](auto &values) {
    auto end = values.begin() + row.begin + row.size;
    std::copy_backward(values.begin() + place, end, end + 1);
    values[static_cast<size_t>(place)] = {};
  });
  ++row.size;
  ++pairs.used;
  return place;
}

// Drops the slots that rows left behind.
void close_gaps(PairVotes &pairs, std::vector<float> *beside) {
  auto packed = [&](auto &values) {
    std::remove_reference_t<decltype(values)> kept;
    kept.reserve(static_cast<size_t>(pairs.used));
    for (const auto &row : pairs.rows)
      kept.insert(kept.end(), values.begin() + row.begin, values.begin() + row.begin + row.size);
    values.swap(kept);
  };
  packed(pairs.other);
  packed(pairs.net);
  packed(pairs.count);
  packed(pairs.scale);
  packed(pairs.blur);
  if (beside) packed(*beside);
  int64_t begin = 0;
  for (auto &row : pairs.rows) {
    row.begin = begin;
    row.capacity = row.size;
    begin += row.size;
  }
}

void add_half(PairVotes &pairs, int32_t item, const Half &half, std::vector<float> *beside) {
  const auto &row = pairs.rows[static_cast<size_t>(item)];
  auto place = place_of(pairs, item, half.other, half.scale);
  auto at = static_cast<size_t>(place);
  bool there = place < row.begin + row.size && pairs.other[at] == half.other && pairs.scale[at] == half.scale;
  if (!there) {
    at = static_cast<size_t>(open_slot(pairs, item, place, beside));
    pairs.blur[at] = 1;
  }
  pairs.other[at] = half.other;
  pairs.scale[at] = half.scale;
  Sum sum{static_cast<double>(pairs.net[at]), static_cast<double>(pairs.count[at])};
  sum.add(half);
  sum.hold(pairs.net[at], pairs.count[at]);
}

}  // namespace

VoteGraph make_vote_graph(const VoteHistory &history, std::span<const double> annotator_factors) {
  for (double factor : annotator_factors)
    if (!(std::abs(factor) <= greatest_factor))
      throw Error(Status::invalid_argument, "the factors of annotators must be numbers from -1000 to 1000");
  VoteGraph graph;
  graph.items = history.items;
  graph.factors.assign(annotator_factors.begin(), annotator_factors.end());
  graph.pairs = pair_votes(history, annotator_factors, graph.ties);
  std::vector<Ranked> orderings;
  for (const auto &vote : history.orderings) {
    auto one = ranked(vote, factor_of(annotator_factors, vote.annotator));
    if (!one.items.empty()) orderings.push_back(std::move(one));
  }
  std::sort(orderings.begin(), orderings.end());
  for (const auto &vote : orderings) append(graph.choices, vote);
  index_by_item(graph.choices, graph.items);
  return graph;
}

bool add_vote(VoteGraph &graph, const Comparison &vote, std::vector<float> *beside) {
  auto half = half_of(vote, factor_of(graph.factors, vote.annotator));
  if (half.count == 0) return false;
  if (vote.verdict == Verdict::tie) graph.ties += static_cast<double>(vote.weight);
  add_half(graph.pairs, vote.left, half, beside);
  add_half(graph.pairs, vote.right, {vote.left, half.scale, -half.net, half.count}, beside);
  auto slots = static_cast<int64_t>(graph.pairs.other.size());
  if (slots > 2 * graph.pairs.used + 4 * static_cast<int64_t>(graph.items) + 1024) close_gaps(graph.pairs, beside);
  return true;
}

bool add_vote(VoteGraph &graph, const Ordering &vote) {
  auto one = ranked(vote, factor_of(graph.factors, vote.annotator));
  if (one.items.empty()) return false;
  append(graph.choices, one);
  index_by_item(graph.choices, graph.items);
  return true;
}

SlotRange slots_of_pair(const PairVotes &pairs, int32_t item, int32_t other) {
  const auto &row = pairs.rows[static_cast<size_t>(item)];
  auto begin = pairs.other.begin() + row.begin;
  auto [first, last] = std::equal_range(begin, begin + row.size, other);
  return {first - pairs.other.begin(), last - pairs.other.begin()};
}

}  // namespace kalon
