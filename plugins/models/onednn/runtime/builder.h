#pragma once
// What the kernels see of the plan being made.

#include <initializer_list>
#include <utility>

#include "plan.h"

namespace onednn {

class Builder {
 public:
  Builder(const Graph &graph, Weights &weights, Plan &plan);

  // ---- for make_plan ----
  // Values that stage 0 leaves for later hold the whole batch: their buffers have a slice for each repetition.
  void begin_stage(const std::vector<Shape> &shapes, std::vector<bool> sliced, int64_t repetitions);
  void end_stage();
  void begin_node(size_t index, uint64_t outputs);
  Place place_input(ValueId value, const Layout &layout);

  // ---- for the kernels ----
  const Graph &graph() const { return graph_; }
  const Shape &shape(ValueId value) const;
  bool is_constant(ValueId value) const { return graph_.constant(value) != nullptr; }
  Weights &weights() { return weights_; }

  // Where a value lies; constants row-major.
  Place place(ValueId value);
  // The same value in a given order: its own place when it lies so, else a copy.
  Place in_layout(ValueId value, const Layout &layout);
  // Its own place when its order is row-major or channels-last, else a copy in channels-last order.
  Place in_usual_layout(ValueId value);

  // Memory for a node's output; what lies there is undefined.
  Place make(ValueId output, const Layout &layout);
  // Memory for a node's output that may replace an input: the input's own when nobody needs that any more.
  Place make_over(ValueId output, ValueId input, const Place &input_place);
  // Memory for a node's output that holds a copy of the input, or is the input when nobody needs that any more; never
  // the same memory as apart_from.
  Place make_from(ValueId output, ValueId input, const Layout &layout, const Place &apart_from);
  // The output is the input under another layout.
  void make_view(ValueId output, const Place &place, const Layout &layout);
  // Memory for one step.
  Place make_scratch(int64_t bytes);

  void call(const Primitive &primitive, std::initializer_list<std::pair<Operand, Place>> operands);
  void call(Function function, std::vector<Place> places);

 private:
  int add_buffer(int64_t bytes, bool sliced);
  bool replaceable(ValueId input, const Place &place) const;
  void touch(const Place &place);
  void add_step(Step step);

  const Graph &graph_;
  Weights &weights_;
  Plan &plan_;
  std::vector<Shape> shapes_;
  std::vector<bool> sliced_;
  std::vector<Place> places_;               // by value
  std::vector<bool> placed_;                // by value
  std::vector<int> last_use_;               // by value: node index
  std::vector<std::vector<ValueId>> held_;  // by buffer: the values in it
  int node_ = 0;
  uint64_t outputs_ = 0;
  size_t first_step_ = 0;
  int64_t repetitions_ = 1;
};

}  // namespace onednn
