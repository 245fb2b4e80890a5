#include "window.h"

#include <algorithm>

#include "failure.h"

namespace onednn {
namespace {

Shape filled(const Shape &list, size_t count, int64_t fallback) {
  if (list.empty()) return Shape(count, fallback);
  if (list.size() != count)
    corrupt("a window has " + std::to_string(list.size()) + " sizes for data of " + std::to_string(count) +
            " spatial axes");
  return list;
}

}  // namespace

PlacedWindow place_window(const Window &window, const Shape &kernel, const Shape &spatial) {
  size_t axes = spatial.size();
  if (kernel.size() != axes || axes < 1 || axes > 3)
    unsupported("windows over 1, 2 and 3 spatial axes are supported; here the data has " + std::to_string(axes) +
                " and the window " + std::to_string(kernel.size()));
  PlacedWindow placed{kernel,
                      filled(window.strides, axes, 1),
                      filled(window.dilations, axes, 1),
                      filled(window.pads_begin, axes, 0),
                      filled(window.pads_end, axes, 0),
                      Shape(axes),
                      false};
  for (size_t i = 0; i < axes; ++i) {
    int64_t size = spatial[i], stride = placed.strides[i];
    int64_t extent = (kernel[i] - 1) * placed.dilations[i] + 1;
    int64_t &begin = placed.pads_begin[i], &end = placed.pads_end[i], &output = placed.output[i];
    if (window.auto_pad == AutoPad::valid) begin = end = 0;
    if (window.auto_pad == AutoPad::same_upper || window.auto_pad == AutoPad::same_lower) {
      output = (size + stride - 1) / stride;
      int64_t total = std::max<int64_t>(0, (output - 1) * stride + extent - size);
      begin = window.auto_pad == AutoPad::same_upper ? total / 2 : total - total / 2;
      end = total - begin;
      continue;
    }
    int64_t room = size + begin + end - extent;
    if (room < 0)
      corrupt("a window of " + std::to_string(extent) + " is larger than its data of " + std::to_string(size) +
              " with pads of " + std::to_string(begin) + " and " + std::to_string(end));
    output = room / stride + 1;
    if (window.round_up && room % stride != 0 && output * stride < size + begin) {
      // A window that would begin in the padding behind the data is left out, as PyTorch and later ONNX revisions do.
      ++output;
      placed.beyond_pads = true;
    }
    end = std::max<int64_t>(0, (output - 1) * stride + extent - size - begin);
  }
  return placed;
}

}  // namespace onednn
