#include "exchange/sheet_layout.h"

#include <algorithm>
#include <cmath>

namespace kalon {
namespace {

constexpr int min_cell = 16, max_cell = 4096, min_readable_cell = 72;
constexpr int min_width = 640;  // a title needs room even over a single picture
constexpr double pleasant_proportion = 4.0 / 3.0;

int rounded(double value) {
  return static_cast<int>(std::lround(value));
}

struct Shape {
  double width = 1, height = 1;  // as shares of the cell
};

// Mostly landscapes leave the top of square cells empty, mostly portraits their sides: cells get the usual picture's
// shape, and a little room for the others.
Shape cell_shape(std::vector<double> proportions) {
  if (proportions.empty()) return {};
  std::sort(proportions.begin(), proportions.end());
  double usual = proportions[proportions.size() / 2];
  return {std::clamp(usual * 1.15, 0.6, 1.0), std::clamp(1.15 / usual, 0.6, 1.0)};
}

// Everything that follows from the cell's size, for a given number of columns.
SheetLayout layout_of(const SheetRequest &request, int cell, int columns) {
  SheetLayout layout;
  layout.items = request.items;
  auto shape = cell_shape(request.proportions);
  layout.cell_width = rounded(cell * shape.width);
  layout.cell_height = rounded(cell * shape.height);
  layout.columns = columns;
  layout.rows = static_cast<int>((request.items + static_cast<size_t>(columns) - 1) / static_cast<size_t>(columns));
  layout.gap = std::max(3, rounded(cell * 0.1));
  layout.margin = std::max(24, rounded(cell * 0.22));

  bool readable = cell >= min_readable_cell;
  layout.caption_size = std::clamp(cell * 0.051, 9.0, 22.0);
  layout.sub_caption_size = std::max(8.5, layout.caption_size * 0.86);
  if (readable && (request.captions || request.sub_captions)) {
    layout.caption_baseline = rounded(layout.caption_size * 1.75);
    layout.sub_caption_baseline =
        request.captions ? layout.caption_baseline + rounded(layout.caption_size * 1.35) : layout.caption_baseline;
    int last = request.sub_captions ? layout.sub_caption_baseline : layout.caption_baseline;
    layout.caption_height = last + rounded(layout.caption_size * 0.35);
  }
  layout.row_gap = layout.caption_height > 0 ? rounded(layout.gap * 0.9 + layout.caption_size * 0.4) : layout.gap;

  int grid = columns * layout.cell_width + (columns - 1) * layout.gap;
  layout.width = std::max(grid + 2 * layout.margin, min_width);
  layout.title_size = std::clamp(layout.width * 0.014, 22.0, 60.0);
  layout.subtitle_size = std::clamp(layout.title_size * 0.56, 13.0, 32.0);
  layout.header = layout.margin;
  if (request.title) {
    layout.title_baseline = layout.margin + rounded(layout.title_size * 0.8);
    layout.header = layout.title_baseline + rounded(layout.title_size * 0.35);
  }
  if (request.subtitle) {
    layout.subtitle_baseline = layout.header + rounded(layout.subtitle_size * (request.title ? 1.15 : 0.8));
    layout.header = layout.subtitle_baseline + rounded(layout.subtitle_size * 0.35);
  }
  if (request.title || request.subtitle) layout.header += rounded(layout.margin * 0.55);
  layout.max_height = layout.header + layout.rows * (layout.cell_height + layout.caption_height) +
                      std::max(0, layout.rows - 1) * layout.row_gap + layout.margin;
  return layout;
}

bool fits(const SheetLayout &layout) {
  return layout.width <= max_sheet_side && layout.max_height <= max_sheet_side &&
         int64_t{layout.width} * layout.max_height <= max_sheet_pixels;
}

// How high a row of so many pictures is on average; a row is as high as its highest picture.
double row_height(const SheetLayout &layout, const std::vector<double> &proportions) {
  if (proportions.empty()) return layout.cell_height;
  double sum = 0;
  size_t rows = 0, columns = static_cast<size_t>(layout.columns);
  for (size_t begin = 0; begin < proportions.size(); begin += columns, ++rows) {
    double highest = 1e9;
    for (size_t i = begin; i < std::min(proportions.size(), begin + columns); ++i)
      highest = std::min(highest, proportions[i]);
    sum += std::min<double>(layout.cell_height, layout.cell_width / highest);
  }
  return sum / static_cast<double>(rows);
}

int pleasant_columns(const SheetRequest &request, int cell) {
  int best = 1;
  double best_cost = 1e300;
  int most = static_cast<int>(std::min<size_t>(request.items, max_sheet_side / min_cell));
  for (int columns = 1; columns <= most; ++columns) {
    auto layout = layout_of(request, cell, columns);
    double height = layout.max_height - layout.rows * (layout.cell_height - row_height(layout, request.proportions));
    double empty = static_cast<double>(layout.rows) * columns - static_cast<double>(request.items);
    // A nearly full last row is worth a little of the proportion.
    double cost = std::abs(std::log(layout.width / height / pleasant_proportion)) + 0.2 * empty / columns;
    if (cost < best_cost) best = columns, best_cost = cost;
  }
  return best;
}

}  // namespace

SheetLayout lay_out_sheet(const SheetRequest &request) {
  int cell = std::clamp(request.cell, min_cell, max_cell);
  // One row of no items still has its header, and a line that says so.
  if (request.items == 0) {
    auto layout = layout_of(request, cell, 1);
    layout.max_height += rounded(layout.subtitle_size * 2.5);
    return layout;
  }
  SheetRequest asked = request;
  while (true) {
    int columns = asked.columns > 0
                      ? static_cast<int>(std::min<size_t>(asked.items, static_cast<size_t>(asked.columns)))
                      : pleasant_columns(asked, cell);
    auto layout = layout_of(asked, cell, columns);
    if (fits(layout)) return layout;
    if (columns > 1 && asked.columns > 0 && layout.width > max_sheet_side && cell <= min_readable_cell) {
      asked.columns = std::max(1, columns * 15 / 16);
    } else if (cell > min_cell) {
      cell = std::max(min_cell, std::min(cell - 1, cell * 15 / 16));
    } else {
      asked.items = asked.items * 15 / 16;
    }
  }
}

std::vector<size_t> evenly_sampled(size_t items, size_t kept) {
  kept = std::min(items, kept);
  std::vector<size_t> indices;
  for (size_t i = 0; i < kept; ++i) indices.push_back(kept == 1 ? 0 : (i * (items - 1) + (kept - 1) / 2) / (kept - 1));
  return indices;
}

}  // namespace kalon
