#include "filter/scatter.h"

#include <algorithm>

#include "base/cpu.h"
#include "base/threads.h"
#include "filter/panel_product.h"

namespace kalon {
namespace {

constexpr int64_t rows_per_part = 1024;  // of sums over rows
constexpr int64_t tile = 192;            // rows and columns of the result that one job makes
constexpr int64_t batch = 128;           // rows of the input that are packed at a time
constexpr int64_t wanted_jobs = 32;
constexpr int64_t fewest_rows = 1024;  // worth a job of their own

KALON_MULTIVERSION void add_row(const float *row, int64_t dimension, double *sums) {
  for (int64_t j = 0; j < dimension; ++j) sums[j] += row[j];
}

KALON_MULTIVERSION void centred(const float *row, const double *centre, int64_t count, double *out) {
  for (int64_t j = 0; j < count; ++j) out[j] = row[j] - centre[j];
}

// Row k of the packed panels of a batch: columns [0, count) of a row, zeros behind them.
template <int64_t Width>
void pack(const double *values, int64_t count, double factor, int64_t k, int64_t depth, double *panels) {
  for (int64_t first = 0; first < count; first += Width) {
    double *to = panels + first * depth + k * Width;
    int64_t whole = std::min(Width, count - first);
    for (int64_t j = 0; j < whole; ++j) to[j] = values[first + j] * factor;
    for (int64_t j = whole; j < Width; ++j) to[j] = 0;
  }
}

int64_t rounded_up(int64_t count, int64_t step) {
  return (count + step - 1) / step * step;
}

struct TileJob {
  const Scatter *scatter;
  int64_t row, column;         // of the tile in the result
  int64_t first, last;         // rows of the input
  std::vector<double> result;  // a tile; its rows are `side` apart
  int64_t side;
};

class TileWorker {
 public:
  void run(MatrixView rows, TileJob &job, const Task &task) {
    left_columns_ = std::min(tile, rows.dimension - job.row);
    right_columns_ = std::min(tile, rows.dimension - job.column);
    job.result.assign(static_cast<size_t>(job.side * job.side), 0.0);
    for (int64_t next = job.first; next < job.last;) {
      task.throw_if_cancelled();
      take_batch(*job.scatter, next, job.last);
      pack_batch(rows, job);
      multiply(job);
    }
  }

 private:
  void take_batch(const Scatter &scatter, int64_t &next, int64_t last) {
    taken_.clear();
    for (; next < last && static_cast<int64_t>(taken_.size()) < batch; ++next)
      if (scatter.weights == nullptr || scatter.weights[next * scatter.stride] > scatter.negligible)
        taken_.push_back(next);
  }

  void pack_batch(MatrixView rows, const TileJob &job) {
    auto depth = static_cast<int64_t>(taken_.size());
    const auto &scatter = *job.scatter;
    double values[tile];
    for (int64_t k = 0; k < depth; ++k) {
      const float *row = rows.row(taken_[static_cast<size_t>(k)]);
      double weight = scatter.weights == nullptr ? 1 : scatter.weights[taken_[static_cast<size_t>(k)] * scatter.stride];
      centred(row + job.row, scatter.centre + job.row, left_columns_, values);
      pack<left_panel>(values, left_columns_, weight, k, depth, left_.data());
      if (job.column != job.row) centred(row + job.column, scatter.centre + job.column, right_columns_, values);
      pack<right_panel>(values, right_columns_, 1, k, depth, right_.data());
    }
  }

  void multiply(TileJob &job) {
    auto depth = static_cast<int64_t>(taken_.size());
    if (depth == 0) return;
    alignas(64) double product[left_panel * right_panel];
    for (int64_t column = 0; column < right_columns_; column += right_panel)
      for (int64_t row = 0; row < left_columns_; row += left_panel) {
        // On the diagonal, what lies wholly below it is the mirror image of what lies above.
        if (job.row == job.column && row >= column + right_panel) break;
        panel_product(left_.data() + row * depth, right_.data() + column * depth, depth, product);
        for (int64_t i = 0; i < left_panel; ++i)
          for (int64_t j = 0; j < right_panel; ++j)
            job.result[static_cast<size_t>((row + i) * job.side + column + j)] += product[i * right_panel + j];
      }
  }

