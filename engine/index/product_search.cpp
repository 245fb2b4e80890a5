// Exact neighbours by matrix products. Vectors are centred, scaled into float's range and rounded to the product's
// precision; for each vector the length r of what that lost is known. With d' the distance of two rounded vectors, the
// true distance lies within r1 + r2 of d' (triangle inequality), and the computed d'² within `slack` of the true d'²
// (rounding of the sums). A pair is dropped only when these bounds put it beyond k others; all remaining ones are
// measured in double. So the rounding decides how much work there is, never the result.

#include <cmath>
#include <limits>

#include "base/cpu.h"
#include "base/threads.h"
#include "index/distance.h"
#include "index/matrix_product.h"
#include "index/search.h"

namespace kalon {
namespace {

constexpr int64_t left_rows = 128;         // queries of one product
constexpr int64_t most_right_rows = 1024;  // base rows of one product
constexpr int64_t most_panel_rows = 2048;  // queries one thread works on at a time
constexpr int64_t block_values = 1 << 21;  // values that a block of vectors may hold
constexpr int64_t panel_pairs = 1 << 22;   // candidates that a panel may hold
constexpr int64_t rows_per_part = 4096;

int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// Where vectors go before they are rounded: (x - mean) * scale.
struct Frame {
  std::vector<float> mean;
  double scale = 1;  // a power of two: exact
};

Frame frame_of(Subset base, Subset queries, Task &task) {
  int64_t dimension = base.matrix.dimension;
  int64_t parts = (base.size() + rows_per_part - 1) / rows_per_part;
  // Partial sums of fixed parts, added in order: the same whatever the number of threads. Few parts live at a time.
  constexpr int64_t groups_in_wave = 32;
  std::vector<double> total(static_cast<size_t>(dimension));
  for (int64_t wave = 0; wave < parts; wave += groups_in_wave) {
    std::vector<std::vector<double>> sums(static_cast<size_t>(std::min(groups_in_wave, parts - wave)));
    parallel_for(static_cast<int64_t>(sums.size()), [&](int64_t i) {
      task.throw_if_cancelled();
      sums[i].assign(static_cast<size_t>(dimension), 0.0);
      int64_t end = std::min(base.size(), (wave + i + 1) * rows_per_part);
      for (int64_t place = (wave + i) * rows_per_part; place < end; ++place) {
        const float *values = base.at(place);
        for (int64_t d = 0; d < dimension; ++d) sums[i][d] += static_cast<double>(values[d]);
      }
    });
    for (const auto &sum : sums)
      for (int64_t d = 0; d < dimension; ++d) total[d] += sum[d];
  }
  Frame frame;
  frame.mean.resize(static_cast<size_t>(dimension));
  for (int64_t d = 0; d < dimension; ++d)
    frame.mean[d] = static_cast<float>(total[d] / static_cast<double>(base.size()));

  auto largest = [&](Subset subset) {
    int64_t count = (subset.size() + rows_per_part - 1) / rows_per_part;
    std::vector<double> part_largest(static_cast<size_t>(count), 0.0);
    parallel_for(count, [&](int64_t part) {
      task.throw_if_cancelled();
      int64_t end = std::min(subset.size(), (part + 1) * rows_per_part);
      double most = 0;
      for (int64_t place = part * rows_per_part; place < end; ++place) {
        const float *values = subset.at(place);
        for (int64_t d = 0; d < dimension; ++d)
          most = std::max(most, std::abs(static_cast<double>(values[d]) - static_cast<double>(frame.mean[d])));
      }
      part_largest[part] = most;
    });
    return part_largest.empty() ? 0.0 : *std::max_element(part_largest.begin(), part_largest.end());
  };
  double most = std::max(largest(base), largest(queries));
  if (most > 0) frame.scale = std::ldexp(1.0, -std::ilogb(most) - 1);  // values below 1
  return frame;
}

// Rounds one vector; *squared is the squared length of the rounded vector, *lost the length of what rounding took.
KALON_MULTIVERSION void round_vector(const float *values, const float *mean, double scale, int64_t dimension,
                                     uint16_t *bf16, float *f32, double *squared, double *lost) {
  double square_sum = 0, lost_sum = 0;
  for (int64_t d = 0; d < dimension; ++d) {
    double exact = (static_cast<double>(values[d]) - static_cast<double>(mean[d])) * scale;
    float rounded = static_cast<float>(exact);
    if (bf16 != nullptr) {
      uint32_t bits = std::bit_cast<uint32_t>(rounded);
      bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
      bf16[d] = static_cast<uint16_t>(bits >> 16);
      rounded = std::bit_cast<float>(bits);
    } else {
      f32[d] = rounded;
    }
    double kept = static_cast<double>(rounded);
    square_sum += kept * kept;
    lost_sum += (exact - kept) * (exact - kept);
  }
  *squared = square_sum;
  *lost = std::sqrt(lost_sum);
}

// Rounded vectors of a block, ready for the product.
struct Block {
  std::vector<uint16_t> bf16;
  std::vector<float> f32;
  std::vector<float> squared;  // of the rounded vectors
  std::vector<float> lost;     // upper bounds of r
  float largest_squared = 0, largest_lost = 0;

