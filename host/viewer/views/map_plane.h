#pragma once
// A plane of square cells seen through a window: where one looks, and what can be seen. Lengths are cells on the plane
// and pixels in the window.

#include <cstddef>

namespace kalon::viewer {

struct Plane {
  int columns = 0, rows = 0;
};

struct WindowSize {
  double width = 0, height = 0;
};

// Where one looks.
struct Camera {
  double x = 0, y = 0;  // the place on the plane that is in the middle of the window
  double scale = 1;     // pixels of a cell's side
};

// All of the plane, with so many pixels around it.
Camera showing_all(const Plane &plane, const WindowSize &window, double margin);
// So much larger (factor > 1) or smaller; what lies under the cursor stays there. from_middle: of the window, in
// pixels.
Camera zoomed(const Camera &camera, double factor, double from_middle_x, double from_middle_y);
// With the scale between least and most, and the middle of the window on the plane. A plane that fits into the window
// lies in its middle.
Camera kept_on(const Camera &camera, const Plane &plane, const WindowSize &window, double least, double most);
// On the way from one to the other. The scale grows evenly by factors; what has the same place in the window at both
// ends has it all the way. share: 0..1.
Camera between(const Camera &from, const Camera &to, double share);
// Whether nobody could tell the two apart.
bool alike(const Camera &left, const Camera &right, const WindowSize &window);

// Blocks of 2^level x 2^level cells that can be seen, the last ones excluded.
struct BlockRange {
  int level = 0;
  int first_column = 0, end_column = 0, first_row = 0, end_row = 0;
  size_t count() const {
    return end_column <= first_column || end_row <= first_row
               ? 0
               : static_cast<size_t>(end_column - first_column) * static_cast<size_t>(end_row - first_row);
  }
};

// At the lowest level at which a block has least_side pixels and no more than most_blocks can be seen.
BlockRange visible_blocks(const Camera &camera, const Plane &plane, const WindowSize &window, double least_side,
                          size_t most_blocks);

// The part of a picture that is drawn into a square cell, and where in the cell: all in shares of its side.
struct CellCrop {
  float u0 = 0, v0 = 0, u1 = 1, v1 = 1;            // of the picture
  float left = 0, top = 0, right = 1, bottom = 1;  // of the cell
};
// whole: 0: the middle square fills the cell; 1: all of the picture is seen.
CellCrop cell_crop(float width, float height, float whole);

}  // namespace kalon::viewer
