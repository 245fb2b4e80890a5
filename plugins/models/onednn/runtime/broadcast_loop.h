#pragma once
// A function of two tensors for whatever broadcasting oneDNN's primitive does not take.

#include "operations.h"

namespace onednn {

// destination[i] = left[i] op right[i] over the destination's dims; left and right have the same rank, and size 1 where
// they are repeated. The destination overlaps neither. [any]
void apply_binary(Binary::Kind kind, const Layout &left_layout, const float *left, const Layout &right_layout,
                  const float *right, const Layout &destination_layout, float *destination);

}  // namespace onednn
