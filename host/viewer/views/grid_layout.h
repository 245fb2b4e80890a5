#pragma once
// Where the cells of a grid are. Numbers alone: pixels, from the left upper corner of all of it.

#include <cstddef>
#include <utility>

namespace kalon::viewer {

struct GridLayout {
  int columns = 1;
  size_t count = 0, rows = 0;
  float cell = 0, gap = 0, caption = 0;  // caption: height of a line beneath each cell
  float left = 0;                        // of the first column: what is left over lies at both sides
  float width = 0, height = 0;           // of the window onto it

  // As many columns as fit with cells of about `cell`, which grow to fill the width.
  static GridLayout fit(float width, float height, size_t count, float cell, float gap, float caption);

  float row_height() const { return cell + caption + gap; }
  double content_height() const {
    return static_cast<double>(rows) * static_cast<double>(row_height()) + static_cast<double>(gap);
  }
  double most_scroll() const;
  std::pair<double, double> place(size_t position) const;  // of the cell's left upper corner
  size_t at(double x, double y) const;                     // position of the cell there; count when there is none
  std::pair<size_t, size_t> visible(double scroll) const;  // first, and behind the last
  size_t first_row(double scroll) const;
  // The scroll nearest to this one at which the cell is wholly in view.
  double scroll_to_show(size_t position, double scroll) const;
};

}  // namespace kalon::viewer
