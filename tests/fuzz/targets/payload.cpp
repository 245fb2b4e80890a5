// The scanners of JPEG segments and PNG chunks: what a picture is.
#include "image/payload.h"
#include "fuzz/targets/target.h"
#include "image/exif_orientation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  kalon::ByteView bytes(data, size);
  auto identity = kalon::identify(bytes);
  promise(!identity.picture.none(), "every file has an id");
  promise(identity.file == kalon::hash_of(bytes), "the file's hash is that of its bytes");
  int orientation = kalon::exif_orientation(bytes);
  promise(orientation >= 1 && orientation <= 8, "orientations are 1 to 8");
  return 0;
}
