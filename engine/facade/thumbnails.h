#pragma once
// Pictures small enough to be shown.

#include "facade/rows.h"
#include "image/pixels.h"
#include "store/library.h"

namespace kalon {

// From the cache, else from the file: a cache may be deleted, and a backup has none. Empty when neither gives it.
// [worker]
RgbImage thumbnail(const MethodCall &call, const ChosenPhoto &photo, ThumbnailSize size);

}  // namespace kalon
