#pragma once
// Where a picture lies when it is zoomed and moved. Pure geometry, in pixels of the frame buffer; pictures in their
// own.

namespace kalon::viewer {

struct Spot {
  double x = 0, y = 0;
};

struct Extent {
  double width = 0, height = 0;
  double longest() const { return width > height ? width : height; }
  explicit operator bool() const { return width > 0 && height > 0; }
};

struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
  Extent extent() const { return {width, height}; }
  Spot middle() const { return {left + width / 2, top + height / 2}; }
  bool holds(Spot spot) const { return spot.x >= left && spot.x < right() && spot.y >= top && spot.y < bottom(); }
};

// What a person chose to see of a picture. It stays when the next picture comes, whatever its size.
struct Zoom {
  bool fit = true;      // all of it, as large as it fits; scale and centre are what is gone back to
  double scale = 1;     // pixels of the frame buffer for one of the picture
  Spot centre{.5, .5};  // what of the picture lies in the middle of the view: 0 left or top edge, 1 right or bottom
};

constexpr double largest_scale = 32;

// The scale at which all of the picture fits into the view; small ones are enlarged.
double fit_scale(Extent picture, Extent view);
// As small as a person may make it: until it fits, or 1:1 where it is smaller than the view.
double least_scale(Extent picture, Extent view);
double scale_of(const Zoom &zoom, Extent picture, Extent view);

// Where the whole picture lies: on whole pixels, never leaving a gap at one side of the view while it goes on beyond
// the other; in the middle where it is smaller. At a whole-numbered scale each of its pixels is a square of pixels.
Box placed(const Zoom &zoom, Extent picture, const Box &view);

// The centre brought to where placed() shows it.
Zoom limited(Zoom zoom, Extent picture, const Box &view);
// Another scale, within the limits, with the spot of the picture that is under `at` staying there as far as it can.
Zoom zoomed_at(const Zoom &zoom, double scale, Spot at, Extent picture, const Box &view);
// Dragged by so many pixels.
Zoom moved(const Zoom &zoom, double right, double down, Extent picture, const Box &view);

// The scale after so many steps (negative: smaller) through the usual ones and the one that fits.
double stepped_scale(double scale, int steps, Extent picture, Extent view);
// The scale after so much turning of the wheel; it stays for a moment where the picture fits, and at 1:1.
double turned_scale(double scale, double notches, Extent picture, Extent view);

// What one of several pictures shows that are zoomed and moved together by relative position: it may be a bit aside
// (offset, of its own size), and larger or smaller than the others (ratio). When all fit, they are as they are.
Zoom of_pane(const Zoom &shared, Spot offset, double ratio, Extent picture, Extent view);
// The other way round: what all share when this one is to show that.
Zoom shared_of(const Zoom &pane, Spot offset, double ratio);

// The tiles of a picture in levels of halves (level 0 is 1:1) that show in the view; both ends included. None are when
// last < first.
struct TileRange {
  int level = 0;
  int first_column = 0, last_column = -1, first_row = 0, last_row = -1;
};
// The smallest level that has a texel for every pixel of the frame buffer.
int level_of(double scale);
TileRange visible_tiles(const Box &placed, Extent picture, const Box &view, int level, int tile_side);
// Where a tile lies, and how large it is in pixels of the picture (less at the right and bottom edges).
struct TilePlace {
  Box box;
  Extent pixels;
};
TilePlace place_of_tile(const Box &placed, Extent picture, int level, int column, int row, int tile_side);

}  // namespace kalon::viewer
