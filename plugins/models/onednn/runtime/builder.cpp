#include "builder.h"

#include <algorithm>
#include <limits>

#include "failure.h"

namespace onednn {
namespace {

constexpr int never = std::numeric_limits<int>::max();

int64_t bytes_of(const Layout &layout) {
  return count_of(layout.dims) * static_cast<int64_t>(sizeof(float));
}

}  // namespace

Builder::Builder(const Graph &graph, Weights &weights, Plan &plan)
    : graph_(graph),
      weights_(weights),
      plan_(plan),
      places_(graph.values.size()),
      placed_(graph.values.size(), false),
      last_use_(graph.values.size(), -1) {
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (ValueId input : graph.nodes[i].inputs)
      if (input != no_value) last_use_[static_cast<size_t>(input)] = static_cast<int>(i);
  for (ValueId output : graph.outputs) last_use_[static_cast<size_t>(output)] = never;
}

void Builder::begin_stage(const std::vector<Shape> &shapes, std::vector<bool> sliced, int64_t repetitions) {
  // What an earlier stage made picture by picture is one tensor of the whole batch from now on.
  for (size_t value = 0; value < places_.size(); ++value) {
    if (!placed_[value] || !sliced_[value]) continue;
    Layout &layout = places_[value].layout;
    layout.dims = shapes[value];
    layout.strides[0] = plan_.buffers[static_cast<size_t>(places_[value].buffer)].slice / int64_t{sizeof(float)};
  }
  shapes_ = shapes;
  sliced_ = std::move(sliced);
  first_step_ = plan_.steps.size();
  repetitions_ = repetitions;
}

void Builder::end_stage() {
  auto begin = static_cast<int>(first_step_), end = static_cast<int>(plan_.steps.size()) - 1;
  for (Buffer &buffer : plan_.buffers) {
    // Slices of one repetition outlive the other repetitions.
    if (buffer.slice == 0 || repetitions_ == 1) continue;
    buffer.first = begin;
    buffer.last = std::max(buffer.last, end);
  }
  plan_.stages.push_back({first_step_, plan_.steps.size(), repetitions_});
}

void Builder::begin_node(size_t index, uint64_t outputs) {
  node_ = static_cast<int>(index);
  outputs_ = outputs;
}

int Builder::add_buffer(int64_t bytes, bool sliced) {
  Buffer buffer;
  buffer.bytes = sliced ? bytes * repetitions_ : bytes;
  buffer.slice = sliced ? bytes : 0;
  plan_.buffers.push_back(buffer);
  held_.emplace_back();
  return static_cast<int>(plan_.buffers.size()) - 1;
}

Place Builder::place_input(ValueId value, const Layout &layout) {
  Place place = make(value, layout);
  Buffer &buffer = plan_.buffers[static_cast<size_t>(place.buffer)];
  // Inputs are filled before the first step.
  buffer.first = buffer.last = 0;
  return place;
}

const Shape &Builder::shape(ValueId value) const {
  return shapes_[static_cast<size_t>(value)];
}

Place Builder::place(ValueId value) {
  auto index = static_cast<size_t>(value);
  if (is_constant(value)) return {-1, 0, row_major(shape(value)), weights_.row_major(value)};
  if (!placed_[index]) fault("a value is used before it is made");
  return places_[index];
}

Place Builder::in_layout(ValueId value, const Layout &layout) {
  if (is_constant(value))
    return {-1, 0, layout, weights_.in_format(value, row_major(layout.dims), plain_format(layout))};
  Place from = place(value);
  if (same_places(from.layout, layout)) return from;
  Place to = make_scratch(bytes_of(layout));
  to.layout = layout;
  call(make_copy(from.layout, layout), {{Operand::source, from}, {Operand::destination, to}});
  return to;
}

Place Builder::in_usual_layout(ValueId value) {
  Place own = place(value);
  if (same_places(own.layout, row_major(own.layout.dims))) return own;
  return in_layout(value, channels_last(own.layout.dims));
}

Place Builder::make(ValueId output, const Layout &layout) {
  auto index = static_cast<size_t>(output);
  places_[index] = {add_buffer(bytes_of(layout), sliced_[index]), 0, layout, nullptr};
  placed_[index] = true;
  held_[static_cast<size_t>(places_[index].buffer)].push_back(output);
  return places_[index];
}

bool Builder::replaceable(ValueId input, const Place &place) const {
  if (is_constant(input) || place.buffer < 0 || place.offset != 0) return false;
  const auto &values = held_[static_cast<size_t>(place.buffer)];
  return std::all_of(values.begin(), values.end(),
                     [&](ValueId value) { return last_use_[static_cast<size_t>(value)] <= node_; });
}

Place Builder::make_over(ValueId output, ValueId input, const Place &input_place) {
  auto index = static_cast<size_t>(output);
  // A scratch copy of the input holds no value and may be replaced too.
  if (sliced_[index] || !replaceable(input, input_place)) return make(output, input_place.layout);
  make_view(output, input_place, input_place.layout);
  return input_place;
}

Place Builder::make_from(ValueId output, ValueId input, const Layout &layout, const Place &apart_from) {
  Place from = place(input);
  bool own = !sliced_[static_cast<size_t>(output)] && replaceable(input, from) && same_places(from.layout, layout) &&
             from.buffer != apart_from.buffer;
  if (own) {
    make_view(output, from, layout);
    return places_[static_cast<size_t>(output)];
  }
  Place to = make(output, layout);
  call(make_copy(from.layout, layout), {{Operand::source, from}, {Operand::destination, to}});
  return to;
}

void Builder::make_view(ValueId output, const Place &place, const Layout &layout) {
  auto index = static_cast<size_t>(output);
  bool whole_batch = place.buffer >= 0 && plan_.buffers[static_cast<size_t>(place.buffer)].slice > 0;
  if (place.buffer < 0 || (sliced_[index] && !whole_batch)) {
    Place to = make(output, layout);
    Place from = place;
    from.layout = layout;
    call(make_copy(layout, layout), {{Operand::source, from}, {Operand::destination, to}});
    return;
  }
  places_[index] = place;
  places_[index].layout = layout;
  placed_[index] = true;
  held_[static_cast<size_t>(place.buffer)].push_back(output);
}

Place Builder::make_scratch(int64_t bytes) {
  Place place;
  place.buffer = add_buffer(bytes, false);
  return place;
}

void Builder::touch(const Place &place) {
  if (place.buffer < 0) return;
  Buffer &buffer = plan_.buffers[static_cast<size_t>(place.buffer)];
  auto step = static_cast<int>(plan_.steps.size());
  if (buffer.first < 0) buffer.first = step;
  buffer.last = std::max(buffer.last, step);
}

void Builder::add_step(Step step) {
  for (const Place &place : step.places) touch(place);
  step.name = graph_.nodes.empty() ? "" : graph_.nodes[static_cast<size_t>(node_)].name;
  step.outputs = outputs_;
  plan_.steps.push_back(std::move(step));
}

void Builder::call(const Primitive &primitive, std::initializer_list<std::pair<Operand, Place>> operands) {
  Step step;
  step.primitive = primitive;
  for (const auto &[operand, place] : operands) {
    step.operands.push_back(operand);
    step.places.push_back(place);
  }
  if (primitive.scratchpad_bytes() > 0) {
    step.operands.push_back(Operand::scratchpad);
    step.places.push_back(make_scratch(static_cast<int64_t>(primitive.scratchpad_bytes())));
  }
  add_step(std::move(step));
}

void Builder::call(Function function, std::vector<Place> places) {
  Step step;
  step.function = std::move(function);
  step.places = std::move(places);
  add_step(std::move(step));
}

}  // namespace onednn
