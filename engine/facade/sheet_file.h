#pragma once
// Contact sheets as files in folders of results.

#include <vector>

#include "exchange/contact_sheet.h"
#include "facade/placing.h"
#include "facade/rows.h"

namespace kalon {

// The sheet as PNG, or as JPEG where a PNG would have tens of megabytes (more than 24 megapixels). [worker]
MadeFile sheet_file(const RgbImage &sheet);

// A sheet that was drawn, and how many pictures are on it.
struct DrawnSheet {
  MadeFile file;
  uint64_t shown = 0, without_thumbnail = 0;
};

// Draws the photos with their captions, one item each; the cells' size is chosen by their number. [worker]
DrawnSheet draw_sheet(const MethodCall &call, const std::vector<ChosenPhoto> &photos,
                      const std::vector<SheetItem> &items, SheetOptions options);

}  // namespace kalon
