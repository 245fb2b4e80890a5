#include "plugin/models.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace kalon {
namespace {

// Far above any real model; they keep a mistake from becoming an allocation.
constexpr uint32_t max_models = 256, max_outputs = 64, max_side = 8192, max_dimension = 1 << 20, max_batch = 4096;
constexpr size_t max_text = 4096;

[[noreturn]] void refuse(const std::string &reason) {
  throw Error(Status::missing_feature, reason);
}

void check_text(const char *text, const std::string &what) {
  if (!text || !*text) refuse(what + " is missing");
  auto length = strnlen(text, max_text + 1);
  if (length > max_text || !valid_utf8({text, length})) refuse(what + " is too long or not UTF-8");
}

void check_range(int64_t value, int64_t low, int64_t high, const std::string &what) {
  if (value < low || value > high)
    refuse(what + " is " + std::to_string(value) + ", outside " + std::to_string(low) + " to " + std::to_string(high));
}

void check(const kalon_model_description &model, const std::string &name) {
  check_text(model.name, name + "'s name");
  check_text(model.summary, name + "'s summary");
  check_text(model.licence, name + "'s licence");
  if (!model.weights_hash || !Hash128::from_hex({model.weights_hash, strnlen(model.weights_hash, 33)}))
    refuse(name + "'s weights hash is not 32 hex digits");
  check_range(model.determinism, KALON_DETERMINISM_EXACT, KALON_DETERMINISM_TOLERANCE, name + "'s determinism class");
  check_range(model.input_width, 1, max_side, name + "'s input width");
  check_range(model.input_height, 1, max_side, name + "'s input height");
  check_range(model.crop, KALON_CROP_CENTRE, KALON_CROP_MORE_SCAN, name + "'s crop policy");
  check_range(model.filter, KALON_FILTER_BILINEAR, KALON_FILTER_BOX, name + "'s filter");
  check_range(model.preferred_batch, 1, max_batch, name + "'s preferred batch");
  check_range(model.output_count, 1, max_outputs, name + "'s number of outputs");
  if (model.input_sample != KALON_SAMPLE_U8 && model.input_sample != KALON_SAMPLE_F32)
    refuse(name + "'s input is of neither bytes nor floats");
  check_range(model.input_layout, KALON_LAYOUT_NHWC, KALON_LAYOUT_NCHW, name + "'s input layout");
  check_range(model.input_colour, KALON_COLOUR_RGB, KALON_COLOUR_RGB, name + "'s input colour");
  for (int channel = 0; channel < 3; ++channel)
    if (!std::isfinite(model.input_mean[channel]) || !std::isfinite(model.input_deviation[channel]) ||
        model.input_deviation[channel] <= 0)
      refuse(name + "'s input has no sensible mean and deviation");
  if (!std::isfinite(model.decode_cover) || model.decode_cover < 0 || model.decode_cover > 64)
    refuse(name + "'s decode cover is outside 0 to 64");
}

void check(const kalon_output_description &output, const std::string &name) {
  check_text(output.name, name + "'s name");
  check_range(output.kind, KALON_OUTPUT_EMBEDDING, KALON_OUTPUT_SCORE, name + "'s kind");
  check_range(output.dimension, 1, max_dimension, name + "'s dimension");
  if (output.kind == KALON_OUTPUT_EMBEDDING)
    check_range(output.metric, KALON_METRIC_COSINE, KALON_METRIC_EUCLIDEAN, name + "'s metric");
  check_range(output.direction, -1, 1, name + "'s direction");
  if (!std::isfinite(output.low) || !std::isfinite(output.high) || output.low > output.high)
    refuse(name + "'s range is not one");
  if (!std::isfinite(output.tolerance) || output.tolerance < 0) refuse(name + "'s tolerance is not one");
}

void check(const ModelInfo &model) {
  check_text(model.description.id, "a model's id");
  std::string name = "model " + std::string(model.description.id);
  check(model.description, name);
  for (size_t i = 0; i < model.outputs.size(); ++i)
    check(model.outputs[i], name + "'s output " + std::to_string(i + 1));
}

ModelInfo describe(const kalon_model_factory &factory, uint32_t index) {
  ModelInfo info;
  info.index = index;
  info.description.size = sizeof info.description;
  std::string name = "model " + std::to_string(index + 1);
  if (factory.describe(index, &info.description) != KALON_OK) refuse(name + " cannot describe itself");
  check_text(info.description.id, name + "'s id");
  check_range(info.description.output_count, 1, max_outputs, name + "'s number of outputs");
  for (uint32_t i = 0; i < info.description.output_count; ++i) {
    kalon_output_description output{};
    output.size = sizeof output;
    if (factory.describe_output(index, i, &output) != KALON_OK)
      refuse(name + "'s output " + std::to_string(i + 1) + " cannot describe itself");
    info.outputs.push_back(output);
  }
  check(info);
  return info;
}

}  // namespace

void check_models(const std::vector<ModelInfo> &models) {
  if (models.size() > max_models) refuse("claims to have " + std::to_string(models.size()) + " models");
  for (const auto &model : models) check(model);
}

void check_weights(const std::vector<ModelInfo> &models, const std::map<std::string, std::string> &weights) {
  for (const auto &[id, hash] : weights) {
    bool agrees = false;
    for (const auto &model : models) agrees |= id == model.description.id && hash == model.description.weights_hash;
    if (!agrees) refuse("its manifest and its library disagree about the weights of the model " + id);
  }
}

std::vector<ModelInfo> describe_models(const std::string &plugin, const kalon_model_factory &factory,
                                       const std::map<std::string, std::string> &weights) {
  if (!factory.count || !factory.describe || !factory.describe_output || !factory.create || !factory.run ||
      !factory.destroy)
    refuse("its model factory lacks functions");
  std::vector<ModelInfo> models;
  try {
    uint32_t count = factory.count();
    if (count > max_models) refuse("claims to have " + std::to_string(count) + " models");
    for (uint32_t index = 0; index < count; ++index) {
      models.push_back(describe(factory, index));
      models.back().plugin = plugin;
    }
  } catch (const Error &) {
    throw;
  } catch (...) {
    refuse("an exception came out of its model factory: " + outcome_of_current_exception().text);
  }
  check_weights(models, weights);
  return models;
}

}  // namespace kalon
