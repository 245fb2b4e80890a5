#include "plugin/worker_messages.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "plugin/models.h"

namespace kalon {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::pair<const char *, int32_t>>;

const Names samples = {{"u8", KALON_SAMPLE_U8}, {"f32", KALON_SAMPLE_F32}};
const Names layouts = {{"nhwc", KALON_LAYOUT_NHWC}, {"nchw", KALON_LAYOUT_NCHW}};
const Names determinisms = {{"exact", KALON_DETERMINISM_EXACT}, {"tolerance", KALON_DETERMINISM_TOLERANCE}};
const Names crops = {{"centre", KALON_CROP_CENTRE},
                     {"squash", KALON_CROP_SQUASH},
                     {"pad", KALON_CROP_PAD},
                     {"more_scan", KALON_CROP_MORE_SCAN}};
const Names filters = {{"bilinear", KALON_FILTER_BILINEAR},
                       {"bicubic", KALON_FILTER_BICUBIC},
                       {"lanczos", KALON_FILTER_LANCZOS},
                       {"box", KALON_FILTER_BOX}};
const Names kinds = {{"embedding", KALON_OUTPUT_EMBEDDING},
                     {"logits", KALON_OUTPUT_LOGITS},
                     {"probability", KALON_OUTPUT_PROBABILITY},
                     {"score", KALON_OUTPUT_SCORE}};
const Names metrics = {{"cosine", KALON_METRIC_COSINE}, {"euclidean", KALON_METRIC_EUCLIDEAN}};

const char *name_of(const Names &names, int32_t value) {
  for (const auto &[name, known] : names)
    if (known == value) return name;
  return "";
}

// Descriptions point at their texts, which live as long as the process; a plugin has few.
const char *keep(const std::string &text) {
  static std::mutex mutex;
  static auto &kept = *new std::set<std::string>;
  std::lock_guard lock(mutex);
  return kept.insert(text).first->c_str();
}

// Members of an object that a worker sent.
class Members {
 public:
  explicit Members(const Json &json) : json_(json) {
    if (!json.is_object()) refuse("it describes itself in another form than that of the worker protocol");
  }
  const char *text(const char *name) const {
    auto found = json_.find(name);
    if (found == json_.end() || !found->is_string()) refuse(std::string("it says no \"") + name + '"');
    return keep(found->get<std::string>());
  }
  double number(const char *name) const {
    auto found = json_.find(name);
    if (found == json_.end() || !found->is_number()) refuse(std::string("its \"") + name + "\" is no number");
    return found->get<double>();
  }
  uint32_t count(const char *name) const {
    double value = number(name);
    if (!(value >= 0 && value <= UINT32_MAX)) refuse(std::string("its \"") + name + "\" is out of range");
    return static_cast<uint32_t>(value);
  }
  int32_t one_of(const char *name, const Names &names) const {
    std::string_view value = text(name);
    for (const auto &[known, number] : names)
      if (value == known) return number;
    refuse(std::string("its \"") + name + "\" is none that is known: " + display_text(value));
  }
  void three(const char *name, float (&out)[3]) const {
    auto found = json_.find(name);
    if (found == json_.end() || !found->is_array() || found->size() != 3)
      refuse(std::string("its \"") + name + "\" is not three numbers");
    for (size_t i = 0; i < 3; ++i) {
      if (!(*found)[i].is_number()) refuse(std::string("its \"") + name + "\" is not three numbers");
      out[i] = (*found)[i].get<float>();
    }
  }
  const Json &list(const char *name) const {
    auto found = json_.find(name);
    if (found == json_.end() || !found->is_array()) refuse(std::string("its \"") + name + "\" is no list");
    return *found;
  }

