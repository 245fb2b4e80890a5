#pragma once
// ICC profiles to sRGB, through lcms2 or, where the profile is simple, directly. Private to the room.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "image/pixels.h"

namespace kalon {

// Converts rows from one profile's colours to sRGB; may be used by many threads at once.
class ProfileTransform {
 public:
  virtual ~ProfileTransform() = default;
  // `source` and `target` are rows of the sample type of the transform, without alpha; target is RGB. They may be the
  // same row where the source is RGB.
  virtual void convert(const void *source, void *target, uint32_t pixels) const = 0;
};

// Null where nothing is to be done: no profile, one that is broken or does not fit the colour model, or one that is
// sRGB within half a code value. sample must be u8 or u16. Transforms of the last few profiles are kept. [worker]
std::shared_ptr<const ProfileTransform> transform_to_srgb(ByteView icc_profile, ColourModel colour, SampleType sample);

}  // namespace kalon
