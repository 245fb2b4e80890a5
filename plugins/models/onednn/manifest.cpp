#include "manifest.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "failure.h"

namespace onednn {
namespace {

using Json = nlohmann::json;

constexpr uintmax_t max_bytes = 1 << 20;
constexpr size_t max_outputs = 64, max_text = 4096;
constexpr double max_side = 8192, max_batch = 64, max_dimension = 1 << 20;

template <size_t Count>
using Words = std::array<std::pair<std::string_view, int32_t>, Count>;
constexpr Words<4> crops = {{{"centre", KALON_CROP_CENTRE},
                             {"squash", KALON_CROP_SQUASH},
                             {"pad", KALON_CROP_PAD},
                             {"more_scan", KALON_CROP_MORE_SCAN}}};
constexpr Words<4> filters = {{{"bilinear", KALON_FILTER_BILINEAR},
                               {"bicubic", KALON_FILTER_BICUBIC},
                               {"lanczos", KALON_FILTER_LANCZOS},
                               {"box", KALON_FILTER_BOX}}};
constexpr Words<4> kinds = {{{"embedding", KALON_OUTPUT_EMBEDDING},
                             {"logits", KALON_OUTPUT_LOGITS},
                             {"probability", KALON_OUTPUT_PROBABILITY},
                             {"score", KALON_OUTPUT_SCORE}}};
constexpr Words<2> metrics = {{{"cosine", KALON_METRIC_COSINE}, {"euclidean", KALON_METRIC_EUCLIDEAN}}};
constexpr Words<2> axes_orders = {{{"nchw", 0}, {"nhwc", 1}}};

[[noreturn]] void wrong(const std::string &what, const std::string &rule) {
  corrupt(what + " must be " + rule);
}

// One object of the manifest, with its name for messages.
class Fields {
 public:
  Fields(const Json &json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) wrong(where_, "an object");
  }

  bool has(const char *name) const { return json_.contains(name); }
  std::string label(const char *name) const { return '"' + std::string(name) + "\" of " + where_; }

  const Json &need(const char *name) const {
    auto found = json_.find(name);
    if (found == json_.end()) corrupt(where_ + " lacks \"" + name + '"');
    return *found;
  }

  std::string text(const char *name) const {
    const Json &value = need(name);
    if (!value.is_string()) wrong(label(name), "a text");
    auto text = value.get<std::string>();
    bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (text.empty() || text.size() > max_text || control)
      wrong(label(name), "one line of 1 to " + std::to_string(max_text) + " bytes");
    return text;
  }

  double number(const char *name, double low, double high) const { return checked(need(name), label(name), low, high); }
  double number(const char *name, double low, double high, double fallback) const {
    return has(name) ? number(name, low, high) : fallback;
  }

  uint32_t whole(const char *name, double low, double high) const {
    double value = number(name, low, high);
    if (value != std::floor(value)) wrong(label(name), "a whole number");
    return static_cast<uint32_t>(value);
  }

  template <size_t Count>
  int32_t word(const char *name, const Words<Count> &words) const {
    const Json &value = need(name);
    std::string list;
    for (const auto &[word, meaning] : words) {
      if (value.is_string() && value.get_ref<const std::string &>() == word) return meaning;
      list += (list.empty() ? "" : ", ") + std::string(word);
    }
    wrong(label(name), "one of " + list);
  }

  std::array<float, 3> triple(const char *name, double low, double high) const {
    const Json &value = need(name);
    std::array<float, 3> numbers{};
    if (!value.is_array() || value.size() != numbers.size()) wrong(label(name), "a list of three numbers");
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = static_cast<float>(checked(value[i], label(name), low, high));
    return numbers;
  }

 private:
  static double checked(const Json &value, const std::string &label, double low, double high) {
    if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
      std::string range = Json(low).dump() + " to " + Json(high).dump();
      wrong(label, "a number from " + range);
    }
    return value.get<double>();
  }

  const Json &json_;
  std::string where_;
};

