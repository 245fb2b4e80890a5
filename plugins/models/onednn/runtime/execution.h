#pragma once
// One stream's running of plans: its arena, and the calls bound to it.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "plan.h"

namespace onednn {

// Writes what one repetition of the first stage takes in: pictures [repetition * n, ...) in the order of the plan's
// input.
using FillInput = std::function<void(size_t input, int64_t repetition, float *to)>;

// Used by one thread at a time, under OneThread. [worker]
class Execution {
 public:
  // outputs: one pointer for each output of the plan, to as many numbers as its shape has; null: not wanted, and what
  // only it needs is not computed.
  void run(const std::shared_ptr<const Plan> &plan, const FillInput &fill, const std::vector<float *> &outputs);

  uint64_t arena_bytes() const { return static_cast<uint64_t>(arena_bytes_); }

 private:
  struct BoundStep {
    std::optional<Call> call;  // none: the step has a function
    std::vector<float *> pointers;
    std::vector<int64_t> slices;  // bytes from one repetition to the next, for each pointer
    bool moves = false;
  };
  struct BoundPlan {
    std::shared_ptr<const Plan> plan;
    std::vector<BoundStep> steps;
  };
  BoundPlan &bind(const std::shared_ptr<const Plan> &plan);
  float *pointer(const Plan &plan, const Place &place) const;
  void run_step(const Step &step, BoundStep &bound, int64_t repetition);

  std::shared_ptr<float> arena_;
  int64_t arena_bytes_ = 0;
  std::vector<BoundPlan> plans_;
  Stream stream_;
};

}  // namespace onednn
