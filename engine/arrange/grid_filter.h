#pragma once
// What lies around each cell of a grid, on average.

#include <cstdint>
#include <vector>

#include "base/task.h"

namespace kalon {

// A grid whose first `cells` cells in reading order hold something; the others count for nothing.
struct GridShape {
  int64_t columns = 0, rows = 0, cells = 0;
};

// values: shape.cells x dimension, by cell. Each becomes the mean of what lies within a box of 2 radius + 1 cells a
// side about it, as far as the grid reaches; radius is at least 0 and need not be whole: the cells along the box's
// edges then count by the part that lies in it. space: room that is kept from call to call. The same for any number of
// threads. [worker]
void filter_grid(const GridShape &shape, int64_t dimension, double radius, std::vector<float> &values,
                 std::vector<float> &space, const Task &task);

}  // namespace kalon
