#pragma once
// Shapes of tensors, and how their numbers lie in memory.

#include <cstdint>
#include <string>
#include <vector>

namespace onednn {

using Shape = std::vector<int64_t>;

// Far above any network's: what they keep out are mistakes and hostile files.
inline constexpr size_t max_rank = 8;
inline constexpr int64_t max_elements = int64_t{1} << 29;  // 2 GiB of f32

// Elements of a tensor; a scalar has the empty shape and one element. Negative sizes are corrupt_data, more than
// max_elements limit_exceeded, more than max_rank dimensions unsupported. [any]
int64_t count_of(const Shape &shape);
// As count_of, for what is computed: every size must be at least 1. [any]
void check_shape(const Shape &shape);

std::string text_of(const Shape &shape);  // "1 x 3 x 224 x 224"; "a scalar" [any]

// NumPy's rule, as ONNX has it since opset 7; corrupt_data when the shapes do not fit each other. [any]
Shape broadcast(const Shape &a, const Shape &b);

// axis counted from the end when negative; corrupt_data outside [-rank, rank). [any]
size_t checked_axis(int64_t axis, size_t rank);

// Where element (i0, i1, ...) lies: at i0 * strides[0] + i1 * strides[1] + ..., counted in elements.
struct Layout {
  Shape dims;
  Shape strides;

  size_t rank() const { return dims.size(); }
};

Layout row_major(const Shape &dims);
// Batch, rows, columns, channels: of dimensions N C D1 D2 ... the second lies innermost. Below rank 3: row_major.
Layout channels_last(const Shape &dims);
// Axis i of the result is axis order[i] of the layout: a transpose without moving anything.
Layout permuted(const Layout &layout, const std::vector<size_t> &order);
// The same elements with leading axes of size 1 added up to rank.
Layout with_rank(const Layout &layout, size_t rank);

// True when both have the same dims and put every element at the same place; strides of axes of size 1 are no matter.
bool same_places(const Layout &a, const Layout &b);

}  // namespace onednn
