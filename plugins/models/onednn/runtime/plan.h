#pragma once
// A network laid out for one size of batch: which primitive runs when, on which part of one block of memory. Plans hold
// no pictures; any number of streams may run one at once, each in an arena of its own (execution.h).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph.h"
#include "primitives.h"
#include "weights.h"

namespace onednn {

// A value's numbers: in the arena, or a constant.
struct Place {
  int buffer = -1;     // index into Plan::buffers; -1: constant
  int64_t offset = 0;  // bytes from the buffer's begin
  Layout layout;
  std::shared_ptr<const float> constant;
};

// Memory between the first and the last step that touch it.
struct Buffer {
  int64_t bytes = 0;
  int64_t slice = 0;  // > 0: each repetition of its stage uses the next so many bytes
  int first = -1, last = -1;
  int64_t offset = 0;  // in the arena
};

// The outputs from the 64th on share a bit. [any]
inline uint64_t output_bit(size_t output) {
  return uint64_t{1} << (output < 63 ? output : 63);
}

// Work that oneDNN has no primitive for; the pointers in the order in which the step lists its places.
using Function = std::function<void(const std::vector<float *> &)>;

struct Step {
  std::string name;                    // of the node, for messages and timing
  std::optional<Primitive> primitive;  // none: the function
  Function function;
  std::vector<Operand> operands;  // of the primitive, beside `places`
  std::vector<Place> places;
  uint64_t outputs = 0;  // output_bit of each output of the graph that needs it
};

// Steps that run over `pictures` of the batch at a time, `repetitions` times. Where activations are large, a picture at
// a time stays in the processor's caches; where weights are, the whole batch shares them.
struct Stage {
  size_t begin = 0, end = 0;  // steps
  int64_t repetitions = 1;
};

struct Plan {
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<Stage> stages;
  struct Input {
    Place place;    // of one repetition of the first stage
    int64_t count;  // numbers in it
  };
  std::vector<Input> inputs;
  struct Output {
    Place place;  // row-major, of the whole batch
    Shape shape;
  };
  std::vector<Output> outputs;
  int64_t arena_bytes = 0;
};

enum class InputOrder { row_major, channels_last };

struct PlanOptions {
  InputOrder input_order = InputOrder::row_major;
  // Inputs and outputs begin with a batch axis, so that stages may take one picture at a time.
  bool by_picture = false;
  // Nodes that move more bytes than this for one picture run picture by picture: what they write is then still in a
  // cache of a megabyte or two when the next node reads it.
  int64_t large_activations = 1 << 20;
};

// inputs: complete shapes of the graph's inputs. Made under OneThread. unsupported, limit_exceeded when the arena would
// be larger than max_arena_bytes, out_of_memory, internal. [worker]
inline constexpr int64_t max_arena_bytes = int64_t{2} << 30;
std::shared_ptr<const Plan> make_plan(const Graph &graph, Weights &weights, const std::vector<Shape> &inputs,
                                      const PlanOptions &options);

// Places every buffer so that those which live at one time do not overlap; returns the bytes needed. [any]
int64_t arrange_buffers(std::vector<Buffer> &buffers);

}  // namespace onednn
