#pragma once
// Contact sheets as files in folders of results.

#include "facade/placing.h"
#include "image/pixels.h"

namespace kalon {

// The sheet as PNG, or as JPEG where a PNG would have tens of megabytes (more than 24 megapixels). [worker]
MadeFile sheet_file(const RgbImage &sheet);

}  // namespace kalon
