#pragma once
// Which picture lies in which cell of the map, and which one stands for a block of cells that is too small to show all
// of them.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "library/catalogue.h"
#include "views/map_plane.h"

namespace kalon::viewer {

// As the engine gave it: photos by their ids, which stay when what is open is read again.
struct MapResult {
  struct Placed {
    int column = 0, row = 0;
    std::array<uint64_t, 2> photo{};  // zero: it is known by its path alone
    std::string path;                 // only then
  };
  std::vector<Placed> placed;
  Plane plane;  // that holds all of them

  // One row of `grid`, `column` and `row` from 0, with `photo` or, where the library does not know it, `uri`; false
  // when it is none or lies beyond what a map may have.
  bool take(std::string_view text);
  bool empty() const { return placed.empty(); }
  static constexpr int most_side = 1 << 12;
};

constexpr uint32_t no_cell = ~uint32_t{0};

class MapCells {
 public:
  // items: of the placed photos, no_item where none is open. Of two in one cell the first stays.
  void set(const MapResult &result, const std::vector<ItemIndex> &items);

  const Plane &plane() const { return plane_; }
  const std::vector<uint32_t> &occupied() const { return occupied_; }  // cells, ascending
  uint32_t cell_of(ItemIndex item) const { return item < cell_of_.size() ? cell_of_[item] : no_cell; }
  ItemIndex item(uint32_t cell) const { return items_[cell]; }
  int column(uint32_t cell) const { return static_cast<int>(cell % static_cast<uint32_t>(plane_.columns)); }
  int row(uint32_t cell) const { return static_cast<int>(cell / static_cast<uint32_t>(plane_.columns)); }
  // no_item where none lies, or outside.
  ItemIndex at(int column, int row) const;

 private:
  Plane plane_;
  std::vector<ItemIndex> items_;   // by cell, row by row
  std::vector<uint32_t> cell_of_;  // by item
  std::vector<uint32_t> occupied_;
};

// For each level the blocks of 2^level x 2^level cells.
class MapPyramid {
 public:
  // shown: which items may stand for a block. A block is stood for by one of the four that stand for its quarters (the
  // one nearest its middle), so that a picture stays where it is when one zooms in.
  void build(const MapCells &cells, const std::function<bool(ItemIndex)> &shown);
  // A mean for each block of the values of its shown items; NaN is no value. [by item]
  void set_values(const MapCells &cells, const std::function<float(ItemIndex)> &value);
  // How many of the items in each block are chosen.
  void set_chosen(const MapCells &cells, const std::function<bool(ItemIndex)> &chosen);

  int levels() const { return static_cast<int>(levels_.size()); }
  uint32_t standing_for(int level, int column, int row) const {
    return levels_[index(level)].cell[at(level, column, row)];
  }
  uint32_t shown_count(int level, int column, int row) const {
    return levels_[index(level)].count[at(level, column, row)];
  }
  float value(int level, int column, int row) const;  // NaN when there is none
  bool has_chosen(int level, int column, int row) const;
  // Blocks of the level that something stands for: their columns and rows.
  std::vector<std::pair<int, int>> occupied(int level) const;

 private:
  struct Level {
    int columns = 0, rows = 0;
    std::vector<uint32_t> cell;   // that stands for it
    std::vector<uint32_t> count;  // shown
    std::vector<float> value;     // empty: none
    std::vector<uint32_t> valued, chosen;
  };
  size_t index(int level) const { return static_cast<size_t>(level); }
  size_t at(int level, int column, int row) const {
    return static_cast<size_t>(row) * static_cast<size_t>(levels_[index(level)].columns) + static_cast<size_t>(column);
  }
  std::vector<Level> levels_;
};

// The picture next to this cell in a direction (one of dx, dy is not 0): the first shown one in its row or column; the
// cell itself when there is none.
uint32_t next_cell(const MapCells &cells, uint32_t from, int dx, int dy, const std::function<bool(ItemIndex)> &shown);
// Shown items in the cells that a rectangle on the plane touches, row by row.
std::vector<ItemIndex> items_within(const MapCells &cells, double left, double top, double right, double bottom,
                                    const std::function<bool(ItemIndex)> &shown);

}  // namespace kalon::viewer
