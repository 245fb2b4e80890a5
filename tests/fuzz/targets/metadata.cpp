// EXIF blocks, XMP packets and whole files with either: the first byte says which.
#include "metadata/metadata.h"
#include "base/text.h"
#include "fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  kalon::ByteView bytes(data + 1, size - 1);
  kalon::MetadataSources sources;
  switch (data[0] % 4) {
    case 0:
      sources.exif = bytes;
      break;
    case 1:
      sources.xmp = bytes;
      break;
    case 2:
      sources.properties = bytes;
      break;
    default:
      sources.file = bytes;
  }
  auto metadata = kalon::read_metadata(sources);
  promise(metadata.orientation >= 0 && metadata.orientation <= 8, "orientations are 0 to 8");
  for (const auto &[name, value] : metadata.fields) {
    promise(kalon::is_metadata_field(name), "fields are those that were told of");
    promise(!name.empty() && !value.empty() && kalon::valid_utf8(name) && kalon::valid_utf8(value),
            "fields are UTF-8 and not empty");
  }
  return 0;
}
