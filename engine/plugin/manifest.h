#pragma once
// Manifests: what a plugin says of itself, judged before its library is touched.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "plugin/registry.h"

namespace kalon {

struct Manifest {
  PluginInfo info;                         // rejected with a reason when anything in the manifest is wrong
  std::string file;                        // absolute path of the shared library, or of the script
  bool is_script = false;                  // a Python script: it runs in a worker
  std::string interpreter;                 // of a script: absolute path
  std::string script_hash, script_models;  // of a script: the hash it had when it told of its models, and those (JSON)
  bool worker = false;                     // asks to be run apart
  double deadline_seconds = 60;            // of each request to a worker
  std::map<std::string, std::string> weights;  // model id -> weights hash, where the manifest states it
};

// Bytes at the beginning of a file that magics may look at.
inline constexpr size_t magic_window = 64;

// Never throws for what the file holds: bad manifests come back rejected, under the id they claim or, without one,
// under their file's name. path: absolute. [worker]
Manifest read_manifest(const std::string &path);

// One that is not yet written, as it would be read. [worker]
Manifest judge_manifest(const std::string &path, ByteView text);

// What a script said of its models and their parameters, and its hash then, as the member "described" of its manifest.
nlohmann::json described_script(const std::string &hash, const std::vector<ModelInfo> &models,
                                const std::vector<PluginParameter> &parameters);
// Writes that into the manifest. Best effort. [any]
void note_script_models(const std::string &manifest, const std::string &hash, const std::vector<ModelInfo> &models,
                        const std::vector<PluginParameter> &parameters);

}  // namespace kalon
