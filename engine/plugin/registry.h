#pragma once
// Plugins: found and judged by their manifests, loaded at first use, never unloaded.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kalon/plugin.h>

#include "base/bytes.h"
#include "base/error.h"
#include "plugin/decoding.h"
#include "plugin/model_stream.h"
#include "plugin/plugin_parameters.h"

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

enum class PluginState { available, loaded, rejected, quarantined };

struct PluginInfo {
  std::string id, kind, version, licence, summary;  // kind: "decoder" or "model"
  std::string manifest;                             // path
  PluginState state = PluginState::available;
  std::string reason;               // why it was rejected, or is in quarantine
  bool worker = false;              // runs in processes of its own
  std::string script, interpreter;  // of a model in Python: absolute paths
  std::vector<FormatClaim> formats;
  Concurrency concurrency = Concurrency::serial_per_process;
  std::vector<std::string> capabilities;    // free words: "scale"
  std::vector<PluginParameter> parameters;  // of its models
};

struct ModelInfo {
  std::string plugin;  // id of its plugin
  uint32_t index = 0;  // within the plugin
  kalon_model_description description{};
  std::vector<kalon_output_description> outputs;
  std::string parameters = {};  // values to create it with, as parameter_values() gives them; empty: the defaults
};

// Who runs in this process, and with what the others are run apart.
struct Isolation {
  std::string trusted_folder;     // plugins of it run in this process unless they ask for a worker; all others apart
  std::string worker_program;     // kalon-plugin-worker
  std::string python_worker;      // what runs models that are Python scripts
  std::string quarantine_folder;  // see Quarantine
  double deadline_seconds = 0;    // of each request to a worker; 0: as the manifest says
};

// As installed: everything lies in `kalon` beside the engine's library. KALON_WORKER_DEADLINE (seconds) overrides the
// deadlines of all plugins. [any]
Isolation installed_isolation();

class Registry {
 public:
  // folders in the order in which they win: of plugins with the same id the first is taken, later ones are rejected as
  // shadowed. Folders that do not exist are skipped. Reads manifests only. [main]
  explicit Registry(const std::vector<std::string> &folders, Isolation isolation = installed_isolation());
  ~Registry();
  Registry(const Registry &) = delete;
  Registry &operator=(const Registry &) = delete;

  std::vector<PluginInfo> plugins() const;  // by id [any]

  // Which decoder takes a file that begins with these bytes (the first 64 decide) and has this extension (lower case,
  // without the dot):
  //  1. a format that puts its extension first, by extension
  //  2. the format with the longest matching magic; among equals the one that knows the extension
  //  3. by extension, a format without magic
  // A plugin that failed to load, or is in quarantine, is chosen only when no other takes the file: open() then tells
  // why. [any]
  struct DecoderChoice {
    std::string plugin;  // id
    std::string format;
  };
  std::optional<DecoderChoice> choose_decoder(ByteView head, std::string_view extension) const;
  bool known_extension(std::string_view extension) const;  // lower case, without the dot [any]
  // Loads the plugin, here or in a worker, if that was not done before; not_found; missing_feature with the reason when
  // it cannot be. [any]
  void load(const std::string &plugin);
  // Opens a file with a decoder. Throws as load() does, and what the decoder says. [worker]
  std::unique_ptr<Decoding> open(const std::string &plugin, const DecodingSource &source);

  // Loads all model plugins; those that fail are left out, with the reason in plugins(). By model id; of models with
  // the same id the first in the search order is taken. [any]
  std::vector<ModelInfo> models();
  // By model id; not_found lists what there is. [any]
  ModelInfo model(const std::string &id);
  // The same, created with other values of its plugin's parameters: a JSON object, or empty. Throws invalid_argument.
  ModelInfo model(const std::string &id, std::string_view parameters);
  // A new stream of a model that models() told of. Throws as load() does, and what the model says. [worker]
  std::unique_ptr<ModelStream> stream(const ModelInfo &model);

  const Isolation &isolation() const;  // [any]
  // Takes in a plugin whose manifest was just written, from outside the trusted folder, in place of one of its id;
  // drops one. What uses the former goes on with it. Throws missing_feature when the manifest is rejected. [any]
  void adopt(const std::string &manifest);
  void drop(const std::string &plugin);
  // Ends a plugin's quarantine; whether it was in one. not_found. [any]
  bool release(const std::string &plugin);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The search order: extra folders (command line), KALON_PLUGIN_PATH (colon-separated, absolute ones only),
// $XDG_DATA_HOME/kalon/plugins, and the install folder: kalon/plugins beside the engine's library. [any]
std::vector<std::string> plugin_folders(const std::vector<std::string> &extra);

}  // namespace kalon
