// What image generators write about how a picture came to be.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "metadata/readers.h"

namespace kalon {
namespace {

using Json = nlohmann::json;

constexpr size_t max_json_bytes = size_t{2} << 20;
constexpr int max_json_depth = 32;

// A discarded value when the text is no JSON; deeper levels than any program writes are left out.
Json parse_json(std::string_view text) {
  if (text.size() > max_json_bytes) return Json(Json::value_t::discarded);
  auto shallow = [](int depth, Json::parse_event_t, Json &) { return depth <= max_json_depth; };
  return Json::parse(text.begin(), text.end(), shallow, false);
}

const Json *member(const Json *object, const char *name) {
  if (!object || !object->is_object()) return nullptr;
  auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

std::string text_in(const Json *value) {
  if (!value) return {};
  if (value->is_string()) return value->get_ref<const std::string &>();
  if (value->is_number_integer()) return value->dump();
  return {};
}

// One value of "Steps: 20, Model: "a, b", ...", which is quoted as JSON when it holds a comma.
std::string parameter(std::string_view line, std::string_view name) {
  std::string key = std::string(name) + ": ";
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && quoted) {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    }
    bool starts = !quoted && (i == 0 || (i >= 2 && line[i - 1] == ' ' && line[i - 2] == ','));
    if (!starts || !line.substr(i).starts_with(key)) continue;
    auto value = line.substr(i + key.size());
    if (!value.starts_with('"')) return std::string(value.substr(0, value.find(',')));
    size_t end = 1;
    while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
    auto text = parse_json(value.substr(0, std::min(end + 1, value.size())));
    return text.is_string() ? text.get<std::string>() : std::string(value);
  }
  return {};
}

// ComfyUI's graph: {"<id>": {"class_type": ..., "inputs": {name: value or ["<id>", output]}}}
class Graph {
 public:
  explicit Graph(const Json &nodes) : nodes_(nodes) {}

  // The nodes in the order of their numbers: the order in which they were made.
  std::vector<const Json *> nodes_of_class(std::initializer_list<std::string_view> classes) const {
    std::vector<std::pair<std::pair<size_t, std::string>, const Json *>> found;
    for (auto it = nodes_.begin(); it != nodes_.end(); ++it) {
      auto class_name = text_in(member(&*it, "class_type"));
      if (std::any_of(classes.begin(), classes.end(), [&](auto name) { return class_name.starts_with(name); }))
        found.push_back({{it.key().size(), it.key()}, &*it});
    }
    std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<const Json *> nodes;
    for (auto &entry : found) nodes.push_back(entry.second);
    return nodes;
  }

  // The text that reaches an input, following links a few nodes up.
  std::string text_at(const Json *node, std::initializer_list<const char *> inputs, int steps = 8) const {
    auto *values = member(node, "inputs");
    for (auto *name : inputs) {
      auto *value = member(values, name);
      if (auto text = text_in(value); !text.empty()) return text;
      if (!value || !value->is_array() || value->empty() || !(*value)[0].is_string() || steps == 0) continue;
      auto *source = member(&nodes_, (*value)[0].get_ref<const std::string &>().c_str());
      auto text = text_at(source, {"text", "text_g", "string", "value", "conditioning", name}, steps - 1);
      if (!text.empty()) return text;
    }
    return {};
  }

  std::string input(const Json *node, const char *name) const { return text_in(member(member(node, "inputs"), name)); }

 private:
  const Json &nodes_;
};

}  // namespace

bool read_generation_parameters(std::string_view text, Findings &findings) {
  static constexpr std::string_view steps = "Steps: ", negative = "Negative prompt:";
  auto start = text.rfind("\nSteps: ");
  size_t line = start != std::string_view::npos ? start + 1 : 0;
  if (start == std::string_view::npos && !text.starts_with(steps)) return false;
  auto settings = text.substr(line);
  settings = settings.substr(0, settings.find('\n'));
  if (settings.find(", ") == std::string_view::npos) return false;

  auto words = text.substr(0, line);
  auto split = words.starts_with(negative) ? 0 : words.find("\nNegative prompt:");
  if (split != std::string_view::npos) {
    auto begin = split + (split == 0 && words.starts_with(negative) ? 0 : 1) + negative.size();
    findings.set("negative_prompt", words.substr(begin));
    words = words.substr(0, split);
  }
  findings.set("prompt", words);
  findings.set("seed", parameter(settings, "Seed"));
  findings.set("generator", parameter(settings, "Model"));
  findings.set("generator", parameter(settings, "Version"));
  return true;
}

bool read_comfyui_graph(std::string_view json, Findings &findings) {
  auto nodes = parse_json(json);
  if (!nodes.is_object()) return false;
  Graph graph(nodes);
  auto encoders = graph.nodes_of_class({"CLIPTextEncode"});
  auto samplers = graph.nodes_of_class({"KSampler", "SamplerCustom"});
  if (encoders.empty() && samplers.empty()) return false;
  for (auto *sampler : samplers) {
    findings.set("prompt", graph.text_at(sampler, {"positive"}));
    findings.set("negative_prompt", graph.text_at(sampler, {"negative"}));
    findings.set("seed", graph.text_at(sampler, {"seed", "noise_seed"}));
  }
  for (auto *encoder : encoders) findings.set("prompt", graph.text_at(encoder, {"text", "text_g"}));
  for (auto *noise : graph.nodes_of_class({"RandomNoise"})) findings.set("seed", graph.input(noise, "noise_seed"));
  for (auto *loader : graph.nodes_of_class({"CheckpointLoader", "UNETLoader"}))
    for (auto *name : {"ckpt_name", "unet_name"}) findings.set("generator", graph.input(loader, name));
  return true;
}

bool read_generation_object(std::string_view json, Findings &findings) {
  auto object = parse_json(json);
  if (!object.is_object()) return false;
  auto set = [&](const char *field, std::initializer_list<const char *> names) {
    for (auto *name : names) findings.set(field, text_in(member(&object, name)));
  };
  set("prompt", {"prompt", "positive_prompt"});
  set("negative_prompt", {"negative_prompt", "uc"});
  set("seed", {"seed"});
  for (auto *name : {"model_name", "name", "key"})
    findings.set("generator", text_in(member(member(&object, "model"), name)));
  return true;
}

}  // namespace kalon
