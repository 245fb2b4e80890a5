#pragma once
// Contact sheets as files in folders of results.

#include <vector>

#include "exchange/contact_sheet.h"
#include "facade/json_object.h"
#include "facade/placing.h"
#include "facade/rows.h"

namespace kalon {

// The sheet as PNG, or as JPEG where a PNG would have tens of megabytes (more than 24 megapixels). [worker]
MadeFile sheet_file(const RgbImage &sheet);

// What a summary says of a sheet.
struct SheetFigures {
  std::string name;       // of the file, in its folder
  uint64_t pictures = 0;  // that it is of
  uint64_t shown = 0, without_thumbnail = 0;
  void add_to(JsonObject &summary, const std::string &folder) const;
};

struct DrawnSheet {
  MadeFile file;
  SheetFigures figures;
};

// Draws the photos with their captions, one item each; the cells' size is chosen by their number. [worker]
DrawnSheet draw_sheet(const MethodCall &call, const std::vector<ChosenPhoto> &photos,
                      const std::vector<SheetItem> &items, SheetOptions options);

}  // namespace kalon
