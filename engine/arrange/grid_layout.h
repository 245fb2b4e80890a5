#pragma once
// Vectors in the cells of a grid, similar ones beside each other.

#include <cstdint>
#include <vector>

#include "base/task.h"
#include "index/neighbours.h"

namespace kalon {

// In reading order: in each cell a row of the vectors; -1 in the last ones, where there are more cells than vectors.
struct GridLayout {
  int64_t columns = 0, rows = 0;
  std::vector<int32_t> cells;  // columns x rows
};

// Columns for so many square cells, so that the grid has about the proportion (width / height, above 0) and its last
// row as few empty cells as can be had for a little of it: 1 to the number of cells. [any]
int64_t grid_columns(int64_t cells, double proportion);

// Every row of the vectors in a cell of its own, by squared Euclidean distance; of vectors with more than 64 values (32
// from 16,384 vectors on) by that along their main axes (grid_axes.h). Fast linear assignment sorting (Barthel, Hezel,
// Jung and Schall 2023) from an arrangement along the two main axes: the grid is smoothed over a radius that shrinks,
// and small groups of cells that lie near each other exchange what they hold so that it fits the smoothed grid best.
// The groups of a pass share no cell, so that the result is the same for any number of threads. As many rows of cells
// as needed; columns: at least 1, no more than vectors are used. Throws invalid_argument for values that are not finite
// (naming the row) and for columns that are none. Memory: 400 bytes a row. [worker]
GridLayout arrange_in_grid(MatrixView vectors, int64_t columns, uint64_t seed, Task &task);

}  // namespace kalon
