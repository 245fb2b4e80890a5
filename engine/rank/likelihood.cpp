#include "rank/likelihood.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/threads.h"
#include "rank/choice_slopes.h"
#include "rank/pair_kernels.h"

namespace kalon {
namespace {

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

constexpr int64_t run_length = 512;
using Buffer = std::array<double, run_length>;

// The entries of one item in a run.
struct Part {
  int32_t item;
  int32_t begin, end;
};

using Parts = std::span<const Part>;

template <class Value>
double sum_of(const Value *values, Part part) {
  double sums[4] = {};
  int32_t k = part.begin;
  for (; k + 4 <= part.end; k += 4)
    for (int32_t lane = 0; lane < 4; ++lane) sums[lane] += static_cast<double>(values[k + lane]);
  for (; k < part.end; ++k) sums[0] += static_cast<double>(values[k]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// Calls body(run, slot, parts) for runs of slots that lie side by side. A row that is longer than a run comes in
// pieces.
template <class Body>
void for_runs(const PairVotes &pairs, double tie_rate, std::span<const double> utilities, int32_t begin, int32_t end,
              const Body &body) {
  Buffer difference;
  std::vector<Part> parts;
  for (int32_t item = begin; item < end;) {
    const auto &first = pairs.rows[at(item)];
    int64_t count = 0, done = 0;
    auto take = [&](int32_t of, int64_t from, int64_t size) {
      double own = utilities[at(of)];
      const int32_t *other = pairs.other.data() + from;
      double *to = difference.data() + count;
      for (int64_t k = 0; k < size; ++k) to[k] = own - utilities[at(other[k])];
      parts.push_back({of, static_cast<int32_t>(count), static_cast<int32_t>(count + size)});
      count += size;
    };
    auto flush = [&](int64_t slot) {
      body(EntryRun{difference.data(), pairs.net.data() + slot, pairs.count.data() + slot, pairs.scale.data() + slot,
                    pairs.blur.data() + slot, count, tie_rate},
           slot, std::span<const Part>(parts));
      count = 0;
      parts.clear();
    };
    if (first.size > run_length) {
      for (; done < first.size; done += run_length) {
        take(item, first.begin + done, std::min(run_length, first.size - done));
        flush(first.begin + done);
      }
      ++item;
      continue;
    }
    int64_t next = first.begin;
    for (; item < end; ++item) {
      const auto &row = pairs.rows[at(item)];
      if (row.begin != next || count + row.size > run_length) break;
      take(item, row.begin, row.size);
      next += row.size;
    }
    if (count > 0) flush(first.begin);
    parts.clear();
    // An empty row may lie anywhere.
    while (item < end && pairs.rows[at(item)].size == 0) ++item;
  }
}

void resize(const VoteGraph &graph, Curvature &curvature) {
  curvature.weights.resize(graph.pairs.other.size());
  curvature.pair_diagonal.resize(at(graph.items));
  curvature.diagonal.resize(at(graph.items));
  curvature.likes.resize(graph.choices.item.size());
  curvature.per_set.resize(graph.choices.item.size());
  curvature.shares.resize(graph.choices.item.size());
}

template <class Values>
auto places(const Choices::Sequence &sequence, Values &values) {
  return std::span(values).subspan(at(sequence.begin), at(sequence.size));
}

// Calls body(sequence) for all orderings, on several threads where they are many.
template <class Body>
void for_sequences(const Choices &choices, const Body &body) {
  constexpr size_t block = 1024;
  auto size = choices.sequences.size();
  auto blocks = static_cast<int64_t>((size + block - 1) / block);
  parallel_for(blocks, [&](int64_t number) {
    auto first = at(number) * block;
    for (size_t i = first; i < std::min(size, first + block); ++i) body(choices.sequences[i]);
  });
}

// Adds to each item what its slots have.
template <class OfSlot>
void add_slots(const VoteGraph &graph, std::span<double> to, const OfSlot &of_slot) {
  const auto &choices = graph.choices;
  for_item_blocks(graph, [&](int32_t begin, int32_t end) {
    for (int32_t item = begin; item < end; ++item)
      for (auto i = choices.first_of[at(item)]; i < choices.first_of[at(item) + 1]; ++i) {
        auto slot = choices.slots_of[at(i)];
        to[at(item)] += of_slot(choices.sequences[at(choices.sequence[at(slot)])], slot);
      }
  });
}

// weight x factor x (1 when it was chosen, less its shares in all choices).
double choice_gradient(const Choices::Sequence &sequence, double per_set, double share) {
  return static_cast<double>(sequence.weight) * static_cast<double>(sequence.scale) *
         ((per_set > 0 ? 1.0 : 0.0) - share);
}

double square_scale(const Choices::Sequence &sequence) {
  double scale = static_cast<double>(sequence.scale);
  return static_cast<double>(sequence.weight) * scale * scale;
}

void add_choice_slope(const VoteGraph &graph, std::span<const double> utilities, std::span<double> gradient,
                      Curvature *curvature) {
  const auto &choices = graph.choices;
  if (choices.sequences.empty()) return;
  Curvature own;
  auto &filled = curvature ? *curvature : own;
  if (!curvature) {
    own.likes.resize(choices.item.size());
    own.per_set.resize(choices.item.size());
    own.shares.resize(choices.item.size());
  }
  std::vector<double> diagonal(curvature ? choices.item.size() : 0);
  for_sequences(choices, [&](const Choices::Sequence &sequence) {
    choice_shares(choices, sequence, utilities, places(sequence, filled.likes), places(sequence, filled.per_set),
                  places(sequence, filled.shares));
    if (curvature) choice_diagonal(choices, sequence, filled, places(sequence, diagonal));
  });
  add_slots(graph, gradient, [&](const Choices::Sequence &sequence, int64_t slot) {
    return choice_gradient(sequence, filled.per_set[at(slot)], filled.shares[at(slot)]);
  });
  if (curvature)
    add_slots(graph, curvature->diagonal, [&](const Choices::Sequence &sequence, int64_t slot) {
      return square_scale(sequence) * diagonal[at(slot)];
    });
}

}  // namespace

void for_item_blocks(const VoteGraph &graph, const std::function<void(int32_t begin, int32_t end)> &body) {
  constexpr int64_t block = 1024, worth_threads = 30000;
  if (graph.pairs.used + static_cast<int64_t>(graph.choices.item.size()) + graph.items < worth_threads)
    return body(0, graph.items);
  parallel_for((graph.items + block - 1) / block, [&](int64_t number) {
    body(static_cast<int32_t>(number * block),
         static_cast<int32_t>(std::min<int64_t>(graph.items, (number + 1) * block)));
  });
}

double log_likelihood(const VoteGraph &graph, double tie_rate, std::span<const double> utilities) {
  std::vector<double> of_item(at(graph.items));
  for_item_blocks(graph, [&](int32_t begin, int32_t end) {
    Buffer value;
    for_runs(graph.pairs, tie_rate, utilities, begin, end, [&](const EntryRun &run, int64_t, Parts parts) {
      entry_values(run, value.data());
      // Each entry lies in two rows.
      for (auto part : parts) of_item[at(part.item)] += 0.5 * sum_of(value.data(), part);
    });
  });
  double sum = 0;
  for (double value : of_item) sum += value;
  for (const auto &sequence : graph.choices.sequences)
    sum += static_cast<double>(sequence.weight) * choice_value(graph.choices, sequence, utilities);
  if (graph.ties > 0) sum += graph.ties * std::log(tie_rate) - std::log(2 + tie_rate);
  return sum;
}

void slope(const VoteGraph &graph, double tie_rate, std::span<const double> utilities, std::span<double> gradient,
           Curvature *curvature) {
  if (curvature) resize(graph, *curvature);
  for_item_blocks(graph, [&](int32_t begin, int32_t end) {
    std::fill(gradient.begin() + begin, gradient.begin() + end, 0);
    if (curvature) {
      std::fill(curvature->pair_diagonal.begin() + begin, curvature->pair_diagonal.begin() + end, 0);
      std::fill(curvature->diagonal.begin() + begin, curvature->diagonal.begin() + end, 0);
    }
    Buffer slopes;
    std::array<float, run_length> weights;
    for_runs(graph.pairs, tie_rate, utilities, begin, end, [&](const EntryRun &run, int64_t slot, Parts parts) {
      float *weight = curvature ? curvature->weights.data() + slot : weights.data();
      entry_slopes(run, slopes.data(), weight);
      for (auto part : parts) {
        gradient[at(part.item)] += sum_of(slopes.data(), part);
        if (curvature) curvature->pair_diagonal[at(part.item)] += sum_of(weight, part);
      }
    });
    if (curvature)
      std::copy(curvature->pair_diagonal.begin() + begin, curvature->pair_diagonal.begin() + end,
                curvature->diagonal.begin() + begin);
  });
  add_choice_slope(graph, utilities, gradient, curvature);
}

void multiply(const VoteGraph &graph, const Curvature &curvature, std::span<const double> x, std::span<double> to) {
  const auto &pairs = graph.pairs;
  for_item_blocks(graph, [&](int32_t begin, int32_t end) {
    for (int32_t item = begin; item < end; ++item) {
      const auto &row = pairs.rows[at(item)];
      const int32_t *other = pairs.other.data() + row.begin;
      const float *weight = curvature.weights.data() + row.begin;
      double sums[4] = {};
      int32_t k = 0;
      for (; k + 4 <= row.size; k += 4)
        for (int32_t lane = 0; lane < 4; ++lane)
          sums[lane] += static_cast<double>(weight[k + lane]) * x[at(other[k + lane])];
      for (; k < row.size; ++k) sums[0] += static_cast<double>(weight[k]) * x[at(other[k])];
      to[at(item)] = curvature.pair_diagonal[at(item)] * x[at(item)] - ((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
  });
  const auto &choices = graph.choices;
  if (choices.sequences.empty()) return;
  std::vector<double> own(choices.item.size()), result(choices.item.size());
  for_sequences(choices, [&](const Choices::Sequence &sequence) {
    for (auto slot = sequence.begin; slot < sequence.begin + sequence.size; ++slot)
      own[at(slot)] = x[at(choices.item[at(slot)])];
    choice_multiply(choices, sequence, curvature, places(sequence, own), places(sequence, result));
  });
  add_slots(graph, to,
            [&](const Choices::Sequence &sequence, int64_t slot) { return square_scale(sequence) * result[at(slot)]; });
}

void add_to_matrix(const VoteGraph &graph, const Curvature &curvature, std::span<double> matrix) {
  auto size = at(graph.items);
  for (int32_t item = 0; item < graph.items; ++item) {
    double *row = matrix.data() + at(item) * size;
    row[item] += curvature.diagonal[at(item)];
    const auto &entries = graph.pairs.rows[at(item)];
    for (auto slot = entries.begin; slot < entries.begin + entries.size; ++slot)
      row[graph.pairs.other[at(slot)]] -= static_cast<double>(curvature.weights[at(slot)]);
  }
  const auto &choices = graph.choices;
  for (const auto &sequence : choices.sequences) {
    const int32_t *item = choices.item.data() + sequence.begin, *beyond = choices.beyond.data() + sequence.begin;
    const double *like = curvature.likes.data() + sequence.begin, *per_set = curvature.per_set.data() + sequence.begin;
    double factor = square_scale(sequence), better = 0;
    for (int32_t first = 0; first < sequence.size; first = beyond[first]) {
      double sum = 0;
      for (int32_t i = first; i < beyond[first]; ++i) {
        double square = per_set[i] * per_set[i];
        sum += square;
        for (int32_t j = i + 1; j < sequence.size; ++j) {
          double shared = factor * like[i] * like[j] * (j < beyond[first] ? better : better + square);
          matrix[at(item[i]) * size + at(item[j])] -= shared;
          matrix[at(item[j]) * size + at(item[i])] -= shared;
        }
      }
      better += sum;
    }
  }
}

double coupling(const VoteGraph &graph, const Curvature &curvature, int32_t a, int32_t b) {
  auto slots = slots_of_pair(graph.pairs, a, b);
  double sum = 0;
  for (auto slot = slots.begin; slot < slots.end; ++slot) sum += static_cast<double>(curvature.weights[at(slot)]);
  const auto &choices = graph.choices;
  auto i = choices.first_of[at(a)], j = choices.first_of[at(b)];
  // The slots of an item are ascending, and so are the sequences they belong to.
  while (i < choices.first_of[at(a) + 1] && j < choices.first_of[at(b) + 1]) {
    auto slot_a = choices.slots_of[at(i)], slot_b = choices.slots_of[at(j)];
    auto of_a = choices.sequence[at(slot_a)], of_b = choices.sequence[at(slot_b)];
    if (of_a == of_b) {
      const auto &sequence = choices.sequences[at(of_a)];
      sum += square_scale(sequence) * choice_coupling(choices, sequence, curvature,
                                                      static_cast<int32_t>(slot_a - sequence.begin),
                                                      static_cast<int32_t>(slot_b - sequence.begin));
    }
    if (of_a <= of_b) ++i;
    if (of_b <= of_a) ++j;
  }
  return sum;
}

TieSlope tie_slope(const VoteGraph &graph, double tie_rate, std::span<const double> utilities,
                   std::span<double> mixed) {
  TieSlope result;
  if (!(graph.ties > 0)) {
    std::fill(mixed.begin(), mixed.end(), 0);
    return result;
  }
  struct Sums {
    double mixed = 0, expected = 0, spread = 0;
  };
  std::vector<Sums> of_item(at(graph.items));
  for_item_blocks(graph, [&](int32_t begin, int32_t end) {
    Buffer own, expected, spread;
    for_runs(graph.pairs, tie_rate, utilities, begin, end, [&](const EntryRun &run, int64_t, Parts parts) {
      entry_ties(run, own.data(), expected.data(), spread.data());
      for (auto part : parts) {
        auto &sums = of_item[at(part.item)];
        sums.mixed += sum_of(own.data(), part);
        sums.expected += 0.5 * sum_of(expected.data(), part);
        sums.spread += 0.5 * sum_of(spread.data(), part);
      }
    });
  });
  double equals = tie_rate / (2 + tie_rate);
  result.gradient = graph.ties - equals;
  result.curvature = equals * (1 - equals);
  for (const auto &sums : of_item) {
    result.gradient -= sums.expected;
    result.curvature += sums.spread;
  }
  for (size_t i = 0; i < mixed.size(); ++i) mixed[i] = of_item[i].mixed;
  return result;
}

double most_likely_tie_rate(const VoteGraph &graph, std::span<const double> utilities) {
  if (!(graph.ties > 0)) return 0;
  // Concave in the logarithm: Newton steps, held to what the slope's sign has not ruled out.
  double low = std::log(1e-12), high = std::log(1e12), now = 0;
  for (int round = 0; round < 100 && high - low > 1e-13; ++round) {
    auto slope_now = tie_slope(graph, std::exp(now), utilities, {});
    (slope_now.gradient > 0 ? low : high) = now;
    double step = slope_now.curvature > 0 ? slope_now.gradient / slope_now.curvature : INFINITY;
    double next = now + step;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - now) < 1e-12) break;
    now = next;
  }
  return std::exp(now);
}

ItemSlope item_slope(const VoteGraph &graph, double tie_rate, std::span<const double> utilities, int32_t item,
                     std::span<float> weights) {
  ItemSlope result;
  Buffer slopes;
  size_t written = 0;
  for_runs(graph.pairs, tie_rate, utilities, item, item + 1, [&](const EntryRun &run, int64_t, Parts parts) {
    float *weight = weights.data() + written;
    entry_slopes(run, slopes.data(), weight);
    result.gradient += sum_of(slopes.data(), parts.front());
    result.diagonal += sum_of(weight, parts.front());
    written += at(run.count);
  });
  const auto &choices = graph.choices;
  for (auto i = choices.first_of[at(item)]; i < choices.first_of[at(item) + 1]; ++i) {
    auto slot = choices.slots_of[at(i)];
    const auto &sequence = choices.sequences[at(choices.sequence[at(slot)])];
    auto size = at(sequence.size), place = at(slot - sequence.begin);
    std::vector<double> likes(size), per_set(size), shares(size);
    choice_shares(choices, sequence, utilities, likes, per_set, shares);
    result.gradient += choice_gradient(sequence, per_set[place], shares[place]);
    double squares = per_set[place] * per_set[place];
    for (size_t j = 0; j < place && at(choices.beyond[at(sequence.begin) + j]) <= place; ++j)
      squares += per_set[j] * per_set[j];
    result.diagonal += square_scale(sequence) * std::max(0.0, shares[place] - likes[place] * likes[place] * squares);
  }
  return result;
}

}  // namespace kalon
