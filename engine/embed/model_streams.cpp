#include "embed/model_streams.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "image/crop.h"

namespace kalon {
namespace {

constexpr std::array<std::pair<const char *, CropPolicy>, 4> crop_names = {{{"centre", CropPolicy::centre},
                                                                            {"squash", CropPolicy::squash},
                                                                            {"pad", CropPolicy::pad},
                                                                            {"more_scan", CropPolicy::more_scan}}};
constexpr std::array<std::pair<const char *, Filter>, 4> filter_names = {
    {{"bilinear", Filter::bilinear}, {"bicubic", Filter::bicubic}, {"lanczos", Filter::lanczos}, {"box", Filter::box}}};

template <class Names, class Value>
const char *name_of(const Names &names, Value value) {
  for (const auto &[name, known] : names)
    if (known == value) return name;
  throw Error(Status::internal, "a model's description names an unknown policy");
}

CropPolicy crop_from_name(const std::string &name) {
  for (const auto &[known, policy] : crop_names)
    if (name == known) return policy;
  throw Error(Status::invalid_argument, "crop must be centre, squash, pad or more_scan", name);
}

uint32_t embedding_output(const ModelInfo &model) {
  for (uint32_t i = 0; i < model.outputs.size(); ++i)
    if (model.outputs[i].kind == KALON_OUTPUT_EMBEDDING) return i;
  throw Error(Status::unsupported, "gives no embedding, so pictures cannot be compared by it", model.description.id);
}

bool finite(const std::vector<float> &values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

std::string default_model(Registry &registry) {
  constexpr const char *trained = "efficientnet-lite0";
  auto models = registry.models();
  bool is_there = std::any_of(models.begin(), models.end(),
                              [](const ModelInfo &model) { return std::string_view(model.description.id) == trained; });
  return is_there ? trained : "descriptor";
}

ModelStreams::ModelStreams(Registry &registry, const std::string &model, const std::string &crop, int long_side,
                           const std::string &parameters)
    : registry_(registry), info_(registry.model(model.empty() ? default_model(registry) : model, parameters)) {
  const auto &description = info_.description;
  output_ = embedding_output(info_);
  crop_ = crop.empty() ? static_cast<CropPolicy>(description.crop) : crop_from_name(crop);
  filter_ = static_cast<Filter>(description.filter);
  need_ = {description.decode_cover, static_cast<int>(description.input_width),
           static_cast<int>(description.input_height), long_side};
  const auto &output = info_.outputs[output_];
  space_.model = description.id;
  space_.weights_hash = description.weights_hash;
  space_.output = output.name;
  space_.policy = describe(need_) + ";crop=" + name_of(crop_names, crop_) +
                  ";filter=" + name_of(filter_names, filter_) + ";size=" + std::to_string(description.input_width) +
                  "x" + std::to_string(description.input_height);
  if (!info_.parameters.empty()) space_.policy += ";parameters=" + info_.parameters;
  space_.precision = "f32";
  space_.dimension = output.dimension;
  space_.metric = output.metric;
}

std::vector<RgbImage> ModelStreams::inputs(const RgbImage &picture) const {
  return model_inputs(picture, crop_, filter_, need_.input_width, need_.input_height);
}

std::unique_ptr<ModelStream> ModelStreams::take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto stream = std::move(idle_.back());
      idle_.pop_back();
      return stream;
    }
  }
  return registry_.stream(info_);
}

void ModelStreams::give_back(std::unique_ptr<ModelStream> stream) {
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(stream));
}

std::vector<ModelStreams::Embedded> ModelStreams::run(const std::vector<std::vector<RgbImage>> &pictures,
                                                      const Task *task) {
  size_t rgb_bytes = static_cast<size_t>(need_.input_width) * static_cast<size_t>(need_.input_height) * 3;
  uint32_t count = 0;
  for (const auto &crops : pictures) count += static_cast<uint32_t>(crops.size());
  std::vector<Embedded> results(pictures.size());
  if (count == 0) return results;

  auto stream = take();
  // Made where the model reads it, which may be memory shared with another process.
  const auto *cancelled = task ? &task->cancel_flag() : nullptr;
  uint8_t *input = stream->input(count, cancelled);
  uint32_t place = 0;
  for (const auto &crops : pictures)
    for (const auto &crop : crops) {
      if (crop.data.size() != rgb_bytes)
        throw Error(Status::internal, "a model input has the wrong size", space_.model);
      write_input(info_.description, input, place++, crop.data.data());
    }
  std::vector<float> values(count * dimension());
  std::vector<float *> outputs(info_.outputs.size(), nullptr);
  outputs[output_] = values.data();
  std::vector<kalon_status> statuses(count, KALON_OK);
  auto reason = stream->run(count, outputs.data(), statuses.data(), cancelled);
  give_back(std::move(stream));

  size_t row = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    auto &result = results[i];
    result.vector.assign(dimension(), 0.0f);
    for (size_t crop = 0; crop < pictures[i].size(); ++crop, ++row) {
      if (statuses[row] != KALON_OK)
        result.outcome = {static_cast<Status>(statuses[row]), "the model failed: " + reason};
      const float *from = values.data() + row * dimension();
      for (uint32_t d = 0; d < dimension(); ++d) result.vector[d] += from[d] / static_cast<float>(pictures[i].size());
    }
    if (!result.outcome.ok()) continue;
    if (!finite(result.vector)) {
      result.outcome = {Status::internal, "the model gave values that are not finite (NaN or Inf)"};
      continue;
    }
    if (space_.metric == KALON_METRIC_COSINE) {
      double norm = 0;
      for (float value : result.vector) norm += double{value} * value;
      if (norm > 0)
        for (float &value : result.vector) value = static_cast<float>(value / std::sqrt(norm));
    }
  }
  return results;
}

}  // namespace kalon
