#include "views/map_cells.h"

#include <algorithm>
#include <cmath>

#include "views/order_row.h"

namespace kalon::viewer {
namespace {

// Each block of the next level from its four quarters.
template <class Work>
void for_quarters(int columns, int rows, int above_columns, int above_rows, Work work) {
  for (int row = 0; row < above_rows; ++row)
    for (int column = 0; column < above_columns; ++column)
      for (int quarter = 0; quarter < 4; ++quarter) {
        int below_column = 2 * column + (quarter & 1), below_row = 2 * row + (quarter >> 1);
        if (below_column < columns && below_row < rows)
          work(static_cast<size_t>(row) * static_cast<size_t>(above_columns) + static_cast<size_t>(column),
               static_cast<size_t>(below_row) * static_cast<size_t>(columns) + static_cast<size_t>(below_column),
               column, row);
      }
}

}  // namespace

bool MapResult::take(std::string_view text) {
  auto row = placed_row(text);
  if (!row.valid || row.column < 0 || row.row < 0 || row.column >= most_side || row.row >= most_side) return false;
  Placed made{static_cast<int>(row.column), static_cast<int>(row.row), row.photo, {}};
  if (!row.has_photo) made.path = path_of(row.uri);
  if (!row.has_photo && made.path.empty()) return false;
  plane.columns = std::max(plane.columns, made.column + 1);
  plane.rows = std::max(plane.rows, made.row + 1);
  placed.push_back(std::move(made));
  return true;
}

void MapCells::set(const MapResult &result, const std::vector<ItemIndex> &items) {
  plane_ = result.plane;
  items_.assign(static_cast<size_t>(plane_.columns) * static_cast<size_t>(plane_.rows), no_item);
  occupied_.clear();
  auto placed_items = std::min(result.placed.size(), items.size());
  size_t numbers = 0;
  for (size_t i = 0; i < placed_items; ++i)
    if (items[i] != no_item) numbers = std::max(numbers, items[i] + size_t{1});
  cell_of_.assign(numbers, no_cell);
  for (size_t i = 0; i < placed_items; ++i) {
    const auto &placed = result.placed[i];
    auto cell = static_cast<uint32_t>(placed.row) * static_cast<uint32_t>(plane_.columns) +
                static_cast<uint32_t>(placed.column);
    if (items[i] == no_item || items_[cell] != no_item) continue;
    items_[cell] = items[i];
    cell_of_[items[i]] = cell;
  }
  for (uint32_t cell = 0; cell < items_.size(); ++cell)
    if (items_[cell] != no_item) occupied_.push_back(cell);
}

ItemIndex MapCells::at(int column, int row) const {
  if (column < 0 || row < 0 || column >= plane_.columns || row >= plane_.rows) return no_item;
  return items_[static_cast<size_t>(row) * static_cast<size_t>(plane_.columns) + static_cast<size_t>(column)];
}

void MapPyramid::build(const MapCells &cells, const std::function<bool(ItemIndex)> &shown) {
  levels_.clear();
  const auto &plane = cells.plane();
  if (plane.columns <= 0 || plane.rows <= 0) return;
  Level base{plane.columns, plane.rows, {}, {}, {}, {}, {}};
  auto size = static_cast<size_t>(plane.columns) * static_cast<size_t>(plane.rows);
  base.cell.assign(size, no_cell);
  base.count.assign(size, 0);
  for (auto cell : cells.occupied())
    if (shown(cells.item(cell))) {
      base.cell[cell] = cell;
      base.count[cell] = 1;
    }
  levels_.push_back(std::move(base));
  while (levels_.back().columns > 1 || levels_.back().rows > 1) {
    const auto &below = levels_.back();
    Level above{(below.columns + 1) / 2, (below.rows + 1) / 2, {}, {}, {}, {}, {}};
    auto above_size = static_cast<size_t>(above.columns) * static_cast<size_t>(above.rows);
    above.cell.assign(above_size, no_cell);
    above.count.assign(above_size, 0);
    double side = std::ldexp(1.0, static_cast<int>(levels_.size()));
    // Squared: only what is nearer counts.
    auto away = [&](uint32_t cell, int column, int row) {
      double x = cells.column(cell) + 0.5 - (column + 0.5) * side, y = cells.row(cell) + 0.5 - (row + 0.5) * side;
      return x * x + y * y;
    };
    for_quarters(below.columns, below.rows, above.columns, above.rows,
                 [&](size_t to, size_t from, int column, int row) {
                   auto cell = below.cell[from];
                   if (cell == no_cell) return;
                   above.count[to] += below.count[from];
                   if (above.cell[to] == no_cell || away(cell, column, row) < away(above.cell[to], column, row))
                     above.cell[to] = cell;
                 });
    levels_.push_back(std::move(above));
  }
}

void MapPyramid::set_values(const MapCells &cells, const std::function<float(ItemIndex)> &value) {
  for (auto &level : levels_) {
    level.value.assign(level.cell.size(), 0);
    level.valued.assign(level.cell.size(), 0);
  }
  if (levels_.empty()) return;
  for (auto cell : cells.occupied()) {
    if (levels_[0].cell[cell] == no_cell) continue;
    float number = value(cells.item(cell));
    if (std::isnan(number)) continue;
    levels_[0].value[cell] = number;
    levels_[0].valued[cell] = 1;
  }
  // Sums first, means when they are asked for.
  for (size_t i = 1; i < levels_.size(); ++i)
    for_quarters(levels_[i - 1].columns, levels_[i - 1].rows, levels_[i].columns, levels_[i].rows,
                 [&](size_t to, size_t from, int, int) {
                   levels_[i].value[to] += levels_[i - 1].value[from];
                   levels_[i].valued[to] += levels_[i - 1].valued[from];
                 });
}

void MapPyramid::set_chosen(const MapCells &cells, const std::function<bool(ItemIndex)> &chosen) {
  for (auto &level : levels_) level.chosen.assign(level.cell.size(), 0);
  if (levels_.empty()) return;
  for (auto cell : cells.occupied())
    if (levels_[0].cell[cell] != no_cell && chosen(cells.item(cell))) levels_[0].chosen[cell] = 1;
  for (size_t i = 1; i < levels_.size(); ++i)
    for_quarters(levels_[i - 1].columns, levels_[i - 1].rows, levels_[i].columns, levels_[i].rows,
                 [&](size_t to, size_t from, int, int) { levels_[i].chosen[to] += levels_[i - 1].chosen[from]; });
}

float MapPyramid::value(int level, int column, int row) const {
  const auto &of = levels_[index(level)];
  auto place = at(level, column, row);
  if (of.valued.empty() || of.valued[place] == 0) return NAN;
  return of.value[place] / static_cast<float>(of.valued[place]);
}

bool MapPyramid::has_chosen(int level, int column, int row) const {
  const auto &of = levels_[index(level)];
  return !of.chosen.empty() && of.chosen[at(level, column, row)] > 0;
}

std::vector<std::pair<int, int>> MapPyramid::occupied(int level) const {
  std::vector<std::pair<int, int>> blocks;
  const auto &of = levels_[index(level)];
  for (int row = 0; row < of.rows; ++row)
    for (int column = 0; column < of.columns; ++column)
      if (of.cell[at(level, column, row)] != no_cell) blocks.emplace_back(column, row);
  return blocks;
}

uint32_t next_cell(const MapCells &cells, uint32_t from, int dx, int dy, const std::function<bool(ItemIndex)> &shown) {
  int column = cells.column(from) + dx, row = cells.row(from) + dy;
  const auto &plane = cells.plane();
  for (; column >= 0 && row >= 0 && column < plane.columns && row < plane.rows; column += dx, row += dy)
    if (auto item = cells.at(column, row); item != no_item && shown(item)) return cells.cell_of(item);
  return from;
}

std::vector<ItemIndex> items_within(const MapCells &cells, double left, double top, double right, double bottom,
                                    const std::function<bool(ItemIndex)> &shown) {
  std::vector<ItemIndex> items;
  const auto &plane = cells.plane();
  if (left > right) std::swap(left, right);
  if (top > bottom) std::swap(top, bottom);
  auto clamped = [](double place, int cells_there) {
    return static_cast<int>(std::clamp(std::floor(place), 0.0, static_cast<double>(cells_there - 1)));
  };
  if (plane.columns <= 0 || right < 0 || bottom < 0 || left >= plane.columns || top >= plane.rows) return items;
  for (int row = clamped(top, plane.rows); row <= clamped(bottom, plane.rows); ++row)
    for (int column = clamped(left, plane.columns); column <= clamped(right, plane.columns); ++column)
      if (auto item = cells.at(column, row); item != no_item && shown(item)) items.push_back(item);
  return items;
}

}  // namespace kalon::viewer
