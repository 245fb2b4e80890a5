#pragma once
// Antialiased resampling that agrees with Pillow's Image.resize within 1/255 on the same pixels.

#include "image/grey.h"
#include "image/pixels.h"

namespace kalon {

// The part of the source to be resampled, in source pixels; may be fractional.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
};

// width and height >= 1. Separable convolution; the filter's support grows with the reduction (bilinear 1, bicubic
// (a = -0.5) 2, Lanczos 3, box 0.5 source pixels per destination pixel at scale 1). Pixels are rounded and clipped
// to 8 bits between the passes, as in Pillow. Throws invalid_argument for an empty source, a size below 1, and a box
// that is empty or leaves the source. [worker]
RgbImage resample(const RgbImage &source, int width, int height, Filter filter);
RgbImage resample(const RgbImage &source, const Box &box, int width, int height, Filter filter);
GreyImage resample(const GreyImage &source, int width, int height, Filter filter);

// A rectangle of whole pixels.
struct Window {
  int x = 0, y = 0, width = 0, height = 0;
};

// The pixels that resample(source, box, width, height, filter) has in the window, without making the others. [worker]
RgbImage resample_window(const RgbImage &source, const Box &box, int width, int height, const Window &window,
                         Filter filter);

// The size that fits a picture into a square of the given side without enlarging it; each side at least 1.
struct Size {
  int width, height;
};
Size fit_within(int width, int height, int side);

}  // namespace kalon
