#pragma once
// Means and second moments of rows.

#include <functional>
#include <span>
#include <vector>

#include "base/task.h"
#include "index/neighbours.h"

namespace kalon {

// The mean of the rows; zeros when there are none. The same for any number of threads. [worker]
std::vector<double> column_means(MatrixView rows, Task &task);

// Sums over rows: add(row, sums) adds what one of them gives to `width` values that begin at 0. In parts whose number
// the sizes alone decide, and which hold 64 MiB or one part: the same for any number of threads. [worker]
std::vector<double> sums_over(int64_t rows, int64_t width, const std::function<void(int64_t, double *)> &add,
                              const Task &task);

// One weighted sum of outer products, sum over r of w_r (x_r - c)(x_r - c)ᵀ.
struct Scatter {
  const double *centre;             // dimension values
  const double *weights = nullptr;  // of row r: weights[r * stride]; null: 1
  int64_t stride = 1;
  double negligible = 0;  // rows of this weight or less are left out
  double *out;            // dimension x dimension, symmetric
};

// All of them over the same rows. The same for any number of threads; memory beside the results is bounded. [worker]
void add_up(MatrixView rows, std::span<const Scatter> scatters, Task &task);

}  // namespace kalon
