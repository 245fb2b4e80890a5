#pragma once
// What is kept of a picture's pixels besides its vector: thumbnails and a fingerprint.

#include <optional>
#include <vector>

#include "image/pixels.h"
#include "store/library.h"

namespace kalon {

struct Wanted {
  bool thumbnails = true, fingerprint = true;
};

struct Derived {
  std::vector<Thumbnail> thumbnails;       // both sizes
  std::optional<Fingerprint> fingerprint;  // of the large thumbnail's pixels
};

// picture: upright. The fingerprint is taken from the picture fitted into the large thumbnail's square: that costs
// little whatever the picture's size, and depends hardly on the scale at which it was decoded. [worker]
Derived derive(const VectorKey &key, const RgbImage &picture, const Wanted &wanted);

}  // namespace kalon
