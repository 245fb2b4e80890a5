// What a model promises.

#include <kalon/plugin.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "check.h"
#include "floating_point.h"
#include "guarded_memory.h"
#include "loaded_plugin.h"
#include "memory_use.h"
#include "side_by_side.h"
#include "structs.h"

namespace kalon::check {
namespace {

constexpr uint32_t most_dimension = 1 << 20, most_side = 1 << 14;

struct Model {
  const kalon_model_factory &factory;
  uint32_t number;
  kalon_model_description about;
  std::vector<kalon_output_description> outputs;

  Model(const kalon_model_factory &table, uint32_t index)
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
  size_t picture_bytes() const { return size_t{about.input_width} * about.input_height * 3; }
  std::string name() const { return about.id ? about.id : "model " + std::to_string(number); }
};

std::vector<Model> models(const Subject &subject) {
  const auto &factory = model_factory(subject);
  std::vector<Model> all;
  for (uint32_t i = 0; i < factory.count(); ++i) all.emplace_back(factory, i);
  require(!all.empty() || nlohmann::json::parse(subject.manifest_text)["weights"].empty(), "has no model");
  if (all.empty()) throw Skipped("serves no model here");
  return all;
}

class Instance {
 public:
  explicit Instance(const Model &model) : model_(model) {
    Text error;
    auto status = model.factory.create(model.number, &instance_, error.get());
    require(status == KALON_OK && instance_,
            model.name() + ": create() gives " + status_text(status) + ": " + error.str());
  }
  ~Instance() { model_.factory.destroy(instance_); }
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;
  kalon_model *get() const { return instance_; }

 private:
  const Model &model_;
  kalon_model *instance_ = nullptr;
};

using Pixels = std::vector<uint8_t>;

// Noise, flat colours and gradients: pictures that networks meet least often.
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
    all.push_back(std::move(pixels));
  }
  return all;
}

// outputs[o][p * dimension + d], from memory between guard pages.
std::vector<std::vector<float>> run(const Model &model, kalon_model *instance,
                                    const std::vector<const Pixels *> &batch) {
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
  auto call = sized<kalon_batch>();
  call.count = static_cast<uint32_t>(count);
  call.pixels = input.data();
  call.outputs = pointers.data();
  call.statuses = statuses.data();
  Text error;
  auto status = model.factory.run(instance, &call, error.get());
  require(status == KALON_OK, model.name() + ": run() gives " + status_text(status) + ": " + error.str());
  for (auto each : statuses.values())
    require(each == KALON_OK,
            model.name() + ": a picture of a batch has " + (each == -1 ? "no status" : status_text(each)));
  std::vector<std::vector<float>> values;
  for (const auto &output : outputs) values.push_back(output->values());
  return values;
}

std::vector<const Pixels *> pointers(const std::vector<Pixels> &pictures) {
  std::vector<const Pixels *> result;
  for (const auto &picture : pictures) result.push_back(&picture);
  return result;
}

void require_alike(const Model &model, const std::vector<std::vector<float>> &a,
                   const std::vector<std::vector<float>> &b, const std::string &when) {
  for (size_t o = 0; o < a.size(); ++o) {
    double allowed = model.about.determinism == KALON_DETERMINISM_EXACT ? 0 : model.outputs[o].tolerance;
    double most = 0;
    for (size_t i = 0; i < a[o].size(); ++i) {
      double difference = std::abs(double{a[o][i]} - double{b[o][i]});
      // A value that was not written is not a number.
      most = std::isnan(difference) ? HUGE_VAL : std::max(most, difference);
    }
    require(most <= allowed, model.name() + ": " + when + " its output " + model.outputs[o].name + " differs by " +
                                 std::to_string(most) + "; it promises at most " + std::to_string(allowed));
  }
}

// ---- checks