 private:
  [[noreturn]] static void refuse(const std::string &why) { throw Error(Status::missing_feature, why); }
  const Json &json_;
};

kalon_output_description output_from_json(const Json &json) {
  Members members(json);
  kalon_output_description output{};
  output.size = sizeof output;
  output.kind = members.one_of("kind", kinds);
  output.name = members.text("name");
  output.dimension = members.count("dimension");
  if (output.kind == KALON_OUTPUT_EMBEDDING) output.metric = members.one_of("metric", metrics);
  output.low = static_cast<float>(members.number("low"));
  output.high = static_cast<float>(members.number("high"));
  output.direction = static_cast<int32_t>(std::clamp(members.number("direction"), -2.0, 2.0));
  output.tolerance = static_cast<float>(members.number("tolerance"));
  return output;
}

ModelInfo model_from_json(const Json &json) {
  Members members(json);
  ModelInfo model;
  auto &about = model.description;
  about.size = sizeof about;
  about.id = members.text("id");
  about.name = members.text("name");
  about.summary = members.text("summary");
  about.licence = members.text("licence");
  about.weights_hash = members.text("weights_hash");
  about.determinism = members.one_of("determinism", determinisms);
  about.input_width = members.count("input_width");
  about.input_height = members.count("input_height");
  about.input_sample = members.one_of("input_sample", samples);
  about.input_layout = members.one_of("input_layout", layouts);
  about.input_colour = KALON_COLOUR_RGB;
  members.three("input_mean", about.input_mean);
  members.three("input_deviation", about.input_deviation);
  about.crop = members.one_of("crop", crops);
  about.filter = members.one_of("filter", filters);
  about.decode_cover = static_cast<float>(members.number("decode_cover"));
  about.preferred_batch = members.count("preferred_batch");
  for (const auto &output : members.list("outputs")) model.outputs.push_back(output_from_json(output));
  about.output_count = static_cast<uint32_t>(model.outputs.size());
  return model;
}

}  // namespace

std::string text_of(const Json &message, const char *name) {
  auto found = message.find(name);
  return found != message.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json to_json(const ModelInfo &model) {
  const auto &about = model.description;
  Json outputs = Json::array();
  for (const auto &output : model.outputs)
    outputs.push_back({{"name", output.name},
                       {"kind", name_of(kinds, output.kind)},
                       {"dimension", output.dimension},
                       {"metric", name_of(metrics, output.metric)},
                       {"low", output.low},
                       {"high", output.high},
                       {"direction", output.direction},
                       {"tolerance", output.tolerance}});
  return {{"id", about.id},
          {"name", about.name},
          {"summary", about.summary},
          {"licence", about.licence},
          {"weights_hash", about.weights_hash},
          {"determinism", name_of(determinisms, about.determinism)},
          {"input_width", about.input_width},
          {"input_height", about.input_height},
          {"input_sample", name_of(samples, about.input_sample)},
          {"input_layout", name_of(layouts, about.input_layout)},
          {"input_mean", about.input_mean},
          {"input_deviation", about.input_deviation},
          {"crop", name_of(crops, about.crop)},
          {"filter", name_of(filters, about.filter)},
          {"decode_cover", about.decode_cover},
          {"preferred_batch", about.preferred_batch},
          {"outputs", std::move(outputs)}};
}

std::vector<ModelInfo> models_from_json(const std::string &plugin, const Json &list) {
  if (!list.is_array()) throw Error(Status::missing_feature, "it does not say which models it has");
  std::vector<ModelInfo> models;
  for (const auto &json : list) {
    models.push_back(model_from_json(json));
    models.back().index = static_cast<uint32_t>(models.size() - 1);
    models.back().plugin = plugin;
  }
  check_models(models);
  return models;
}

Json to_json(const kalon_picture_info &info) {
  return {{"width", info.width},
          {"height", info.height},
          {"decoded_width", info.decoded_width},
          {"decoded_height", info.decoded_height},
          {"channels", info.channels},
          {"colour", info.colour},
          {"sample", info.sample},
          {"alpha", info.alpha},
          {"transfer", info.transfer},
          {"orientation", info.orientation},
          {"frames", info.frames},
          {"format", info.format}};
}

kalon_picture_info info_from_json(const Json &message) {
  auto found = message.find("info");
  if (found == message.end() || !found->is_object())
    throw Error(Status::internal, "its worker process does not describe the picture");
  auto number = [&](const char *name) -> uint32_t {
    auto member = found->find(name);
    return member != found->end() && member->is_number_integer() && *member >= 0 && *member <= UINT32_MAX
               ? member->get<uint32_t>()
               : 0;
  };
  kalon_picture_info info{};
  info.size = sizeof info;
  info.width = number("width");
  info.height = number("height");
  info.decoded_width = number("decoded_width");
  info.decoded_height = number("decoded_height");
  info.channels = number("channels");
  info.colour = static_cast<int32_t>(number("colour"));
  info.sample = static_cast<int32_t>(number("sample"));
  info.alpha = static_cast<int32_t>(number("alpha"));
  info.transfer = static_cast<int32_t>(number("transfer"));
  info.orientation = static_cast<int32_t>(number("orientation"));
  info.frames = number("frames");
  auto format = found->find("format");
  if (format != found->end() && format->is_string()) {
    // A word, as manifests have it.
    auto name = format->get<std::string>();
    for (size_t i = 0; i < std::min(name.size(), sizeof info.format - 1) && name[i] > ' ' && name[i] < 0x7f; ++i)
      info.format[i] = name[i];
  }
  return info;
}

}  // namespace kalon
