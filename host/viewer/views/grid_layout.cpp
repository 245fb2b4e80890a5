#include "views/grid_layout.h"

#include <algorithm>
#include <cmath>

namespace kalon::viewer {

GridLayout GridLayout::fit(float width, float height, size_t count, float cell, float gap, float caption) {
  GridLayout layout;
  layout.count = count;
  layout.gap = gap;
  layout.caption = caption;
  layout.width = width;
  layout.height = height;
  layout.columns = std::max(1, static_cast<int>((width - gap) / (cell + gap)));
  layout.cell = std::max(8.0f, std::floor((width - gap) / static_cast<float>(layout.columns) - gap));
  // A narrow window has one column of at most its own height.
  layout.cell = std::min(layout.cell, std::max(cell * 1.6f, 8.0f));
  float used = static_cast<float>(layout.columns) * (layout.cell + gap) + gap;
  layout.left = gap + std::max(0.0f, std::floor((width - used) / 2));
  auto columns = static_cast<size_t>(layout.columns);
  layout.rows = (count + columns - 1) / columns;
  return layout;
}

double GridLayout::most_scroll() const {
  return std::max(0.0, content_height() - static_cast<double>(height));
}

std::pair<double, double> GridLayout::place(size_t position) const {
  auto across = static_cast<size_t>(columns);
  double x = static_cast<double>(left) + static_cast<double>(position % across) * static_cast<double>(cell + gap);
  double y = static_cast<double>(gap) + static_cast<double>(position / across) * static_cast<double>(row_height());
  return {x, y};
}

size_t GridLayout::at(double x, double y) const {
  double across = (x - static_cast<double>(left)) / static_cast<double>(cell + gap);
  double down = (y - static_cast<double>(gap)) / static_cast<double>(row_height());
  if (across < 0 || down < 0 || across >= columns) return count;
  double inside = static_cast<double>(cell) / static_cast<double>(cell + gap);
  if (across - std::floor(across) > inside || down - std::floor(down) > 1 - static_cast<double>(gap / row_height()))
    return count;
  auto position = static_cast<size_t>(down) * static_cast<size_t>(columns) + static_cast<size_t>(across);
  return std::min(position, count);
}

size_t GridLayout::first_row(double scroll) const {
  double row = (scroll - static_cast<double>(gap)) / static_cast<double>(row_height());
  return row <= 0 ? 0 : static_cast<size_t>(row);
}

std::pair<size_t, size_t> GridLayout::visible(double scroll) const {
  auto across = static_cast<size_t>(columns);
  size_t first = std::min(count, first_row(scroll) * across);
  double bottom = (scroll + static_cast<double>(height)) / static_cast<double>(row_height());
  size_t last = std::min(count, (static_cast<size_t>(std::max(0.0, bottom)) + 1) * across);
  return {first, std::max(first, last)};
}

double GridLayout::scroll_to_show(size_t position, double scroll) const {
  if (position >= count) return scroll;
  double top = place(position).second - static_cast<double>(gap);
  double bottom = top + static_cast<double>(row_height() + gap);
  if (top < scroll) return top;
  if (bottom > scroll + static_cast<double>(height)) return bottom - static_cast<double>(height);
  return scroll;
}

}  // namespace kalon::viewer