void description(const Subject &subject) {
  auto weights = nlohmann::json::parse(subject.manifest_text).value("weights", nlohmann::json::object());
  for (const auto &model : models(subject)) {
    const auto &about = model.about;
    for (const char *text : {about.id, about.name, about.summary, about.licence, about.weights_hash})
      require(text && *text, model.name() + ": a text of its description is missing");
    auto within = [](int32_t value, int32_t low, int32_t high) { return value >= low && value <= high; };
    require(about.input_width >= 1 && about.input_width <= most_side && about.input_height >= 1 &&
                about.input_height <= most_side,
            model.name() + ": its input is of no sensible size");
    require(within(about.crop, KALON_CROP_CENTRE, KALON_CROP_MORE_SCAN), model.name() + ": its crop is none");
    require(within(about.filter, KALON_FILTER_BILINEAR, KALON_FILTER_BOX), model.name() + ": its filter is none");
    require(within(about.determinism, KALON_DETERMINISM_EXACT, KALON_DETERMINISM_TOLERANCE),
            model.name() + ": its determinism is none");
    require(about.decode_cover >= 0 && about.decode_cover <= 16, model.name() + ": its decode cover is none");
    require(about.preferred_batch >= 1 && about.preferred_batch <= 1024,
            model.name() + ": its preferred batch is none");
    std::string hash = about.weights_hash;
    require(hash.size() == 32 && hash.find_first_not_of("0123456789abcdef") == std::string::npos,
            model.name() + ": its weights' hash is not 32 hex digits");
    // A plugin that serves whatever models lie in a folder cannot name them in its manifest.
    if (auto named = weights.find(about.id); named != weights.end())
      require(*named == hash, model.name() + ": its weights' hash is " + hash + ", its manifest says " + named->dump());
    else
      require(weights.empty(), model.name() + ": its manifest knows nothing of this model");
    for (const auto &output : model.outputs) {
      require(output.name && *output.name, model.name() + ": an output has no name");
      require(output.dimension >= 1 && output.dimension <= most_dimension,
              model.name() + ": an output is of no sensible size");
      require(within(output.kind, KALON_OUTPUT_EMBEDDING, KALON_OUTPUT_SCORE),
              model.name() + ": the kind of an output is none");
      require(
          output.kind != KALON_OUTPUT_EMBEDDING || within(output.metric, KALON_METRIC_COSINE, KALON_METRIC_EUCLIDEAN),
          model.name() + ": an embedding has no metric");
      require(output.low <= output.high, model.name() + ": the range of an output is empty");
      require(output.tolerance >= 0, model.name() + ": a tolerance is negative");
    }
  }
  const auto &factory = model_factory(subject);
  for (const auto &[name, hash] : weights.items()) {
    bool served = false;
    for (uint32_t i = 0; i < factory.count(); ++i) served = served || Model(factory, i).name() == name;
    require(served, "its manifest promises a model " + name + ", which it does not have");
  }
}

void sizes(const Subject &subject) {
  for (const auto &model : models(subject)) {
    require_any_size<kalon_model_description>(
        "describe()", [&](kalon_model_description *out) { return model.factory.describe(model.number, out); });
    require_any_size<kalon_output_description>("describe_output()", [&](kalon_output_description *out) {
      return model.factory.describe_output(model.number, 0, out);
    });
  }
}

void wrong_calls(const Subject &subject) {
  auto all = models(subject);
  const auto &factory = all[0].factory;
  auto about = sized<kalon_model_description>();
  auto output = sized<kalon_output_description>();
  Text error;
  for (uint32_t beyond : {factory.count(), UINT32_MAX}) {
    require(factory.describe(beyond, &about) != KALON_OK, "describes a model that it does not have");
    require(factory.describe_output(beyond, 0, &output) != KALON_OK,
            "describes an output of a model that it does not have");
    kalon_model *instance = nullptr;
    require(factory.create(beyond, &instance, error.get()) != KALON_OK, "makes a model that it does not have");
    require(factory.create(beyond, &instance, nullptr) != KALON_OK, "makes a model that it does not have");
  }
  require(factory.describe_output(0, all[0].about.output_count, &output) != KALON_OK,
          "describes an output that it does not have");
}

void values(const Subject &subject) {
  for (const auto &model : models(subject)) {
    Instance instance(model);
    auto inputs = pictures(model, subject.seed, 8);
    auto outputs = run(model, instance.get(), pointers(inputs));
    for (size_t o = 0; o < outputs.size(); ++o) {
      const auto &about = model.outputs[o];
      for (float value : outputs[o]) {
        require(std::isfinite(value),
                model.name() + ": its output " + about.name + " holds a value that is not finite");
        require(
            about.low == about.high || (value >= about.low && value <= about.high),
            model.name() + ": its output " + about.name + " holds " + std::to_string(value) + ", outside of its range");
      }
    }
  }
}

