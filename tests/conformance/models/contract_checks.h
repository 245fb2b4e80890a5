#pragma once
// What every model does, whatever plugin it comes from: wrong calls are refused, and nothing but the outputs is
// written.

#include <kalon/batch.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cfenv>
#include <cstring>
#include <vector>

// One model at work. outputs: how many it has; dimension: that of the first, the others are not asked for.
struct WorkingModel {
  const kalon_model_factory &factory;
  uint32_t index;
  kalon_model *instance;
  size_t outputs;
  size_t dimension;
};

// picture: one of the model's size.
inline void check_wrong_calls(const WorkingModel &tested, const uint8_t *picture) {
  const auto &factory = tested.factory;
  kalon_model_description model{};
  model.size = sizeof model;
  kalon_output_description output{};
  output.size = sizeof output;
  CHECK(factory.describe(factory.count(), &model) == KALON_INVALID_ARGUMENT);
  CHECK(factory.describe(tested.index, nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(factory.describe_output(tested.index, static_cast<uint32_t>(tested.outputs), &output) ==
        KALON_INVALID_ARGUMENT);
  CHECK(factory.describe_output(factory.count(), 0, &output) == KALON_INVALID_ARGUMENT);
  CHECK(factory.describe_output(UINT32_MAX, 0, &output) == KALON_INVALID_ARGUMENT);
  CHECK(factory.describe_output(tested.index, 0, nullptr) == KALON_INVALID_ARGUMENT);

  // A caller of an older revision: only its own bytes are written.
  std::memset(&model, 0x5a, sizeof model);
  model.size = offsetof(kalon_model_description, name);
  CHECK(factory.describe(tested.index, &model) == KALON_OK);
  CHECK(model.input_width == 0x5a5a5a5a);

  kalon_model *instance = nullptr;
  CHECK(factory.create(factory.count(), &instance, nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(instance == nullptr);
  CHECK(factory.create(tested.index, nullptr, nullptr) == KALON_INVALID_ARGUMENT);
  factory.destroy(nullptr);

  std::vector<float> vector(tested.dimension);
  std::vector<float *> outputs(tested.outputs, nullptr);
  outputs[0] = vector.data();
  kalon_status status = KALON_INTERNAL;
  kalon::plugin::BatchTensors tensors(factory, tested.index);
  auto result = [&](uint32_t count, const uint8_t *pixels, float *const *places, kalon_status *each,
                    uint32_t size = sizeof(kalon_batch)) {
    auto batch = tensors.batch(count, pixels, places, each);
    batch.size = size;
    return factory.run(tested.instance, &batch, nullptr);
  };
  CHECK(result(1, picture, outputs.data(), &status) == KALON_OK);
  CHECK(result(0, nullptr, outputs.data(), &status) == KALON_OK);
  CHECK(result(1, picture, outputs.data(), &status, 8) == KALON_INVALID_ARGUMENT);
  CHECK(result(1, nullptr, outputs.data(), &status) == KALON_INVALID_ARGUMENT);
  CHECK(result(1, picture, nullptr, &status) == KALON_INVALID_ARGUMENT);
  CHECK(result(1, picture, outputs.data(), nullptr) == KALON_INVALID_ARGUMENT);
  CHECK(factory.run(nullptr, nullptr, nullptr) == KALON_INVALID_ARGUMENT);
}

// pixels: three pictures. Nothing before or behind the output is written, all of it is, the pixels and the CPU's
// rounding stay, and outputs may be unwanted.
inline void check_only_outputs_are_written(const WorkingModel &tested, const std::vector<uint8_t> &pixels) {
  constexpr size_t guard = 64;
  constexpr float untouched = 12345;
  const auto before = pixels;
  std::vector<float> buffer(guard + 3 * tested.dimension + guard, untouched);
  std::vector<float *> outputs(tested.outputs, nullptr);
  outputs[0] = buffer.data() + guard;
  std::vector<kalon_status> statuses(5, 99);
  const std::vector<kalon_status> three_done = {99, KALON_OK, KALON_OK, KALON_OK, 99};
  kalon::plugin::BatchTensors tensors(tested.factory, tested.index);
  auto batch = tensors.batch(3, pixels.data(), outputs.data(), statuses.data() + 1);
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  kalon_status done = tested.factory.run(tested.instance, &batch, nullptr);
  int rounding = std::fegetround();
  std::fesetround(FE_TONEAREST);
  REQUIRE(done == KALON_OK);
  CHECK(rounding == FE_UPWARD);
  auto is_untouched = [](float value) { return value == untouched; };
  CHECK(std::all_of(buffer.begin(), buffer.begin() + guard, is_untouched));
  CHECK(std::all_of(buffer.end() - guard, buffer.end(), is_untouched));
  CHECK(std::none_of(buffer.begin() + guard, buffer.end() - guard, is_untouched));
  CHECK(statuses == three_done);
  CHECK(pixels == before);

  outputs[0] = nullptr;
  statuses.assign(5, 99);
  batch = tensors.batch(3, pixels.data(), outputs.data(), statuses.data() + 1);
  REQUIRE(tested.factory.run(tested.instance, &batch, nullptr) == KALON_OK);
  CHECK(statuses == three_done);
}
