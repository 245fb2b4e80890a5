#pragma once
// The constants of one network, in the formats that its plans ask for. Each is kept once for each format; the file's
// order of large ones is dropped when another one exists, as it can be made again from that.

#include <cstdint>
#include <memory>
#include <vector>

#include "graph.h"
#include "primitives.h"

namespace onednn {

class Weights {
 public:
  // Takes the numbers out of the graph's constants, whose shapes stay.
  explicit Weights(Graph &graph);

  // The numbers of a constant. view: how the caller sees the file's row-major numbers, all of them: with groups split
  // off, or transposed. The pointer keeps the numbers alive. One caller at a time. [worker]
  std::shared_ptr<const float> in_format(ValueId constant, const Layout &view, const Format &format);
  std::shared_ptr<const float> row_major(ValueId constant);

  uint64_t bytes() const;  // what the store itself holds

 private:
  struct Form {
    Layout view;
    Format format;
    std::shared_ptr<float> numbers;
  };
  struct Constant {
    int64_t count = 0;
    std::shared_ptr<const float> plain;  // null when it was dropped
    std::vector<Form> forms;
  };
  std::vector<Constant> constants_;  // by value id
};

// Uninitialised floats at a cache line's boundary; out_of_memory. [any]
std::shared_ptr<float> allocate_floats(uint64_t bytes);

}  // namespace onednn
