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

bool divided(const SheetRequest &request) {
  return request.sections.size() > 1;
}

// The sections that begin among the items shown.
std::vector<size_t> sections_shown(const SheetRequest &request) {
  auto end = std::lower_bound(request.sections.begin(), request.sections.end(), request.items);
  return {request.sections.begin(), end};
}

// Everything that follows from the cell's size, for a given number of columns.
SheetLayout layout_of(const SheetRequest &request, int cell, int columns) {
  SheetLayout layout;
  layout.items = request.items;
  auto shape = cell_shape(request.proportions);
  layout.cell_width = rounded(cell * shape.width);
  layout.cell_height = rounded(cell * shape.height);
  layout.columns = columns;
  auto sections = divided(request) ? sections_shown(request) : std::vector<size_t>();
  auto flow = flow_into_rows(request.items, sections, columns);
  layout.row_begins = std::move(flow.row_begins);
  layout.row_cost = flow.cost;
  layout.rows = static_cast<int>(layout.row_begins.size());
  layout.opens_sections.assign(layout.row_begins.size(), 0);
  for (size_t item : sections) {
    auto after = std::upper_bound(layout.row_begins.begin(), layout.row_begins.end(), item);
    layout.opens_sections[static_cast<size_t>(after - layout.row_begins.begin()) - 1] = 1;
  }
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
  if (divided(request)) {
    layout.section_size = std::clamp(cell * 0.055, 10.0, 22.0);
    layout.section_line = rounded(readable ? layout.section_size * 1.5 : layout.gap * 0.8);
    if (readable) layout.section_baseline = layout.section_line + rounded(layout.section_size * 0.36);
    layout.section_height = rounded(readable ? layout.section_size * 2.7 : layout.gap * 2.0);
  }
  layout.row_gap = layout.caption_height > 0 ? rounded(layout.gap * 0.9 + layout.caption_size * 0.4) : layout.gap;

  int grid = columns * layout.cell_width + (columns - 1) * layout.gap;
  layout.width = std::max(grid + 2 * layout.margin, min_width);
  layout.line_width = std::max(1, rounded(layout.width / 2500.0));
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
  for (uint8_t opens : layout.opens_sections) layout.max_height += opens != 0 ? layout.section_height : 0;
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
  // No pleasant sheet has more columns, whatever its cells.
  int likely = static_cast<int>(6 * std::sqrt(static_cast<double>(request.items))) + 8;
  int most = static_cast<int>(
      std::min<size_t>(request.items, static_cast<size_t>(std::min(likely, max_sheet_side / min_cell))));
  for (int columns = 1; columns <= most; ++columns) {
    auto layout = layout_of(request, cell, columns);
    double height = layout.max_height - layout.rows * (layout.cell_height - row_height(layout, request.proportions));
    // Nearly full rows, of a plain sheet the last one, are worth a little of the proportion.
    double rows = divided(request) ? static_cast<double>(layout.rows) / 4 : 1;
    double cost =
        std::abs(std::log(layout.width / height / pleasant_proportion)) + 0.2 * layout.row_cost / columns / rows;
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

SheetFlow flow_into_rows(size_t items, const std::vector<size_t> &sections, int columns) {
  auto width = static_cast<size_t>(std::max(1, columns));
  SheetFlow flow;
  // Of the cells behind the last one of a row; half a row costs more than twice a quarter.
  auto empty_cells = [&](size_t end) {
    auto cells = static_cast<double>((width - end % width) % width);
    return cells * (0.6 + 0.8 * cells / static_cast<double>(width));
  };
  if (sections.size() < 2) {
    for (size_t item = 0; item < items; item += width) flow.row_begins.push_back(item);
    flow.cost = empty_cells(items);
    return flow;
  }
  // The flow of least cost, by dynamic programming over the columns that a section can begin in.
  auto all = static_cast<double>(width);
  double split_short = 0.3 * all, split_long = 0.15 * all, single = 0.2 * all;
  auto size_of = [&](size_t section) {
    return (section + 1 < sections.size() ? sections[section + 1] : items) - sections[section];
  };
  auto cost_at = [&](size_t size, size_t column) {
    size_t room = width - column;
    if (size <= room) return 0.0;
    double cost = column == 0 ? 0 : size <= width ? split_short : split_long;
    if (room == 1) cost += single;
    if ((size - room) % width == 1) cost += single;
    return cost;
  };
  constexpr double never_cost = 1e300;
  std::vector<double> best(width, never_cost), next;
  std::vector<std::vector<uint32_t>> from(sections.size(), std::vector<uint32_t>(width, 0));
  best[0] = cost_at(size_of(0), 0);
  for (size_t section = 1; section < sections.size(); ++section) {
    next.assign(width, never_cost);
    for (size_t column = 0; column < width; ++column) {
      if (best[column] == never_cost) continue;
      size_t end = (column + size_of(section - 1)) % width;
      auto offer = [&](size_t begin, double empty) {
        double cost = best[column] + empty + cost_at(size_of(section), begin);
        if (cost >= next[begin]) return;
        next[begin] = cost;
        from[section][begin] = static_cast<uint32_t>(column);
      };
      offer(end, 0);
      if (end != 0) offer(0, empty_cells(end));
    }
    best.swap(next);
  }
  // Cells left empty at the very end cost half.
  for (size_t column = 0; column < width; ++column)
    if (best[column] != never_cost) best[column] += empty_cells(column + size_of(sections.size() - 1)) / 2;
  auto least = std::min_element(best.begin(), best.end());
  flow.cost = *least;
  std::vector<size_t> begins(sections.size());
  begins.back() = static_cast<size_t>(least - best.begin());
  for (size_t section = sections.size(); --section > 0;) begins[section - 1] = from[section][begins[section]];
  for (size_t section = 0; section < sections.size(); ++section) {
    size_t column = begins[section];
    for (size_t i = 0; i < size_of(section); ++i, column = column + 1 == width ? 0 : column + 1)
      if (column == 0) flow.row_begins.push_back(sections[section] + i);
  }
  return flow;
}

std::vector<size_t> evenly_sampled(size_t items, size_t kept) {
  kept = std::min(items, kept);
  std::vector<size_t> indices;
  for (size_t i = 0; i < kept; ++i) indices.push_back(kept == 1 ? 0 : (i * (items - 1) + (kept - 1) / 2) / (kept - 1));
  return indices;
}

}  // namespace kalon
