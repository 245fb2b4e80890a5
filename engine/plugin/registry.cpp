#include "plugin/registry.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "plugin/loader.h"
#include "plugin/manifest.h"
#include "plugin/models.h"

namespace kalon {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_manifests_per_folder = 1000;

// A plugin of the registry. What the manifest said is fixed; the rest is written once, under the mutex.
struct Plugin {
  explicit Plugin(Manifest read) : manifest(std::move(read)) {}
  const Manifest manifest;

  std::mutex mutex;
  bool tried = false;
  LoadedPlugin *loaded = nullptr;
  const kalon_decoder_factory *decoder = nullptr;
  const kalon_model_factory *model_factory = nullptr;
  std::vector<ModelInfo> models;
  std::string failure;
  std::atomic<bool> failed{false};

  bool rejected_by_manifest() const { return manifest.info.state == PluginState::rejected; }
};

// The manifests of a folder by name, so that the order of the file system decides nothing.
std::vector<std::string> manifests_in(const std::string &folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".json") paths.push_back(entry->path().native());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    log(LogLevel::warning, "plugin folder " + display_text(folder) + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  if (paths.size() > max_manifests_per_folder) {
    log(LogLevel::warning, "plugin folder " + display_text(folder) + ": only the first " +
                               std::to_string(max_manifests_per_folder) + " manifests are read");
    paths.resize(max_manifests_per_folder);
  }
  return paths;
}

void log_rejection(const PluginInfo &info, const std::string &reason) {
  log(LogLevel::warning, "plugin " + info.id + " was rejected: " + reason + " (" + display_text(info.manifest) + ")");
}

// Loads whatever the kind needs; throws missing_feature.
void load(Plugin &plugin) {
  const PluginInfo &info = plugin.manifest.info;
  LoadedPlugin &loaded = load_plugin(info.id, plugin.manifest.library);
  if (info.kind == "decoder") {
    auto *factory = static_cast<const kalon_decoder_factory *>(plugin_factory(loaded, KALON_DECODER_FACTORY));
    if (!factory->open || !factory->info || !factory->metadata || !factory->read || !factory->close)
      throw Error(Status::missing_feature, "its decoder factory lacks functions");
    plugin.decoder = factory;
  } else {
    auto *factory = static_cast<const kalon_model_factory *>(plugin_factory(loaded, KALON_MODEL_FACTORY));
    plugin.models = describe_models(info.id, *factory, plugin.manifest.weights);
    plugin.model_factory = factory;
  }
  plugin.loaded = &loaded;
}

// The plugin, loaded; throws missing_feature, every time with the reason of the first.
Plugin &need(Plugin &plugin) {
  const PluginInfo &info = plugin.manifest.info;
  if (plugin.rejected_by_manifest())
    throw Error(Status::missing_feature, "cannot be used: " + info.reason, "plugin " + info.id);
  std::lock_guard lock(plugin.mutex);
  if (!plugin.tried) {
    plugin.tried = true;
    try {
      load(plugin);
    } catch (const std::exception &) {
      auto outcome = outcome_of_current_exception();
      plugin.failure = outcome.text;
      plugin.failed = true;
      log_rejection(info, plugin.failure);
    }
  }
  if (plugin.failed) throw Error(Status::missing_feature, "cannot be used: " + plugin.failure, "plugin " + info.id);
  return plugin;
}

bool matches(const FormatClaim::Magic &magic, ByteView head) {
  return magic.offset + magic.bytes.size() <= head.size() &&
         std::equal(magic.bytes.begin(), magic.bytes.end(), head.begin() + static_cast<ptrdiff_t>(magic.offset));
}

// Bytes of the longest magic that matches; 0 when none does.
size_t magic_length(const FormatClaim &format, ByteView head) {
  size_t longest = 0;
  for (const auto &magic : format.magics)
    if (matches(magic, head)) longest = std::max(longest, magic.bytes.size());
  return longest;
}

bool has_extension(const FormatClaim &format, std::string_view extension) {
  return std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end();
}

}  // namespace

struct Registry::State {
  std::vector<std::unique_ptr<Plugin>> in_order;  // the search order
  std::map<std::string, Plugin *> by_id;          // those that were not rejected by manifest

  Plugin &find(const std::string &id, std::string_view kind) {
    auto found = by_id.find(id);
    if (found != by_id.end() && found->second->manifest.info.kind == kind) return *found->second;
    for (const auto &plugin : in_order)
      if (plugin->manifest.info.id == id && plugin->rejected_by_manifest()) return *plugin;
    throw Error(Status::not_found, "there is no such " + std::string(kind) + " plugin", "plugin " + id);
  }

  std::optional<DecoderChoice> choose(ByteView head, std::string_view extension, bool failed) const;
};