bool is_hash(const std::string &text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_id(const std::string &text) {
  return text.size() <= 128 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == text.npos;
}

ModelOutput read_output(const Json &json, const std::string &where) {
  constexpr double huge = 1e30;
  Fields fields(json, where);
  ModelOutput output;
  output.tensor = fields.text("tensor");
  output.name = fields.text("name");
  output.kind = fields.word("kind", kinds);
  if (output.kind == KALON_OUTPUT_EMBEDDING) output.metric = fields.word("metric", metrics);
  if (fields.has("dimension")) output.dimension = fields.whole("dimension", 1, max_dimension);
  bool probability = output.kind == KALON_OUTPUT_PROBABILITY;
  output.low = static_cast<float>(fields.number("low", -huge, huge, 0));
  output.high = static_cast<float>(fields.number("high", -huge, huge, probability ? 1 : 0));
  if (output.low > output.high) wrong(fields.label("low"), "at most \"high\"");
  double direction = fields.number("direction", -1, 1, 0);
  if (direction != std::floor(direction)) wrong(fields.label("direction"), "-1, 0 or 1");
  output.direction = static_cast<int32_t>(direction);
  output.tolerance = static_cast<float>(fields.number("tolerance", 0, huge));
  return output;
}

Json parse_file(const std::string &path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw Failure(KALON_IO, "the manifest is not a regular file");
  if (std::filesystem::file_size(path, error) > max_bytes || error)
    throw Failure(KALON_LIMIT_EXCEEDED, "the manifest is larger than 1 MiB");
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw Failure(KALON_IO, "the manifest cannot be read");
  Json json = Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) corrupt("the manifest is not valid JSON");
  return json;
}

void read_input(const Fields &fields, ModelManifest &manifest) {
  NetworkInput &input = manifest.input;
  input.tensor = fields.text("tensor");
  input.width = fields.whole("width", 1, max_side);
  input.height = fields.whole("height", 1, max_side);
  input.axes = fields.word("layout", axes_orders) == 0 ? NetworkInput::Axes::nchw : NetworkInput::Axes::nhwc;
  manifest.mean = fields.triple("mean", -1e6, 1e6);
  manifest.deviation = fields.triple("std", 1e-6, 1e6);
  manifest.crop = fields.word("crop", crops);
  manifest.filter = fields.word("filter", filters);
  manifest.decode_cover = static_cast<float>(fields.number("decode_cover", 0, 64));
}

}  // namespace

ModelManifest read_manifest(const std::string &path) {
  const Json json = parse_file(path);
  Fields fields(json, "the manifest");
  ModelManifest manifest;
  manifest.path = path;
  if (fields.number("manifest", 0, 1e9) != 1)
    unsupported("the manifest is of a newer form than this plugin knows (\"manifest\" must be 1)");
  manifest.id = fields.text("id");
  if (!is_id(manifest.id)) wrong(fields.label("id"), "of a-z, 0-9, dots, - and _, at most 128 of them");
  manifest.name = fields.text("name");
  manifest.summary = fields.text("summary");
  manifest.licence = fields.text("licence");
  manifest.weights = fields.text("weights");
  if (!is_hash(manifest.weights)) wrong(fields.label("weights"), "32 hex digits in lower case");
  std::string file = fields.text("file");
  if (file.find('/') != file.npos) wrong(fields.label("file"), "a file name without slashes");
  manifest.onnx_path = (std::filesystem::path(path).parent_path() / file).native();
  read_input(Fields(fields.need("input"), "the input"), manifest);
  manifest.preferred_batch = fields.whole("preferred_batch", 1, max_batch);
  const Json &outputs = fields.need("outputs");
  if (!outputs.is_array() || outputs.empty() || outputs.size() > max_outputs)
    wrong(fields.label("outputs"), "a list of 1 to " + std::to_string(max_outputs) + " outputs");
  for (size_t i = 0; i < outputs.size(); ++i)
    manifest.outputs.push_back(read_output(outputs[i], "output " + std::to_string(i + 1)));
  return manifest;
}

}  // namespace onednn
