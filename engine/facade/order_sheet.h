#pragma once
// The contact sheet of a folder of ordered pictures.

#include <cstdint>
#include <string>
#include <vector>

#include "exchange/placement.h"
#include "facade/sheet_file.h"

namespace kalon {

// Photos in their order, each with the name it is placed under; `by` is what they are ordered by, as the method's
// parameter names it. `sections` are the positions at which sections begin, 0 first, or empty. At least one photo.
// [worker]
DrawnSheet draw_order_sheet(const MethodCall &call, const std::vector<ChosenPhoto> &photos,
                            const std::vector<Placement> &placements, const std::vector<int64_t> &sections,
                            const std::string &by);

}  // namespace kalon