  const void *data(int64_t row, int64_t dimension) const {
    if (!bf16.empty()) return bf16.data() + row * dimension;
    return f32.data() + row * dimension;
  }
};

// Upward: a bound must stay one after rounding to float.
float bound_above(double value) {
  return static_cast<float>(value * (1 + 1e-6) + 1e-30);
}

void fill(Block &block, Subset subset, int64_t first, int64_t count, int64_t capacity, const Frame &frame,
          bool use_bf16) {
  int64_t dimension = subset.matrix.dimension;
  auto values = static_cast<size_t>(capacity * dimension);
  if (use_bf16) {
    block.bf16.resize(values);
  } else {
    block.f32.resize(values);
  }
  block.squared.resize(static_cast<size_t>(capacity));
  block.lost.resize(static_cast<size_t>(capacity));
  block.largest_squared = block.largest_lost = 0;
  for (int64_t i = 0; i < count; ++i) {
    double squared, lost;
    round_vector(subset.at(first + i), frame.mean.data(), frame.scale, dimension,
                 use_bf16 ? block.bf16.data() + i * dimension : nullptr,
                 use_bf16 ? nullptr : block.f32.data() + i * dimension, &squared, &lost);
    block.squared[i] = static_cast<float>(squared);
    block.lost[i] = bound_above(lost);
    block.largest_squared = std::max(block.largest_squared, block.squared[i]);
    block.largest_lost = std::max(block.largest_lost, block.lost[i]);
  }
  // Rows past the end take part in the product only; zero keeps them finite.
  if (use_bf16) {
    std::fill(block.bf16.begin() + count * dimension, block.bf16.end(), uint16_t{0});
  } else {
    std::fill(block.f32.begin() + count * dimension, block.f32.end(), 0.0f);
  }
}

// A base row that may be among the nearest, with bounds of its true (scaled) distance.
struct Candidate {
  float lower, upper;
  int32_t place;
};

// Appends the columns of one product row whose d'² (squared + left - 2 product) is at most `limit`; returns how many
// there are. `found` has room for all columns.
KALON_MULTIVERSION int64_t columns_within(const float *products, const float *squared, int64_t columns, float left,
                                          float limit, int32_t *found) {
  constexpr int64_t group_rows = 64;
  int64_t count = 0;
  float threshold = limit - left;
  for (int64_t first = 0; first < columns; first += group_rows) {
    int64_t end = std::min(columns, first + group_rows);
    int any = 0;
    for (int64_t c = first; c < end; ++c) any |= squared[c] - 2 * products[c] <= threshold ? 1 : 0;
    if (any == 0) continue;
    for (int64_t c = first; c < end; ++c)
      if (squared[c] - 2 * products[c] <= threshold) found[count++] = static_cast<int32_t>(c);
  }
  return count;
}

// One query's way to its neighbours.
struct Query {
  NearestList best;
  std::vector<Candidate> waiting;
  double limit = std::numeric_limits<double>::infinity();  // the k-th distance is no larger (scaled)
};

class Panel {
 public:
  Panel(Subset base, Subset queries, int64_t first, int64_t count, int64_t k, const Frame &frame, bool use_bf16)
      : base_(base), queries_(queries), first_(first), k_(k), frame_(frame) {
    capacity_ = std::max<size_t>(128, 3 * static_cast<size_t>(k));
    int64_t dimension = base.matrix.dimension;
    sum_error_ = static_cast<float>(dimension + 16) * 0x1p-23f;
    underflow_ = static_cast<float>(dimension + 16) * 0x1p-120f;  // where the processor flushes small numbers to zero
    fill(left_, queries, first, count, round_up(count, left_rows), frame, use_bf16);
    list_.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) list_.push_back({NearestList(k), {}});
  }

  const Block &left() const { return left_; }

  // Takes in the products of query `i` of the panel with the base rows of a block.
  void take(int64_t i, const float *products, const Block &right, int64_t right_first, int64_t columns,
            std::vector<int32_t> &scratch) {
    Query &query = list_[i];
    float left_squared = left_.squared[i], left_lost = left_.lost[i];
    float limit = squared_limit(i, right);
    int64_t found = columns_within(products, right.squared.data(), columns, left_squared, limit, scratch.data());
    for (int64_t f = 0; f < found; ++f) {
      int32_t c = scratch[f];
      float squared = left_squared + right.squared[c] - 2 * products[c];
      if (squared > limit) continue;
      float error = slack(left_squared, right.squared[c]), lost = left_lost + right.lost[c];
      float lower = std::sqrt(std::max(0.0f, squared - error)) * (1 - 1e-6f) - lost * (1 + 1e-6f);
      float upper = std::sqrt(std::max(0.0f, squared) + error) * (1 + 1e-6f) + lost * (1 + 1e-6f);
      query.waiting.push_back({lower, upper, static_cast<int32_t>(right_first + c)});
      if (query.waiting.size() == capacity_) {
        thin_out(i);
        limit = squared_limit(i, right);
      }
    }
  }

