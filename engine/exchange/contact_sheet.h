#pragma once
// One PNG that shows a series of pictures with captions, made to be looked at.

#include <functional>
#include <string>
#include <vector>

#include "image/pixels.h"

namespace kalon {

struct SheetItem {
  std::string caption;      // UTF-8; shortened in its middle to the cell's width
  std::string sub_caption;  // second, quieter line; may be empty
};

// A run of items that belong together, up to the next section.
struct SheetSection {
  size_t begin = 0;     // its first item
  std::string caption;  // may be empty
};

struct SheetOptions {
  std::string title;                   // first line; may be empty
  std::string subtitle;                // quieter line under it
  int columns = 0;                     // 0: chosen so that the sheet is pleasantly proportioned (about 4:3)
  int cell = 256;                      // longer side of a cell, pixels; cells take the shape of most pictures
  std::vector<SheetSection> sections;  // ascending, the first at item 0; none: the pictures follow each other
  int max_items = 2000;                // beyond it items are sampled evenly and the subtitle says so
};

// Draws items in reading order on a dark ground: pictures fitted into their cells and never enlarged, centred across,
// those of a row standing on one line with their captions under it; a row is as high as its highest picture. A section
// has a thin line over its first row, with its caption at the start of the line; short ones share a row. A number
// followed by a space at the start of a caption is drawn more quietly. picture(i) gives the thumbnail of item i, empty
// when there is none (a plain tile is drawn); it is called from one thread, in order, once for each item shown. Cells
// shrink where the sheet would pass 16384 pixels a side or 100 megapixels. The fonts are DejaVu Sans from the system;
// missing_feature when they are not installed. [worker]
RgbImage draw_contact_sheet(const std::vector<SheetItem> &items, const SheetOptions &options,
                            const std::function<RgbImage(size_t)> &picture);

}  // namespace kalon
