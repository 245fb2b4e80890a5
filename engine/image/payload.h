#pragma once
// What a picture is, told from the bytes of its file: ids that survive edits of the metadata.

#include "base/hash.h"

namespace kalon {

struct PictureIdentity {
  // XXH3-128 of the payload: a JPEG from SOI to EOI without APPn and COM segments; of a PNG the IHDR, PLTE, tRNS,
  // colour (cHRM gAMA iCCP sBIT sRGB cICP), IDAT and APNG (acTL fcTL fdAT) chunks, type and data; any other file whole.
  Hash128 picture;
  // XXH3-128 of what changes the look but not the payload: EXIF orientation (where it is not 1), ICC profile, APP14.
  // None (all zero) when nothing of the kind is present.
  Hash128 render;
  Hash128 file;  // XXH3-128 of all bytes
};

// Damaged files fall back to the whole file as payload. Never throws for any bytes. [worker]
PictureIdentity identify(ByteView file);

}  // namespace kalon