Registry::Registry(const std::vector<std::string> &folders) : state_(std::make_unique<State>()) {
  std::set<std::string> seen;
  for (const auto &folder : folders) {
    std::error_code error;
    auto canonical = fs::canonical(folder, error);
    if (error || !seen.insert(canonical.native()).second) continue;
    for (const auto &path : manifests_in(canonical.native())) {
      Manifest manifest = read_manifest(path);
      PluginInfo &info = manifest.info;
      if (info.state != PluginState::rejected) {
        auto winner = state_->by_id.find(info.id);
        if (winner != state_->by_id.end()) {
          info.state = PluginState::rejected;
          info.reason = "is shadowed by " + display_text(winner->second->manifest.info.manifest);
        }
      }
      if (info.state == PluginState::rejected) log_rejection(info, info.reason);
      auto plugin = std::make_unique<Plugin>(std::move(manifest));
      if (!plugin->rejected_by_manifest()) state_->by_id[plugin->manifest.info.id] = plugin.get();
      state_->in_order.push_back(std::move(plugin));
    }
  }
}

Registry::~Registry() = default;

std::vector<PluginInfo> Registry::plugins() const {
  std::vector<PluginInfo> result;
  for (const auto &plugin : state_->in_order) {
    PluginInfo info = plugin->manifest.info;
    if (!plugin->rejected_by_manifest()) {
      std::lock_guard lock(plugin->mutex);
      if (plugin->failed) {
        info.state = PluginState::rejected;
        info.reason = plugin->failure;
      } else if (plugin->tried) {
        info.state = PluginState::loaded;
      }
    }
    result.push_back(std::move(info));
  }
  std::stable_sort(result.begin(), result.end(), [](const auto &a, const auto &b) { return a.id < b.id; });
  return result;
}

std::optional<Registry::DecoderChoice> Registry::State::choose(ByteView head, std::string_view extension,
                                                               bool failed) const {
  struct Candidate {
    const Plugin *plugin;
    const FormatClaim *format;
  };
  Candidate first{}, magic{}, plain{};
  std::pair<size_t, bool> best{0, false};
  for (const auto &plugin : in_order) {
    if (plugin->rejected_by_manifest() || plugin->failed != failed) continue;
    for (const auto &format : plugin->manifest.info.formats) {
      Candidate here{plugin.get(), &format};
      bool known = has_extension(format, extension);
      size_t length = magic_length(format, head);
      if (known && format.extension_first && !first.plugin) first = here;
      if (length > 0 && std::pair{length, known} > best) {
        best = {length, known};
        magic = here;
      }
      if (known && format.magics.empty() && !plain.plugin) plain = here;
    }
  }
  for (const Candidate &candidate : {first, magic, plain})
    if (candidate.plugin) return DecoderChoice{candidate.plugin->manifest.info.id, candidate.format->name};
  return std::nullopt;
}

std::optional<Registry::DecoderChoice> Registry::choose_decoder(ByteView head, std::string_view extension) const {
  head = head.first(std::min(head.size(), magic_window));
  if (auto choice = state_->choose(head, extension, /*failed=*/false)) return choice;
  return state_->choose(head, extension, /*failed=*/true);
}

bool Registry::known_extension(std::string_view extension) const {
  for (const auto &[id, plugin] : state_->by_id)
    for (const auto &format : plugin->manifest.info.formats)
      if (has_extension(format, extension)) return true;
  return false;
}

const kalon_decoder_factory &Registry::decoder(const std::string &plugin) {
  return *need(state_->find(plugin, "decoder")).decoder;
}

std::unique_lock<std::mutex> Registry::turn(const std::string &plugin) {
  auto found = state_->by_id.find(plugin);
  if (found == state_->by_id.end()) throw Error(Status::not_found, "there is no such plugin", "plugin " + plugin);
  Plugin &needed = need(*found->second);
  if (needed.manifest.info.concurrency != Concurrency::serial_per_process) return {};
  return std::unique_lock<std::mutex>(needed.loaded->turn);
}

std::vector<ModelInfo> Registry::models() {
  std::map<std::string, ModelInfo> models;
  for (const auto &plugin : state_->in_order) {
    if (plugin->rejected_by_manifest() || plugin->manifest.info.kind != "model") continue;
    try {
      for (const auto &model : need(*plugin).models) {
        auto [found, is_new] = models.try_emplace(model.description.id, model);
        if (!is_new && found->second.plugin != model.plugin)
          log(LogLevel::warning, "the model " + found->first + " of the plugin " + model.plugin +
                                     " is shadowed by that of " + found->second.plugin);
      }
    } catch (const Error &) {  // logged, and kept as the plugin's reason
    }
  }
  std::vector<ModelInfo> result;
  for (auto &[id, model] : models) result.push_back(std::move(model));
  return result;
}

ModelInfo Registry::model(const std::string &id) {
  auto all = models();
  for (auto &model : all)
    if (id == model.description.id) return model;
  std::string known;
  for (const auto &model : all) known += (known.empty() ? "" : ", ") + std::string(model.description.id);
  throw Error(Status::not_found,
              known.empty() ? "there is no such model, nor any other: no model plugin could be loaded"
                            : "there is no such model; there are: " + known,
              "model " + id);
}

const kalon_model_factory &Registry::model_factory(const std::string &plugin) {
  return *need(state_->find(plugin, "model")).model_factory;
}

}  // namespace kalon
