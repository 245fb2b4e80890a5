#pragma once
// From a picture to the fixed-size inputs of a model.

#include <vector>

#include "image/pixels.h"

namespace kalon {

// The inputs that a policy cuts from a picture, each width x height:
//  centre     short side resampled to the input's, then the centre cut out (torchvision's Resize + CenterCrop; where
//             the input is not square, the picture is resampled to just cover it)
//  squash     the whole picture resampled to the input size, aspect ignored
//  pad        the whole picture fitted in, centred on mid-grey (128)
//  more_scan  square crops along the long side: aspect < 1.3 the centre; < 1.7 both ends; else centre and both ends,
//             in the order left (top), centre, right (bottom); the model's outputs are averaged over them
// One input for all policies but more_scan. [worker]
std::vector<RgbImage> model_inputs(const RgbImage &picture, CropPolicy policy, Filter filter, int width, int height);

}  // namespace kalon
