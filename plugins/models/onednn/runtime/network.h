#pragma once
// A network that takes pictures: one graph, one copy of its weights, and a plan for each size of batch in use.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "execution.h"
#include "graph.h"

namespace onednn {

struct NetworkInput {
  std::string tensor;  // its name in the file
  int64_t width = 0, height = 0;
  enum class Axes { nchw, nhwc } axes = Axes::nchw;
  int64_t channels = 3;
};

// Used by any number of streams at once. [any]
class Network {
 public:
  // bytes: the ONNX file. outputs: names of its values, each with one row for each picture. unsupported, corrupt_data,
  // limit_exceeded. Shapes are worked out for every size of batch, so that run() does not surprise. [worker]
  Network(std::string_view bytes, const NetworkInput &input, const std::vector<std::string> &outputs,
          int64_t preferred_batch);

  // Numbers of each output for one picture, in the order of `outputs`.
  const std::vector<int64_t> &output_sizes() const { return output_sizes_; }

  // The largest size of batch, at most `pictures`, that has a plan: the preferred one or a power of two below it, so
  // that plans are few.
  int64_t batch_for(int64_t pictures) const;
  // Made at the first call for each size. [worker]
  std::shared_ptr<const Plan> plan(int64_t batch);

  uint64_t weight_bytes();

 private:
  Shape input_shape(int64_t batch) const;
  std::vector<int64_t> sizes_of_batch() const;  // ascending

  NetworkInput input_;
  Graph graph_;
  int64_t largest_batch_;
  std::vector<int64_t> output_sizes_;
  std::mutex mutex_;  // of what follows
  std::unique_ptr<Weights> weights_;
  std::map<int64_t, std::shared_ptr<const Plan>> plans_;
};

}  // namespace onednn
