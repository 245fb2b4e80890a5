#pragma once
// The one EXIF tag that changes how a picture looks.

#include "base/bytes.h"

namespace kalon {

// The orientation (1..8) in the first directory of a TIFF structure, as it stands in an EXIF segment after "Exif\0\0"
// or in a PNG's eXIf chunk; 1 when there is none, or none that is valid. Never throws for any bytes. [any]
int exif_orientation(ByteView tiff);

}  // namespace kalon
