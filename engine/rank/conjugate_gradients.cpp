#include "rank/conjugate_gradients.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "rank/choice_slopes.h"
#include "rank/pair_kernels.h"

namespace kalon {
namespace {

constexpr int most_rounds = 5000;

size_t at(int64_t number) {
  return static_cast<size_t>(number);
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sums[8] = {};
  size_t i = 0;
  for (; i + 8 <= a.size(); i += 8)
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

void apply(const Precision &precision, std::span<const double> x, std::span<double> to) {
  multiply(precision.graph, precision.curvature, x, to);
  double share = precision.mixed.empty() ? 0 : dot(precision.mixed, x) / precision.spread;
  for (size_t i = 0; i < x.size(); ++i)
    to[i] += precision.prior * x[i] - (precision.mixed.empty() ? 0 : share * precision.mixed[i]);
}

// Sums by column, of blocks of items; added up in the order of the blocks.
using ColumnSums = std::array<double, many_columns>;

class BlockSums {
 public:
  explicit BlockSums(int32_t items) : blocks_(static_cast<size_t>(items) / block + 1) {}
  ColumnSums &of(int32_t begin) { return blocks_[static_cast<size_t>(begin) / block] = {}; }
  ColumnSums total() const {
    ColumnSums sum{};
    for (const auto &one : blocks_)
      for (size_t c = 0; c < sum.size(); ++c) sum[c] += one[c];
    return sum;
  }

 private:
  static constexpr size_t block = 1024;
  std::vector<ColumnSums> blocks_;
};

void add_choice_columns(const Precision &precision, std::span<const float> x, std::span<float> to) {
  const auto &choices = precision.graph.choices;
  std::vector<double> own, result;
  for (const auto &sequence : choices.sequences) {
    own.resize(at(sequence.size));
    result.resize(at(sequence.size));
    double scale = static_cast<double>(sequence.scale), factor = static_cast<double>(sequence.weight) * scale * scale;
    const int32_t *item = choices.item.data() + sequence.begin;
    for (int64_t c = 0; c < many_columns; ++c) {
      for (int32_t i = 0; i < sequence.size; ++i) own[at(i)] = static_cast<double>(x[at(item[i] * many_columns + c)]);
      choice_multiply(choices, sequence, precision.curvature, own, result);
      for (int32_t i = 0; i < sequence.size; ++i)
        to[at(item[i] * many_columns + c)] += static_cast<float>(factor * result[at(i)]);
    }
  }
}

}  // namespace

void solve(const Precision &precision, std::span<const double> right, std::span<double> x, double tolerance,
           const Task &task) {
  auto size = right.size();
  const auto &diagonal = precision.curvature.diagonal;
  std::vector<double> residual(right.begin(), right.end()), scaled(size), direction(size), image(size);
  auto scale = [&] {
    for (size_t i = 0; i < size; ++i) scaled[i] = residual[i] / (diagonal[i] + precision.prior);
  };
  scale();
  double goal = tolerance * tolerance * dot(residual, scaled);
  if (std::any_of(x.begin(), x.end(), [](double value) { return value != 0; })) {
    apply(precision, x, image);
    for (size_t i = 0; i < size; ++i) residual[i] -= image[i];
    scale();
  }
  double product = dot(residual, scaled);
  direction = scaled;
  for (int round = 0; round < most_rounds && product > goal; ++round) {
    task.throw_if_cancelled();
    apply(precision, direction, image);
    double curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    double step = product / curvature;
    for (size_t i = 0; i < size; ++i) {
      x[i] += step * direction[i];
      residual[i] -= step * image[i];
    }
    scale();
    double next = dot(residual, scaled);
    double keep = next / product;
    product = next;
    for (size_t i = 0; i < size; ++i) direction[i] = scaled[i] + keep * direction[i];
  }
}

void multiply_columns(const Precision &precision, std::span<const float> x, std::span<float> to) {
  const auto &pairs = precision.graph.pairs;
  for_item_blocks(precision.graph, [&](int32_t begin, int32_t end) {
    for (int32_t item = begin; item < end; ++item) {
      const auto &row = pairs.rows[at(item)];
      std::array<float, many_columns> sum{};
      add_weighted_rows(pairs.other.data() + row.begin, precision.curvature.weights.data() + row.begin, row.size,
                        x.data(), sum.data());
      auto own = static_cast<float>(precision.curvature.pair_diagonal[at(item)] + precision.prior);
      for (int64_t c = 0; c < many_columns; ++c)
        to[at(item * many_columns + c)] = own * x[at(item * many_columns + c)] - sum[at(c)];
    }
  });
  add_choice_columns(precision, x, to);
}

void solve_columns(const Precision &precision, std::span<float> right, std::span<float> x, double tolerance,
                   const Task &task) {
  const auto &graph = precision.graph;
  auto residual = right;
  std::vector<float> direction(right.size()), image(right.size());
  std::fill(x.begin(), x.end(), 0.0f);
  auto inverse = [&](int32_t item) {
    return static_cast<float>(1 / (precision.curvature.diagonal[at(item)] + precision.prior));
  };
  auto sum_blocks = [&](auto &&of_item) {
    BlockSums sums(graph.items);
    for_item_blocks(graph, [&](int32_t begin, int32_t end) {
      auto &sum = sums.of(begin);
      for (int32_t item = begin; item < end; ++item) of_item(item, at(item * many_columns), sum);
    });
    return sums.total();
  };
  auto product = sum_blocks([&](int32_t item, size_t first, ColumnSums &sum) {
    float scale = inverse(item);
    for (size_t c = 0; c < at(many_columns); ++c) {
      direction[first + c] = scale * residual[first + c];
      sum[c] += static_cast<double>(direction[first + c] * residual[first + c]);
    }
  });
  auto goal = product;
  for (auto &value : goal) value *= tolerance * tolerance;
  auto open = [&] {
    for (size_t c = 0; c < at(many_columns); ++c)
      if (product[c] > goal[c]) return true;
    return false;
  };
  for (int round = 0; round < most_rounds && open(); ++round) {
    task.throw_if_cancelled();
    multiply_columns(precision, direction, image);
    auto curvature = sum_blocks([&](int32_t, size_t first, ColumnSums &sum) {
      for (size_t c = 0; c < at(many_columns); ++c)
        sum[c] += static_cast<double>(direction[first + c] * image[first + c]);
    });
    std::array<float, many_columns> step{}, keep{};
    for (size_t c = 0; c < at(many_columns); ++c)
      step[c] = curvature[c] > 0 && product[c] > goal[c] ? static_cast<float>(product[c] / curvature[c]) : 0;
    auto next = sum_blocks([&](int32_t item, size_t first, ColumnSums &sum) {
      float scale = inverse(item);
      for (size_t c = 0; c < at(many_columns); ++c) {
        x[first + c] += step[c] * direction[first + c];
        residual[first + c] -= step[c] * image[first + c];
        sum[c] += static_cast<double>(scale * residual[first + c] * residual[first + c]);
      }
    });
    for (size_t c = 0; c < at(many_columns); ++c)
      keep[c] = product[c] > 0 ? static_cast<float>(next[c] / product[c]) : 0;
    product = next;
    for_item_blocks(graph, [&](int32_t begin, int32_t end) {
      for (int32_t item = begin; item < end; ++item) {
        float scale = inverse(item);
        for (size_t c = 0; c < at(many_columns); ++c) {
          auto i = at(item * many_columns) + c;
          direction[i] = scale * residual[i] + keep[c] * direction[i];
        }
      }
    });
  }
}

}  // namespace kalon
