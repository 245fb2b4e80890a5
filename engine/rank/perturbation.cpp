#include "rank/perturbation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "rank/pair_kernels.h"

namespace kalon {
namespace {

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

uint64_t mixed(uint64_t a, uint64_t b) {
  return Random(a ^ Random(b).next()).next();
}

// Sixteen numbers of mean 0 and variance 1: how many of sixteen bits are set, less eight, over two.
void add_signs(uint64_t seed, float factor, float *to) {
  Random random(seed);
  for (size_t c = 0; c < at(many_columns); c += 4) {
    auto bits = random.next();
    // Bits set in each sixteen.
    bits -= (bits >> 1) & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + ((bits >> 2) & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    bits = (bits + (bits >> 8)) & 0x001f001f001f001fu;
    for (size_t lane = 0; lane < 4; ++lane)
      to[c + lane] += factor * (static_cast<float>((bits >> (16 * lane)) & 0x1f) - 8) * 0.5f;
  }
}

void add_normals(uint64_t seed, double factor, float *to) {
  Random random(seed);
  for (size_t c = 0; c < at(many_columns); c += 2) {
    double radius = factor * std::sqrt(-2 * std::log(1 - random.unit())), angle = 2 * std::numbers::pi * random.unit();
    to[c] += static_cast<float>(radius * std::cos(angle));
    to[c + 1] += static_cast<float>(radius * std::sin(angle));
  }
}

void add_choices(const Precision &precision, uint64_t seed, std::span<float> to) {
  constexpr int drawn = 8;
  const auto &choices = precision.graph.choices;
  std::vector<double> worse;
  for (size_t number = 0; number < choices.sequences.size(); ++number) {
    const auto &sequence = choices.sequences[number];
    const int32_t *item = choices.item.data() + sequence.begin, *beyond = choices.beyond.data() + sequence.begin;
    const double *like = precision.curvature.likes.data() + sequence.begin;
    const double *per_set = precision.curvature.per_set.data() + sequence.begin;
    // Sums of the likes from a place to the end.
    worse.assign(at(sequence.size) + 1, 0);
    for (int32_t i = sequence.size; i-- > 0;) worse[at(i)] = worse[at(i) + 1] + like[i];
    double factor =
        std::sqrt(static_cast<double>(sequence.weight) * drawn) * static_cast<double>(sequence.scale) / drawn;
    Random random(mixed(seed, number));
    auto add = [&](int32_t place, int64_t c, double value) {
      to[at(item[place] * many_columns + c)] += static_cast<float>(factor * value);
    };
    for (int32_t i = 0; i < sequence.size; ++i) {
      double share = precision.curvature.shares[at(sequence.begin + i)];
      for (int64_t c = 0; c < many_columns; ++c) add(i, c, -share * drawn);
      if (!(per_set[i] > 0)) continue;
      for (int64_t c = 0; c < many_columns; ++c)
        for (int draw = 0; draw < drawn; ++draw) {
          double left = random.unit() / per_set[i] - like[i];
          if (left < 0) {
            add(i, c, 1);
            continue;
          }
          // The last place from which more than `left` remains to the end.
          auto begin = worse.begin() + beyond[i];
          auto found = std::partition_point(begin, worse.end() - 1, [&](double sum) { return sum > left; });
          add(static_cast<int32_t>(std::max(begin, found - 1) - worse.begin()), c, 1);
        }
    }
  }
}

}  // namespace

void perturb(const Precision &precision, uint64_t seed, std::span<float> to) {
  const auto &pairs = precision.graph.pairs;
  for_item_blocks(precision.graph, [&](int32_t begin, int32_t end) {
    for (int32_t item = begin; item < end; ++item) {
      float *row = to.data() + item * many_columns;
      std::fill_n(row, many_columns, 0.0f);
      add_normals(mixed(seed, ~static_cast<uint64_t>(item)), std::sqrt(precision.prior), row);
      const auto &entries = pairs.rows[at(item)];
      for (auto slot = entries.begin; slot < entries.begin + entries.size; ++slot) {
        auto [low, high] = std::minmax(item, pairs.other[at(slot)]);
        auto key = static_cast<uint64_t>(low) << 32 | static_cast<uint64_t>(high);
        key += static_cast<uint64_t>(std::bit_cast<uint32_t>(pairs.scale[at(slot)])) << 8;
        float deviation = std::sqrt(precision.curvature.weights[at(slot)]);
        add_signs(mixed(seed, key), item == low ? deviation : -deviation, row);
      }
    }
  });
  add_choices(precision, seed, to);
}

}  // namespace kalon
