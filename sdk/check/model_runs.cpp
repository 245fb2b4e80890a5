#include "model_runs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "guarded_memory.h"

namespace kalon::check {
namespace {

// What bytes, of any number, become where a model takes floats.
Pixels floats(const kalon_model_description &about, const Pixels &bytes) {
  size_t plane = size_t{about.input_width} * about.input_height;
  std::vector<float> values(plane * 3);
  for (size_t i = 0; i < values.size(); ++i) {
    size_t channel = about.input_layout == KALON_LAYOUT_NCHW ? i / plane : i % 3;
    values[i] = (static_cast<float>(bytes[i]) / 255 - about.input_mean[channel]) / about.input_deviation[channel];
  }
  Pixels result(values.size() * sizeof(float));
  std::memcpy(result.data(), values.data(), result.size());
  return result;
}

}  // namespace

Model::Model(const kalon_model_factory &table, uint32_t index)
    : factory(table), number(index), about(sized<kalon_model_description>()) {
  auto status = factory.describe(number, &about);
  require(status == KALON_OK, "describe(" + std::to_string(number) + ") gives " + status_text(status));
  require(about.output_count >= 1 && about.output_count <= 64,
          "describes " + std::to_string(about.output_count) + " outputs");
  for (uint32_t i = 0; i < about.output_count; ++i) {
    auto output = sized<kalon_output_description>();
    status = factory.describe_output(number, i, &output);
    require(status == KALON_OK, "describe_output() gives " + status_text(status));
    outputs.push_back(output);
  }
}

size_t Model::picture_bytes() const {
  return size_t{about.input_width} * about.input_height * 3 * (about.input_sample == KALON_SAMPLE_F32 ? 4 : 1);
}

std::vector<uint32_t> Model::dimensions() const {
  std::vector<uint32_t> all;
  for (const auto &output : outputs) all.push_back(output.dimension);
  return all;
}

double Model::allowed_difference(size_t output) const {
  return about.determinism == KALON_DETERMINISM_EXACT ? 0 : outputs[output].tolerance;
}

std::vector<Model> models(const Subject &subject) {
  const auto &factory = model_factory(subject);
  std::vector<Model> all;
  for (uint32_t i = 0; i < factory.count(); ++i) all.emplace_back(factory, i);
  require(!all.empty() || nlohmann::json::parse(subject.manifest_text)["weights"].empty(), "has no model");
  if (all.empty()) throw Skipped("serves no model here");
  return all;
}

Instance::Instance(const Model &model) : model_(model) {
  Text error;
  auto status = model.factory.create(model.number, &instance_, error.get());
  require(status == KALON_OK && instance_,
          model.name() + ": create() gives " + status_text(status) + ": " + error.str());
}

std::vector<Pixels> pictures(const Model &model, uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Pixels> all;
  for (size_t i = 0; i < count; ++i) {
    Pixels pixels(model.picture_bytes());
    auto base = static_cast<uint8_t>(random());
    for (size_t at = 0; at < pixels.size(); ++at)
      pixels[at] = i % 4 == 0   ? static_cast<uint8_t>(random())
                   : i % 4 == 1 ? base
                   : i % 4 == 2 ? static_cast<uint8_t>(at / 7)
                                : static_cast<uint8_t>(i % 8 < 4 ? 0 : 255);
    all.push_back(model.about.input_sample == KALON_SAMPLE_F32 ? floats(model.about, pixels) : std::move(pixels));
  }
  return all;
}

std::vector<const Pixels *> pointers(const std::vector<Pixels> &pictures) {
  std::vector<const Pixels *> result;
  for (const auto &picture : pictures) result.push_back(&picture);
  return result;
}

Attempt attempt(const Model &model, kalon_model *instance, const std::vector<const Pixels *> &batch, Structs structs) {
  auto count = batch.size();
  Pixels joined;
  for (const auto *picture : batch) joined.insert(joined.end(), picture->begin(), picture->end());
  GuardedArray<uint8_t> input(joined);
  input.make_read_only();
  GuardedArray<kalon_status> statuses(std::vector<kalon_status>(count, -1));
  std::vector<std::unique_ptr<GuardedArray<float>>> outputs;
  std::vector<float *> pointers;
  for (const auto &output : model.outputs) {
    outputs.push_back(std::make_unique<GuardedArray<float>>(std::vector<float>(count * output.dimension, NAN)));
    pointers.push_back(outputs.back()->data());
  }
  plugin::BatchTensors tensors(model.about, model.dimensions());
  auto call = tensors.batch(static_cast<uint32_t>(count), input.data(), pointers.data(), statuses.data());
  Text error;
  Attempt made;
  if (structs == Structs::own) {
    made.status = model.factory.run(instance, &call, error.get());
  } else {
    Later<kalon_tensor> own_input(*call.input);
    std::vector<std::unique_ptr<Later<kalon_tensor>>> own_outputs;
    std::vector<const kalon_tensor *> wanted;
    for (size_t o = 0; o < outputs.size(); ++o) {
      own_outputs.push_back(std::make_unique<Later<kalon_tensor>>(*call.outputs[o]));
      wanted.push_back(own_outputs.back()->get());
    }
    call.input = own_input.get();
    call.outputs = wanted.data();
    Later<kalon_batch> own_call(call);
    made.status = model.factory.run(instance, own_call.get(), error.get());
  }
  made.text = error.str();
  made.statuses = statuses.values();
  for (const auto &output : outputs) made.outputs.push_back(output->values());
  return made;
}

Outputs run(const Model &model, kalon_model *instance, const std::vector<const Pixels *> &batch) {
  auto made = attempt(model, instance, batch);
  require(made.status == KALON_OK, model.name() + ": run() gives " + status_text(made.status) + ": " + made.text);
  for (auto each : made.statuses)
    require(each == KALON_OK,
            model.name() + ": a picture of a batch has " + (each == -1 ? "no status" : status_text(each)));
  return std::move(made.outputs);
}

void require_alike(const Model &model, const Outputs &a, const Outputs &b, const std::string &when) {
  for (size_t o = 0; o < a.size(); ++o) {
    double allowed = model.allowed_difference(o), most = 0;
    for (size_t i = 0; i < a[o].size(); ++i) {
      double difference = std::abs(double{a[o][i]} - double{b[o][i]});
      // A value that was not written is not a number.
      most = std::isnan(difference) ? HUGE_VAL : std::max(most, difference);
    }
    require(most <= allowed, model.name() + ": " + when + " its output " + model.outputs[o].name + " differs by " +
                                 std::to_string(most) + "; it promises at most " + std::to_string(allowed));
  }
}

}  // namespace kalon::check
