#pragma once
// Profiles of curves and a matrix, or of one grey curve: the kind that cameras, phones and editors embed. Converted
// here, because lcms2 replaces such a profile by a coarse table for 16-bit pixels (off by up to 16 of 255 at the border
// of the gamut). Private to the room.

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "image/profile.h"

namespace kalon {

// Linear light in 0..1 for each of the codes of a channel: 256 or 65536 of them.
using CurveTable = std::vector<float>;

struct MatrixProfile {
  std::vector<CurveTable> curves;                // three, or one of grey
  std::array<std::array<float, 3>, 3> matrix{};  // from linear RGB to linear sRGB; unused for grey
};

// Nothing where the profile is of another kind, or broken. [any]
std::optional<MatrixProfile> read_matrix_profile(void *lcms_profile, SampleType sample);
// True where every colour stays within half a code value of 8 bits. [any]
bool is_srgb(const MatrixProfile &profile);
std::shared_ptr<const ProfileTransform> make_matrix_transform(const MatrixProfile &profile);

}  // namespace kalon
