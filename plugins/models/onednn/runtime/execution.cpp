#include "execution.h"

#include <algorithm>

#include "failure.h"

namespace onednn {
namespace {

float *moved(float *pointer, int64_t bytes) {
  return pointer + bytes / static_cast<int64_t>(sizeof(float));
}

}  // namespace

float *Execution::pointer(const Plan &plan, const Place &place) const {
  // Constants are only read; oneDNN and the functions take plain pointers.
  if (place.buffer < 0) return const_cast<float *>(place.constant.get());
  return moved(arena_.get(), plan.buffers[static_cast<size_t>(place.buffer)].offset + place.offset);
}

Execution::BoundPlan &Execution::bind(const std::shared_ptr<const Plan> &plan) {
  if (plan->arena_bytes > arena_bytes_) {
    plans_.clear();
    arena_ = nullptr;
    arena_bytes_ = 0;
    arena_ = allocate_floats(static_cast<uint64_t>(plan->arena_bytes));
    arena_bytes_ = plan->arena_bytes;
  }
  for (auto &bound : plans_)
    if (bound.plan == plan) return bound;
  BoundPlan bound{plan, {}};
  for (const Step &step : plan->steps) {
    BoundStep next;
    for (const Place &place : step.places) {
      next.pointers.push_back(pointer(*plan, place));
      next.slices.push_back(place.buffer < 0 ? 0 : plan->buffers[static_cast<size_t>(place.buffer)].slice);
      next.moves |= next.slices.back() > 0;
    }
    if (step.primitive) {
      next.call.emplace(*step.primitive);
      for (size_t i = 0; i < step.operands.size(); ++i) next.call->bind(step.operands[i], next.pointers[i]);
    }
    bound.steps.push_back(std::move(next));
  }
  plans_.push_back(std::move(bound));
  return plans_.back();
}

void Execution::run_step(const Step &step, BoundStep &bound, int64_t repetition) {
  if (!step.primitive) {
    std::vector<float *> pointers = bound.pointers;
    for (size_t i = 0; i < pointers.size(); ++i) pointers[i] = moved(pointers[i], bound.slices[i] * repetition);
    step.function(pointers);
    return;
  }
  if (bound.moves)
    for (size_t i = 0; i < step.operands.size(); ++i)
      if (bound.slices[i] > 0)
        bound.call->bind(step.operands[i], moved(bound.pointers[i], bound.slices[i] * repetition));
  bound.call->run(stream_);
}

void Execution::run(const std::shared_ptr<const Plan> &plan, const FillInput &fill,
                    const std::vector<float *> &outputs) {
  if (outputs.size() != plan->outputs.size()) fault("the number of outputs is not that of the plan");
  uint64_t wanted = 0;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i]) wanted |= output_bit(i);
  if (wanted == 0) return;
  BoundPlan &bound = bind(plan);
  for (size_t s = 0; s < plan->stages.size(); ++s) {
    const Stage &stage = plan->stages[s];
    for (int64_t repetition = 0; repetition < stage.repetitions; ++repetition) {
      for (size_t i = 0; s == 0 && i < plan->inputs.size(); ++i) {
        const Place &place = plan->inputs[i].place;
        int64_t slice = plan->buffers[static_cast<size_t>(place.buffer)].slice;
        fill(i, repetition, moved(pointer(*plan, place), slice * repetition));
      }
      for (size_t i = stage.begin; i < stage.end; ++i)
        if (plan->steps[i].outputs & wanted) run_step(plan->steps[i], bound.steps[i], repetition);
    }
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i]) continue;
    const auto &output = plan->outputs[i];
    std::copy_n(pointer(*plan, output.place), count_of(output.shape), outputs[i]);
  }
}

}  // namespace onednn