  void finish(int64_t i, int32_t *places, float *distances) {
    drop_hopeless(i);
    measure(i);
    list_[i].best.finish(places, distances);
  }

 private:
  // |computed d'² - true d'²|: each of the sums of `dimension` terms carries a relative error of at most 2^-24 a step.
  float slack(float left_squared, float right_squared) const {
    return sum_error_ * (left_squared + right_squared) + underflow_;
  }

  // The computed d'² beyond which no row of the block matters to query `i`.
  float squared_limit(int64_t i, const Block &right) const {
    double limit = list_[i].limit;
    if (std::isinf(limit)) return std::numeric_limits<float>::max();
    double reach = limit + static_cast<double>(left_.lost[i] + right.largest_lost) * (1 + 1e-6);
    return bound_above(reach * reach + static_cast<double>(slack(left_.squared[i], right.largest_squared)));
  }

  void drop_hopeless(int64_t i) {
    Query &query = list_[i];
    if (query.waiting.size() >= static_cast<size_t>(k_)) {
      uppers_.clear();
      for (const Candidate &c : query.waiting) uppers_.push_back(c.upper);
      std::nth_element(uppers_.begin(), uppers_.begin() + (k_ - 1), uppers_.end());
      lower_limit(query, static_cast<double>(uppers_[k_ - 1]));
    }
    std::erase_if(query.waiting, [&](const Candidate &c) { return static_cast<double>(c.lower) > query.limit; });
  }

  void measure(int64_t i) {
    Query &query = list_[i];
    const float *values = queries_.at(first_ + i);
    for (const Candidate &c : query.waiting) {
      double squared = squared_distance(values, base_.at(c.place), base_.matrix.dimension);
      query.best.offer(rounded_distance(squared), c.place);
    }
    query.waiting.clear();
    if (query.best.full() && query.best.worst() < std::numeric_limits<float>::max())
      lower_limit(query, static_cast<double>(query.best.worst()) * frame_.scale);
  }

  // Distances that round to the same float are decided by place: the limit stays above all of them.
  static void lower_limit(Query &query, double distance) {
    query.limit = std::min(query.limit, distance * (1 + 1e-6) + 1e-30);
  }

  void thin_out(int64_t i) {
    drop_hopeless(i);
    if (list_[i].waiting.size() > capacity_ / 2) measure(i);
  }

  Subset base_, queries_;
  int64_t first_, k_;
  const Frame &frame_;
  size_t capacity_;
  float sum_error_, underflow_;
  Block left_;
  std::vector<Query> list_;
  std::vector<float> uppers_;
};

}  // namespace

Neighbours product_search(Subset base, Subset queries, int64_t k, Task &task) {
  Neighbours found{k, std::vector<int32_t>(static_cast<size_t>(queries.size() * k)),
                   std::vector<float>(static_cast<size_t>(queries.size() * k))};
  int64_t dimension = base.matrix.dimension;
  bool use_bf16 = has_fast_bf16();
  Frame frame = frame_of(base, queries, task);

  int64_t block_rows = std::max<int64_t>(left_rows, block_values / dimension / left_rows * left_rows);
  int64_t right_rows = std::min({round_up(base.size(), 32), block_rows, most_right_rows});
  // Enough panels for all threads to end together, but not so many that packing the base counts.
  int64_t share = round_up(queries.size() / (4 * thread_budget()) + 1, left_rows);
  int64_t panel_rows =
      std::min({share, block_rows, most_panel_rows, std::max<int64_t>(1, panel_pairs / std::max<int64_t>(128, 4 * k))});

  parallel_for((queries.size() + panel_rows - 1) / panel_rows, [&](int64_t number) {
    SingleThreadedOpenMP guard;
    int64_t first = number * panel_rows, count = std::min(panel_rows, queries.size() - first);
    Panel panel(base, queries, first, count, k, frame, use_bf16);
    MatrixProduct product(left_rows, right_rows, dimension, use_bf16);
    Block right;
    std::vector<float> products(static_cast<size_t>(left_rows * right_rows));
    std::vector<int32_t> scratch(static_cast<size_t>(right_rows));
    for (int64_t right_first = 0; right_first < base.size(); right_first += right_rows) {
      task.throw_if_cancelled();
      int64_t columns = std::min(right_rows, base.size() - right_first);
      fill(right, base, right_first, columns, right_rows, frame, use_bf16);
      product.load_right(right.data(0, dimension));
      for (int64_t left_first = 0; left_first < count; left_first += left_rows) {
        task.throw_if_cancelled();
        product.multiply(panel.left().data(left_first, dimension), products.data());
        int64_t end = std::min(left_rows, count - left_first);
        for (int64_t i = 0; i < end; ++i)
          panel.take(left_first + i, products.data() + i * right_rows, right, right_first, columns, scratch);
      }
    }
    for (int64_t i = 0; i < count; ++i) {
      if (i % left_rows == 0) task.throw_if_cancelled();
      panel.finish(i, &found.rows[(first + i) * k], &found.distances[(first + i) * k]);
    }
    task.advance(static_cast<uint64_t>(count));
  });
  return found;
}

}  // namespace kalon
