#include "plugin/registry.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "base/log.h"
#include "base/text.h"
#include "plugin/in_process.h"
#include "plugin/in_worker.h"
#include "plugin/known_plugin.h"
#include "plugin/manifest.h"

namespace kalon {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_manifests_per_folder = 1000;

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
  Isolation isolation;
  mutable std::shared_mutex mutex;
  std::vector<std::unique_ptr<KnownPlugin>> in_order;  // the search order
  std::map<std::string, KnownPlugin *> by_id;          // those that were not rejected by manifest

  // Those that are there now, in the search order. They live as long as the registry.
  std::vector<KnownPlugin *> all() const {
    std::shared_lock lock(mutex);
    std::vector<KnownPlugin *> present;
    for (const auto &plugin : in_order)
      if (!plugin->gone) present.push_back(plugin.get());
    return present;
  }
  KnownPlugin *find(const std::string &id) const {
    std::shared_lock lock(mutex);
    auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : found->second;
  }

  KnownPlugin &find(const std::string &id, std::string_view kind) const {
    if (KnownPlugin *found = find(id); found && found->manifest.info.kind == kind) return *found;
    for (KnownPlugin *plugin : all())
      if (plugin->manifest.info.id == id && plugin->rejected_by_manifest()) return *plugin;
    throw Error(Status::not_found, "there is no such " + std::string(kind) + " plugin", "plugin " + id);
  }

  std::optional<DecoderChoice> choose(ByteView head, std::string_view extension, bool failed) const;
};

Registry::Registry(const std::vector<std::string> &folders, Isolation isolation) : state_(std::make_unique<State>()) {
  std::set<std::string> seen;
  std::error_code none;
  auto trusted = fs::canonical(isolation.trusted_folder, none);
  state_->isolation = std::move(isolation);
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
      auto plugin = std::make_unique<KnownPlugin>(std::move(manifest));
      plugin->trusted = !none && canonical == trusted && !plugin->manifest.is_script;
      plugin->apart = !plugin->trusted || plugin->manifest.worker;
      if (plugin->apart && !plugin->rejected_by_manifest())
        plugin->pool = std::make_shared<WorkerPool>(program_of(plugin->manifest, state_->isolation), plugin->trusted,
                                                    Quarantine(state_->isolation.quarantine_folder));
      if (!plugin->rejected_by_manifest()) state_->by_id[plugin->manifest.info.id] = plugin.get();
      state_->in_order.push_back(std::move(plugin));
    }
  }
}

Registry::~Registry() = default;

