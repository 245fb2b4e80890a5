#pragma once
// A file as OpenImageIO is to see it: without metadata that it would parse, and does not parse safely.

#include <OpenImageIO/filesystem.h>

#include <string>
#include <vector>

#include "kinds.h"

namespace kalon::decoders {

struct Overlay {
  struct Patch {
    size_t at;
    std::string bytes;
  };
  std::vector<Patch> patches;  // bytes of the file that are to look different
  ByteSpan icc, exif, xmp;     // what was hidden, in the file
};

// Hides the profile, EXIF, XMP, IPTC and thumbnails of TIFF, PSD and JPEG 2000. Any bytes.
Overlay hide_metadata(Kind kind, ByteSpan file);

// Reads a file in memory through an overlay.
class OverlayReader : public OIIO::Filesystem::IOProxy {
 public:
  OverlayReader(ByteSpan file, const std::vector<Overlay::Patch> &patches)
      : IOProxy("", Read), file_(file), patches_(patches) {}
  const char *proxytype() const override { return "overlay"; }
  size_t size() const override { return file_.size; }
  size_t read(void *to, size_t count) override;
  size_t pread(void *to, size_t count, int64_t offset) override;

 private:
  ByteSpan file_;
  const std::vector<Overlay::Patch> &patches_;
};

}  // namespace kalon::decoders
