#pragma once
// Plugins: found and judged by their manifests, loaded at first use, never unloaded.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kalon/plugin.h>

#include "base/bytes.h"
#include "base/error.h"

namespace kalon {

// A file format that a decoder plugin claims in its manifest.
struct FormatClaim {
  std::string name;                     // "jpeg"
  std::vector<std::string> extensions;  // lower case, without the dot
  struct Magic {
    size_t offset = 0;
    Bytes bytes;
  };
  std::vector<Magic> magics;  // any of them; empty: known by extension only
  // Files with these extensions may begin like another format (RAW files like TIFF): the extension goes first.
  bool extension_first = false;
};

// How many threads may be inside a plugin at once.
enum class Concurrency { parallel, serial_per_instance, serial_per_process };

enum class PluginState { available, loaded, rejected };

struct PluginInfo {
  std::string id, kind, version, licence, summary;  // kind: "decoder" or "model"
  std::string manifest;                             // path
  PluginState state = PluginState::available;
  std::string reason;  // why it was rejected
  std::vector<FormatClaim> formats;
  Concurrency concurrency = Concurrency::serial_per_process;
  std::vector<std::string> capabilities;  // free words: "scale"
};

struct ModelInfo {
  std::string plugin;  // id of its plugin
  uint32_t index = 0;  // within the plugin
  kalon_model_description description{};
  std::vector<kalon_output_description> outputs;
};

class Registry {
 public:
  // folders in the order in which they win: of plugins with the same id the first is taken, later ones are rejected as
  // shadowed. Folders that do not exist are skipped. Reads manifests only. [main]
  explicit Registry(const std::vector<std::string> &folders);
  ~Registry();
  Registry(const Registry &) = delete;
  Registry &operator=(const Registry &) = delete;

  std::vector<PluginInfo> plugins() const;  // by id [any]

  // Which decoder takes a file that begins with these bytes (the first 64 decide) and has this extension (lower case,
  // without the dot):
  //  1. a format that puts its extension first, by extension
  //  2. the format with the longest matching magic; among equals the one that knows the extension
  //  3. by extension, a format without magic
  // A plugin that failed to load is chosen only when no other takes the file: decoder() then tells why. [any]
  struct DecoderChoice {
    std::string plugin;  // id
    std::string format;
  };
  std::optional<DecoderChoice> choose_decoder(ByteView head, std::string_view extension) const;
  bool known_extension(std::string_view extension) const;  // lower case, without the dot [any]
  // Loads the plugin when needed; throws missing_feature with the reason when it cannot be. Of the factory's functions
  // only scale may be null. [any]
  const kalon_decoder_factory &decoder(const std::string &plugin);
  // To be held around every call into a plugin: waits for its turn when the plugin is serial_per_process, and holds
  // nothing otherwise. [any]
  std::unique_lock<std::mutex> turn(const std::string &plugin);

  // Loads all model plugins; those that fail are left out, with the reason in plugins(). By model id; of models with
  // the same id the first in the search order is taken. [any]
  std::vector<ModelInfo> models();
  // By model id; not_found lists what there is. [any]
  ModelInfo model(const std::string &id);
  // As decoder(); no function of the factory is null. [any]
  const kalon_model_factory &model_factory(const std::string &plugin);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The search order: extra folders (command line), KALON_PLUGIN_PATH (colon-separated, absolute ones only),
// $XDG_DATA_HOME/kalon/plugins, and the install folder: kalon/plugins beside the engine's library. [any]
std::vector<std::string> plugin_folders(const std::vector<std::string> &extra);

}  // namespace kalon