void batches(const Subject &subject) {
  for (const auto &model : models(subject)) {
    Instance instance(model);
    auto inputs = pictures(model, subject.seed + 1, std::clamp<size_t>(model.about.preferred_batch, 2, 8) + 1);
    auto together = run(model, instance.get(), pointers(inputs));
    std::vector<std::vector<float>> alone(together.size());
    for (const auto &input : inputs) {
      auto one = run(model, instance.get(), {&input});
      for (size_t o = 0; o < one.size(); ++o) alone[o].insert(alone[o].end(), one[o].begin(), one[o].end());
    }
    require_alike(model, together, alone, "alone and in a batch");
    require_alike(model, together, run(model, instance.get(), pointers(inputs)), "the second time");
  }
}

void instances(const Subject &subject) {
  for (const auto &model : models(subject)) {
    Instance first(model);
    auto inputs = pictures(model, subject.seed + 2, 3);
    auto expected = run(model, first.get(), pointers(inputs));
    {
      Instance second(model);
      require_alike(model, expected, run(model, second.get(), pointers(inputs)), "in a second instance");
    }
    require_alike(model, expected, run(model, first.get(), pointers(inputs)), "after another instance was destroyed");
  }
}

void threads(const Subject &subject) {
  auto concurrency = nlohmann::json::parse(subject.manifest_text).value("concurrency", "");
  if (concurrency == "serial_per_process") throw Skipped("is called by one thread at a time");
  for (const auto &model : models(subject)) {
    auto inputs = pictures(model, subject.seed + 3, 4);
    Instance shared(model);
    auto expected = run(model, shared.get(), pointers(inputs));
    side_by_side([&] {
      // Instances are used by one thread at a time, several instances side by side.
      Instance own(model);
      for (int i = 0; i < 5; ++i)
        require_alike(model, expected, run(model, own.get(), pointers(inputs)), "on several threads at once");
    });
  }
}

void unwanted_outputs(const Subject &subject) {
  for (const auto &model : models(subject)) {
    Instance instance(model);
    auto inputs = pictures(model, subject.seed + 4, 2);
    Pixels joined = inputs[0];
    joined.insert(joined.end(), inputs[1].begin(), inputs[1].end());
    std::vector<kalon_status> statuses(2, -1);
    std::vector<float *> none(model.about.output_count, nullptr);
    auto call = sized<kalon_batch>();
    call.count = 2;
    call.pixels = joined.data();
    call.outputs = none.data();
    call.statuses = statuses.data();
    auto status = model.factory.run(instance.get(), &call, nullptr);
    require(status == KALON_OK, model.name() + ": run() without wanted outputs gives " + status_text(status));
    call.count = 0;
    model.factory.run(instance.get(), &call, nullptr);  // nothing to do, and nothing to break
  }
}

void leaks(const Subject &subject) {
  for (const auto &model : models(subject)) {
    auto inputs = pictures(model, subject.seed + 5, 1);
    std::vector<std::vector<float>> outputs;
    std::vector<float *> places;
    for (const auto &output : model.outputs) places.push_back(outputs.emplace_back(output.dimension).data());
    kalon_status each = 0;
    auto call = sized<kalon_batch>();
    call.count = 1;
    call.pixels = inputs[0].data();
    call.outputs = places.data();
    call.statuses = &each;
    Instance instance(model);
    require_no_leak([&] { model.factory.run(instance.get(), &call, nullptr); }, "run()");
    require_no_leak([&] { Instance another(model); }, "an instance");
    auto about = sized<kalon_model_description>();
    require_no_leak([&] { model.factory.describe(model.number, &about); }, "describe()");
  }
}

void floating_point(const Subject &subject) {
  for (const auto &model : models(subject)) {
    FloatingPoint before;
    Instance instance(model);
    auto inputs = pictures(model, subject.seed + 6, 1);
    run(model, instance.get(), pointers(inputs));
    before.require_unchanged("run()");
  }
}

}  // namespace

std::vector<Check> model_checks() {
  return {{"model-description", "models describe themselves whole, and as the manifest says", description},
          {"model-sizes", "structs of other revisions are written as far as they go", sizes},
          {"model-wrong-calls", "numbers out of range are refused", wrong_calls},
          {"model-values", "values are finite, in their range, and in their place", values},
          {"model-batches", "a picture gives the same alone, in a batch and again", batches},
          {"model-instances", "instances do not disturb one another", instances},
          {"model-threads", "instances work side by side, as the manifest declares", threads},
          {"model-unwanted-outputs", "outputs that are not wanted may be null, and batches empty", unwanted_outputs},
          {"model-leaks", "running, making and describing keep no memory", leaks},
          {"model-floating-point", "run() leaves rounding and flush-to-zero alone", floating_point}};
}

}  // namespace kalon::check
