#include "plugin/script_models.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "plugin/in_worker.h"
#include "plugin/known_plugin.h"
#include "plugin/manifest.h"
#include "plugin/worker_messages.h"

namespace kalon {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr uint32_t tried_pictures = 3;
// What a batch may change beyond the model's own tolerance, as a share of its largest value: sums of thousands of
// single precision numbers in another order.
constexpr double rounding = 1e-3;

// The first python3 of the PATH, as a person's shell would take it; links are kept, by which environments work.
std::string python_of_the_path() {
  const char *path = ::getenv("PATH");
  std::string_view rest = path ? path : "/usr/bin";
  while (!rest.empty()) {
    auto colon = rest.find(':');
    auto folder = rest.substr(0, colon);
    auto program = std::string(folder) + "/python3";
    if (!folder.empty() && folder[0] == '/' && ::access(program.c_str(), X_OK) == 0) return program;
    rest.remove_prefix(colon == rest.npos ? rest.size() : colon + 1);
  }
  throw Error(Status::missing_feature, "there is no python3 on the PATH; name the Python that is to run the script");
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::string plugin_id(const std::string &model) {
  return "script." + model;
}

std::string manifest_path(const std::string &model) {
  return (user_data_folder() / "plugins" / (plugin_id(model) + ".json")).native();
}

std::vector<std::vector<float>> run(ModelStream &stream, const ModelInfo &model,
                                    const std::vector<std::vector<uint8_t>> &pictures) {
  auto count = static_cast<uint32_t>(pictures.size());
  uint8_t *input = stream.input(count, nullptr);
  for (uint32_t i = 0; i < count; ++i) write_input(model.description, input, i, pictures[i].data());
  std::vector<std::vector<float>> values;
  std::vector<float *> outputs;
  for (const auto &output : model.outputs)
    outputs.push_back(values.emplace_back(size_t{count} * output.dimension).data());
  std::vector<kalon_status> statuses(count);
  auto text = stream.run(count, outputs.data(), statuses.data(), nullptr);
  for (auto status : statuses)
    if (status != KALON_OK) throw Error(static_cast<Status>(status), "the script failed on a made-up picture: " + text);
  return values;
}

// The same picture alone and among others gives the same, or vectors of one picture would not even find themselves.
void try_out(ModelStream &stream, const ModelInfo &model) {
  Random random(1);
  size_t bytes = size_t{model.description.input_width} * model.description.input_height * 3;
  std::vector<std::vector<uint8_t>> pictures(tried_pictures, std::vector<uint8_t>(bytes));
  for (auto &picture : pictures)
    for (auto &byte : picture) byte = static_cast<uint8_t>(random.next());
  auto together = run(stream, model, pictures);
  for (uint32_t i = 0; i < tried_pictures; ++i) {
    auto alone = run(stream, model, {pictures[i]});
    for (size_t o = 0; o < alone.size(); ++o) {
      const auto &output = model.outputs[o];
      double most = 0, largest = 0;
      for (uint32_t d = 0; d < output.dimension; ++d) {
        double here = alone[o][d], there = together[o][size_t{i} * output.dimension + d];
        if (!std::isfinite(here) || !std::isfinite(there))
          throw Error(Status::missing_feature,
                      "its output " + std::string(output.name) + " holds values that are not finite (NaN or Inf)");
        most = std::max(most, std::abs(here - there));
        largest = std::max(largest, std::abs(here));
      }
      if (most > output.tolerance + rounding * largest)
        throw Error(Status::missing_feature, "its output " + std::string(output.name) + " for one picture differs by " +
                                                 std::to_string(most) +
                                                 " between alone and among others; a network must be in evaluation "
                                                 "mode, or the script's \"tolerance\" says that this may be");
    }
  }
}

// The script of a manifest; empty when it is none of a script.
std::string script_of(const std::string &manifest) {
  std::error_code error;
  if (!fs::exists(manifest, error)) return {};
  auto read = read_manifest(manifest);
  return read.is_script ? read.file : std::string();
}

// A script has one model: what it was called before is forgotten.
void forget_others(const std::string &script, const std::string &manifest, Registry &registry) {
  std::error_code error;
  for (fs::directory_iterator entry(fs::path(manifest).parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    auto path = entry->path().native();
    auto name = entry->path().stem().native();
    if (path == manifest || name.rfind(plugin_id(""), 0) != 0 || script_of(path) != script) continue;
    std::error_code ignored;
    fs::remove(path, ignored);
    registry.drop(name);
  }
}

}  // namespace

AddedModel add_script_model(Registry &registry, const std::string &script, const std::string &interpreter) {
  auto bytes = read_file(script, uint64_t{64} << 20);
  AddedModel added;
  added.interpreter = interpreter.empty() ? python_of_the_path() : interpreter;
  const auto &isolation = registry.isolation();
  Manifest trial;
  trial.info.id = "script";
  trial.info.kind = "model";
  trial.is_script = true;
  trial.file = script;
  trial.interpreter = added.interpreter;
  auto pool = std::make_shared<WorkerPool>(program_of(trial, isolation), /*trusted=*/true, Quarantine(""));
  auto told = models_in_worker(*pool, trial.info.id);
  if (told.models.size() != 1) throw Error(Status::missing_feature, "the script has not one model");
  added.model = told.models[0];
  std::string id = added.model.description.id;
  if (!is_word(id)) throw Error(Status::invalid_argument, "the model's id must be of a-z, 0-9, dots, - and _", id);
  added.plugin = plugin_id(id);
  for (const auto &known : registry.models())
    if (id == known.description.id && known.plugin != added.plugin)
      throw Error(Status::invalid_argument,
                  "there is a model of this name already, of the plugin " + known.plugin +
                      "; let describe() give another \"id\"",
                  id);
  try_out(*stream_in_worker(pool, added.model), added.model);

  const auto &about = added.model.description;
  Json manifest = {{"manifest", 1},
                   {"id", added.plugin},
                   {"kind", "model"},
                   {"script", file_uri(script)},
                   {"interpreter", file_uri(added.interpreter)},
                   {"version", std::string(about.weights_hash).substr(0, 8)},
                   {"licence", shorten_utf8(about.licence, 128)},
                   {"summary", shorten_utf8(about.summary, 1000)},
                   {"concurrency", "serial_per_instance"},
                   {"described", described_script(hash_of(bytes).hex(), told.models, told.parameters)}};
  added.manifest = manifest_path(id);
  auto text = manifest.dump(2) + "\n";
  if (auto judged = judge_manifest(added.manifest, bytes_of(text)); judged.info.state == PluginState::rejected)
    throw Error(Status::missing_feature, "what the script says of itself is none of a model: " + judged.info.reason);
  auto folder = fs::path(added.manifest).parent_path();
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw system_error(error.value(), "cannot be made", display_text(folder.native()));
  if (auto before = script_of(added.manifest); before != script) added.replaced = before;
  write_file_atomically(added.manifest, bytes_of(text));
  forget_others(script, added.manifest, registry);
  Quarantine(isolation.quarantine_folder).release(added.plugin);
  registry.adopt(added.manifest);
  return added;
}

std::string remove_script_model(Registry &registry, const std::string &model) {
  if (!is_word(model)) throw Error(Status::not_found, "there is no such script", "model " + display_text(model));
  auto path = manifest_path(model);
  std::error_code error;
  if (!fs::remove(path, error)) {
    if (error) throw system_error(error.value(), "cannot be removed", display_text(path));
    throw Error(Status::not_found, "is none that `kalon models add` made known", "model " + model);
  }
  registry.drop(plugin_id(model));
  return path;
}

}  // namespace kalon
