#pragma once
// Models that are a user's own Python scripts: tried, and made known by a manifest in the user's folder of plugins.

#include <string>

#include "plugin/registry.h"

namespace kalon {

struct AddedModel {
  ModelInfo model;
  std::string plugin, manifest, interpreter;
  std::string replaced;  // another script that had the model before; empty: none
};

// Lets the script describe its model, runs it on made-up pictures, alone and together, and writes the manifest; one of
// the same model and script is replaced. script: absolute. interpreter: a program; empty: python3 on the PATH. Throws
// what the script says; missing_feature when its vectors are not to be relied on; invalid_argument when another plugin
// has a model of its name. The registry learns of it. [worker]
AddedModel add_script_model(Registry &registry, const std::string &script, const std::string &interpreter);

// Forgets it; vectors stay. Its manifest's path. not_found when there is no such script. [any]
std::string remove_script_model(Registry &registry, const std::string &model);

}  // namespace kalon
