#pragma once
// What a sliding window does to a tensor of known size.

#include "operations.h"

namespace onednn {

// All lists have one entry for each spatial axis.
struct PlacedWindow {
  Shape kernel, strides, dilations;
  Shape pads_begin;
  Shape pads_end;            // what `output` needs: less than the file says when the last window does not reach the end
  Shape output;              // spatial sizes
  bool beyond_pads = false;  // rounding up made windows reach further than the pads that the file asks for
};

// spatial: sizes of the data without batch and channels. corrupt_data when lists and sizes do not fit each other or the
// window is larger than the padded data. [any]
PlacedWindow place_window(const Window &window, const Shape &kernel, const Shape &spatial);

}  // namespace onednn
