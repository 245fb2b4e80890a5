// Operations that move values without changing them.
#include <algorithm>

#include "failure.h"
#include "kernels.h"
#include "shape_inference.h"

namespace onednn {
namespace {

// The same values in row-major order under the output's shape.
void rename_axes(const Node &node, Builder &builder) {
  Place source = builder.in_layout(node.inputs[0], row_major(builder.shape(node.inputs[0])));
  builder.make_view(node.output, source, row_major(builder.shape(node.output)));
}

// The part of a place that begins at the given index of each axis.
Place part_of(const Place &whole, const Shape &begin, const Shape &dims) {
  Place part = whole;
  for (size_t i = 0; i < begin.size(); ++i)
    part.offset += begin[i] * whole.layout.strides[i] * static_cast<int64_t>(sizeof(float));
  part.layout.dims = dims;
  return part;
}

// For each index along an axis of the padded tensor, the index along the data's axis that it repeats.
std::vector<int64_t> sources_of_axis(Padding::Mode mode, int64_t size, int64_t begin, int64_t padded) {
  std::vector<int64_t> sources;
  for (int64_t i = 0; i < padded; ++i) {
    int64_t source = i - begin;
    if (mode == Padding::Mode::reflect) {
      if (source < 0) source = -source;
      if (source >= size) source = 2 * (size - 1) - source;
    }
    sources.push_back(std::clamp<int64_t>(source, 0, size - 1));
  }
  return sources;
}

void repeat(const std::vector<std::vector<int64_t>> &sources, const Layout &from, const float *source, const Layout &to,
            float *destination, size_t axis = 0) {
  if (axis == to.rank()) {
    *destination = *source;
    return;
  }
  for (int64_t i = 0; i < to.dims[axis]; ++i)
    repeat(sources, from, source + sources[axis][static_cast<size_t>(i)] * from.strides[axis], to,
           destination + i * to.strides[axis], axis + 1);
}

void lay_out_repeating_pad(const Padding &padding, const Pads &pads, const Node &node, Builder &builder) {
  Place source = builder.in_usual_layout(node.inputs[0]);
  const Shape &data = builder.shape(node.inputs[0]), &result = builder.shape(node.output);
  std::vector<std::vector<int64_t>> sources;
  for (size_t i = 0; i < data.size(); ++i)
    sources.push_back(sources_of_axis(padding.mode, data[i], pads.begin[i], result[i]));
  bool last = same_places(source.layout, channels_last(data));
  Place destination = builder.make(node.output, last ? channels_last(result) : row_major(result));
  builder.call([sources, from = source.layout, to = destination.layout](
                   const std::vector<float *> &memory) { repeat(sources, from, memory[0], to, memory[1]); },
               {source, destination});
}

}  // namespace

void lay_out(const Reshape &, const Node &node, Builder &builder) {
  rename_axes(node, builder);
}
void lay_out(const Flatten &, const Node &node, Builder &builder) {
  rename_axes(node, builder);
}
void lay_out(const Squeeze &, const Node &node, Builder &builder) {
  rename_axes(node, builder);
}
void lay_out(const Unsqueeze &, const Node &node, Builder &builder) {
  rename_axes(node, builder);
}

void lay_out(const Transpose &transpose, const Node &node, Builder &builder) {
  Place source = builder.place(node.inputs[0]);
  Layout layout = permuted(source.layout, order_of(transpose, source.layout.rank()));
  builder.make_view(node.output, source, layout);
}

void lay_out(const Concatenation &concatenation, const Node &node, Builder &builder) {
  const Shape &result = builder.shape(node.output);
  size_t axis = checked_axis(concatenation.axis, result.size());
  Place first = builder.place(node.inputs[0]);
  bool last = same_places(first.layout, channels_last(first.layout.dims));
  Place destination = builder.make(node.output, last ? channels_last(result) : row_major(result));
  Shape begin(result.size(), 0);
  for (ValueId input : node.inputs) {
    Place source = builder.place(input);
    Place part = part_of(destination, begin, source.layout.dims);
    builder.call(make_copy(source.layout, part.layout), {{Operand::source, source}, {Operand::destination, part}});
    begin[axis] += source.layout.dims[axis];
  }
}

void lay_out(const Padding &padding, const Node &node, Builder &builder) {
  const Shape &data = builder.shape(node.inputs[0]), &result = builder.shape(node.output);
  Pads pads = pads_of(padding, data.size());
  if (padding.mode != Padding::Mode::constant) return lay_out_repeating_pad(padding, pads, node, builder);
  Place source = builder.in_usual_layout(node.inputs[0]);
  bool last = same_places(source.layout, channels_last(data));
  Place destination = builder.make(node.output, last ? channels_last(result) : row_major(result));
  builder.call([value = padding.value,
                count = count_of(result)](const std::vector<float *> &memory) { std::fill_n(memory[0], count, value); },
               {destination});
  // What of the data stays, in its own indices and in the result's.
  Shape from(data.size()), to(data.size()), kept(data.size());
  for (size_t i = 0; i < data.size(); ++i) {
    from[i] = std::max<int64_t>(0, -pads.begin[i]);
    to[i] = std::max<int64_t>(0, pads.begin[i]);
    kept[i] = std::min(data[i] - from[i], result[i] - to[i]);
    if (kept[i] < 1) return;
  }
  Place inner = part_of(source, from, kept), place = part_of(destination, to, kept);
  builder.call(make_copy(inner.layout, place.layout), {{Operand::source, inner}, {Operand::destination, place}});
}

}  // namespace onednn
