#pragma once
// The compressions of Parquet's pages.

#include "base/bytes.h"
#include "exchange/parquet_footer.h"

namespace kalon::parquet {

// Fills target, which has the size that the bytes must come to; false when they do not. [any]
bool decompress(Codec codec, ByteView bytes, Bytes &target);

// "LZ4": of codecs that are not read, too.
std::string codec_name(Codec codec);
bool codec_known(Codec codec);

}  // namespace kalon::parquet
