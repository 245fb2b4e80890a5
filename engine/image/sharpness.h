#pragma once
// How sharp a picture is, as a number that compares pictures of one scene.

#include "image/pixels.h"

namespace kalon {

// The variance of the Laplacian (Pertuz, Puig, Garcia 2013, LAP4) of the grey picture (Rec. 601 luma) fitted into 512 x
// 512 without enlarging (bilinear, as the large thumbnail is), divided by the variance of its grey values plus one, so
// that contrast alone does not win. The Laplacian is that of four neighbours, taken where a pixel has all of them. At
// least 0; 0 for what is then smaller than 3 x 3. [worker]
float sharpness(const RgbImage &picture);

}  // namespace kalon