  PanelBuffer left_{tile * batch}, right_{tile * batch};
  std::vector<int64_t> taken_;
  int64_t left_columns_ = 0, right_columns_ = 0;
};

// Adds the upper triangle of a job's tile to the result.
void add_tile(const TileJob &job, int64_t dimension) {
  for (int64_t i = job.row; i < std::min(job.row + tile, dimension); ++i)
    for (int64_t j = std::max(i, job.column); j < std::min(job.column + tile, dimension); ++j)
      job.scatter->out[i * dimension + j] +=
          job.result[static_cast<size_t>((i - job.row) * job.side + (j - job.column))];
}

}  // namespace

std::vector<double> column_means(MatrixView rows, Task &task) {
  auto width = static_cast<size_t>(rows.dimension);
  int64_t per_part = std::max(rows_per_part, rounded_up(rows.rows, 64) / 64);
  int64_t parts = rounded_up(rows.rows, per_part) / per_part;
  std::vector<double> sums(static_cast<size_t>(parts) * width, 0.0);
  parallel_for(parts, [&](int64_t part) {
    task.throw_if_cancelled();
    for (int64_t r = part * per_part; r < std::min(rows.rows, (part + 1) * per_part); ++r)
      add_row(rows.row(r), rows.dimension, &sums[static_cast<size_t>(part) * width]);
  });
  std::vector<double> means(width, 0.0);
  for (size_t i = 0; i < sums.size(); ++i) means[i % width] += sums[i];
  for (double &mean : means) mean /= static_cast<double>(std::max<int64_t>(1, rows.rows));
  return means;
}

std::vector<double> sums_over(int64_t rows, int64_t width, const std::function<void(int64_t, double *)> &add,
                              const Task &task) {
  constexpr int64_t most_parts = 64, rows_of_part = 512, most_values = int64_t{8} << 20;
  auto size = static_cast<size_t>(width);
  int64_t parts = std::clamp<int64_t>(rows / rows_of_part, 1, most_parts);
  parts = std::clamp<int64_t>(most_values / std::max<int64_t>(1, width), 1, parts);
  std::vector<double> sums(static_cast<size_t>(parts) * size, 0.0);
  parallel_for(parts, [&](int64_t part) {
    task.throw_if_cancelled();
    for (int64_t r = rows * part / parts; r < rows * (part + 1) / parts; ++r)
      add(r, &sums[static_cast<size_t>(part) * size]);
  });
  for (size_t i = size; i < sums.size(); ++i) sums[i % size] += sums[i];
  sums.resize(size);
  return sums;
}

void add_up(MatrixView rows, std::span<const Scatter> scatters, Task &task) {
  const int64_t dimension = rows.dimension, tiles = rounded_up(dimension, tile) / tile;
  auto sums = static_cast<int64_t>(scatters.size());
  // Few tiles are made in several parts of the rows, so that every thread has work. How many depends on the sizes
  // alone, and the parts are added in their order: the result does not depend on the threads.
  int64_t parts = std::max<int64_t>(1, wanted_jobs / std::max<int64_t>(1, sums * tiles * (tiles + 1) / 2));
  parts = std::clamp<int64_t>(rows.rows / fewest_rows, 1, parts);
  const int64_t side = rounded_up(std::min(tile, dimension), right_panel);
  std::vector<TileJob> jobs;
  for (const auto &scatter : scatters) {
    std::fill(scatter.out, scatter.out + dimension * dimension, 0.0);
    for (int64_t row = 0; row < dimension; row += tile)
      for (int64_t column = row; column < dimension; column += tile)
        for (int64_t part = 0; part < parts; ++part)
          jobs.push_back({&scatter, row, column, rows.rows * part / parts, rows.rows * (part + 1) / parts, {}, side});
  }
  auto finish = [&](TileJob &job) {
    add_tile(job, dimension);
    job.result = {};
  };
  parallel_for(static_cast<int64_t>(jobs.size()), [&](int64_t i) {
    auto &job = jobs[static_cast<size_t>(i)];
    TileWorker().run(rows, job, task);
    if (parts == 1) finish(job);
  });
  if (parts > 1) std::for_each(jobs.begin(), jobs.end(), finish);
  for (const auto &scatter : scatters)
    for (int64_t i = 0; i < dimension; ++i)
      for (int64_t j = 0; j < i; ++j) scatter.out[i * dimension + j] = scatter.out[j * dimension + i];
}

}  // namespace kalon
