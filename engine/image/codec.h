#pragma once
// The engine's own small codecs: JPEG for cached thumbnails, PNG for the sheets it makes. Pictures of users are decoded
// by plugins.

#include <string>

#include "base/bytes.h"
#include "image/pixels.h"

namespace kalon {

Bytes encode_jpeg(const RgbImage &image, int quality);  // 4:2:0, baseline, no metadata [worker]
RgbImage decode_jpeg(ByteView bytes);                   // of encode_jpeg's making; throws corrupt_data [worker]
Bytes encode_png(const RgbImage &image);                // 8-bit RGB [worker]

}  // namespace kalon