std::vector<PluginInfo> Registry::plugins() const {
  std::vector<PluginInfo> result;
  for (KnownPlugin *plugin : state_->all()) {
    PluginInfo info = plugin->manifest.info;
    if (!plugin->rejected_by_manifest()) {
      std::lock_guard lock(plugin->mutex);
      info.worker = plugin->apart;
      info.parameters = plugin->parameters;
      auto quarantined = plugin->pool ? plugin->pool->quarantined() : std::string();
      if (!quarantined.empty()) {
        info.state = PluginState::quarantined;
        info.reason = quarantined;
      } else if (plugin->failed) {
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
    const KnownPlugin *plugin;
    const FormatClaim *format;
  };
  Candidate first{}, magic{}, plain{};
  std::pair<size_t, bool> best{0, false};
  std::shared_lock lock(mutex);
  for (const auto &plugin : in_order) {
    if (plugin->gone || plugin->rejected_by_manifest() || is_out_of_order(*plugin) != failed) continue;
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
  std::shared_lock lock(state_->mutex);
  for (const auto &[id, plugin] : state_->by_id)
    for (const auto &format : plugin->manifest.info.formats)
      if (has_extension(format, extension)) return true;
  return false;
}

void Registry::load(const std::string &plugin) {
  if (KnownPlugin *found = state_->find(plugin)) return void(need(*found));
  for (KnownPlugin *rejected : state_->all())
    if (rejected->manifest.info.id == plugin) need(*rejected);
  throw Error(Status::not_found, "there is no such plugin", "plugin " + plugin);
}

std::unique_ptr<Decoding> Registry::open(const std::string &id, const DecodingSource &source) {
  KnownPlugin &plugin = need(state_->find(id, "decoder"));
  if (!plugin.apart) return open_in_process(plugin.local, *plugin.decoder, source);
  const auto &capabilities = plugin.manifest.info.capabilities;
  bool scales = std::find(capabilities.begin(), capabilities.end(), "scale") != capabilities.end();
  return open_in_worker(plugin.pool, scales, source);
}

std::vector<ModelInfo> Registry::models() {
  std::map<std::string, ModelInfo> models;
  for (KnownPlugin *plugin : state_->all()) {
    if (plugin->rejected_by_manifest() || plugin->manifest.info.kind != "model") continue;
    try {
      for (const auto &model : models_of(*plugin)) {
        auto [found, is_new] = models.try_emplace(model.description.id, model);
        if (!is_new && found->second.plugin != model.plugin)
          log(LogLevel::warning, "the model " + found->first + " of the plugin " + model.plugin +
                                     " is shadowed by that of " + found->second.plugin);
      }
    } catch (const Error &error) {  // logged, and kept as the plugin's reason
      if (error.status() == Status::cancelled) throw;
    }
  }
  std::vector<ModelInfo> result;
  for (auto &[id, model] : models) result.push_back(std::move(model));
  return result;
}

ModelInfo Registry::model(const std::string &id) {
  auto all = models();
  for (auto &model : all)
    if (id == model.description.id) {
      KnownPlugin &plugin = state_->find(model.plugin, "model");
      return plugin.manifest.is_script ? current_model(plugin, model) : model;
    }
  std::string known, missing;
  for (const KnownPlugin *plugin : state_->all())
    if (plugin->manifest.info.kind == "model" && !plugin->rejected_by_manifest() && is_out_of_order(*plugin))
      missing += (missing.empty() ? "" : ", ") + plugin->manifest.info.id;
  if (!missing.empty())
    missing = ". Of plugins that cannot be used nothing is known (" + missing + "); `kalon plugins` says why";
  for (const auto &model : all) known += (known.empty() ? "" : ", ") + std::string(model.description.id);
  throw Error(Status::not_found,
              (known.empty() ? "there is no such model, nor any other: no model plugin could be loaded"
                             : "there is no such model; there are: " + known) +
                  missing,
              "model " + id);
}

ModelInfo Registry::model(const std::string &id, std::string_view parameters) {
  auto found = model(id);
  KnownPlugin &plugin = need(state_->find(found.plugin, "model"));
  std::lock_guard lock(plugin.mutex);
  found.parameters = parameter_values(plugin.parameters, parameters);
  return found;
}

std::unique_ptr<ModelStream> Registry::stream(const ModelInfo &model) {
  KnownPlugin &plugin = need(state_->find(model.plugin, "model"));
  if (plugin.apart) return stream_in_worker(plugin.pool, model);
  return stream_in_process(plugin.local, *plugin.model_factory, model);
}

void Registry::adopt(const std::string &path) {
  auto plugin = std::make_unique<KnownPlugin>(read_manifest(path));
  const auto &info = plugin->manifest.info;
  if (plugin->rejected_by_manifest()) throw Error(Status::missing_feature, info.reason, display_text(path));
  plugin->apart = true;
  plugin->pool = std::make_shared<WorkerPool>(program_of(plugin->manifest, state_->isolation), /*trusted=*/false,
                                              Quarantine(state_->isolation.quarantine_folder));
  drop(info.id);
  std::unique_lock lock(state_->mutex);
  state_->by_id[info.id] = plugin.get();
  state_->in_order.push_back(std::move(plugin));
}

void Registry::drop(const std::string &id) {
  std::unique_lock lock(state_->mutex);
  auto found = state_->by_id.find(id);
  if (found == state_->by_id.end()) return;
  found->second->gone = true;
  state_->by_id.erase(found);
}

const Isolation &Registry::isolation() const {
  return state_->isolation;
}

bool Registry::release(const std::string &id) {
  KnownPlugin *found = state_->find(id);
  if (!found) throw Error(Status::not_found, "there is no such plugin", "plugin " + id);
  KnownPlugin &plugin = *found;
  if (!plugin.pool) return false;
  std::lock_guard lock(plugin.mutex);
  bool was_there = !plugin.pool->quarantined().empty();
  bool was_noted = Quarantine(state_->isolation.quarantine_folder).release(id);
  plugin.pool->forgive();
  plugin.tried = plugin.failed = false;  // what failed may work now
  return was_there || was_noted;
}

}  // namespace kalon
