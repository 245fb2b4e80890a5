#pragma once
// One picture of many without captions and without gaps: what lies beside what is all that it tells.

#include <cstdint>
#include <functional>

#include "image/pixels.h"

namespace kalon {

struct GridSheetSize {
  int64_t columns = 0, rows = 0;
  int cell = 0;  // sides of a cell, which is square, in pixels
};

// The side of cells, at most 320 pixels, with which a sheet has about 16 megapixels and is no larger than a sheet may
// be (16,384 pixels a side); 0 when not even cells of one pixel fit. [any]
int default_grid_cell(int64_t columns, int64_t rows);
// The largest side of cells with which a sheet is no larger than one may be: 16,384 pixels a side, 100 megapixels. 0
// when not even cells of one pixel fit. [any]
int largest_grid_cell(int64_t columns, int64_t rows);

// Draws each picture's centre square, resampled to fill its cell, on dark neutral grey. picture(cell), by the number of
// the cell in reading order, is called once for each cell, from several threads at once; empty: the cell stays as the
// ground is. size: cell is 1 to largest_grid_cell(). [worker]
RgbImage draw_grid_sheet(const GridSheetSize &size, const std::function<RgbImage(int64_t)> &picture);

}  // namespace kalon
