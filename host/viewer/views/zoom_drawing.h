#pragma once
// A picture drawn as it is zoomed and moved, out of the best that is there by now.

#include "library/catalogue.h"
#include "views/view.h"
#include "views/zoom.h"

namespace kalon::viewer {

// What became of it, for the next mouse movement and for tests.
struct DrawnPicture {
  Extent picture;  // its pixels; of an unknown size those of what is shown
  Box view, box;   // the area and where the whole picture lies, in pixels of the frame buffer
  double scale = 1;
  bool shown = false;  // something of the picture can be seen
  bool sharp = false;  // nothing better comes
  bool whole = false;  // made of tiles of the whole picture
  int tiles = 0, missing_tiles = 0, level = 0;
  std::string failure;  // why there is nothing, or nothing sharper
};

// The area as a view, in pixels of the frame buffer.
Box view_of(const Area &area);
// The place of the mouse in those.
Spot mouse_spot();

struct Drawing {
  bool now = true;        // it is what is looked at
  bool clipping = false;  // with marks where it is clipped
};
DrawnPicture draw_zoomed(Context &context, ImDrawList *list, ItemIndex item, const Area &area, const Zoom &zoom,
                         Drawing how = {});
// Asks for what draw_zoomed() would need of it, so that it will be there.
void prefetch_zoomed(Context &context, ItemIndex item, const Area &area, const Zoom &zoom);

}  // namespace kalon::viewer
