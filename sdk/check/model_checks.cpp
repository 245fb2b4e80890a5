// What a model promises.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "check.h"
#include "floating_point.h"
#include "loaded_plugin.h"
#include "memory_use.h"
#include "model_runs.h"
#include "parameter_checks.h"
#include "side_by_side.h"
#include "structs.h"

namespace kalon::check {
namespace {

constexpr uint32_t most_dimension = 1 << 20, most_side = 1 << 14;

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
    require(about.input_sample == KALON_SAMPLE_U8 || about.input_sample == KALON_SAMPLE_F32,
            model.name() + ": its input is of neither bytes nor floats");
    require(within(about.input_layout, KALON_LAYOUT_NHWC, KALON_LAYOUT_NCHW), model.name() + ": its layout is none");
    require(about.input_colour == KALON_COLOUR_RGB, model.name() + ": its input's colour is not RGB");
    for (int c = 0; c < 3; ++c)
      require(
          std::isfinite(about.input_mean[c]) && std::isfinite(about.input_deviation[c]) && about.input_deviation[c] > 0,
          model.name() + ": the mean or deviation of its input is none");
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
  require_taken_parameters(subject);
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
    plugin::BatchTensors tensors(model.about, model.dimensions());
    auto call = tensors.batch(2, joined.data(), none.data(), statuses.data());
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
    plugin::BatchTensors tensors(model.about, model.dimensions());
    auto call = tensors.batch(1, inputs[0].data(), places.data(), &each);
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
