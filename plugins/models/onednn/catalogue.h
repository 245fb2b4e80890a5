#pragma once
// The models that are there: found once, described without reading any weights.

#include <functional>
#include <string>
#include <vector>

#include "manifest.h"

namespace onednn {

// Told of each folder that is not searched and each manifest that is left out.
using Report = std::function<void(const std::string &text)>;

// Where models are looked for, the first folder winning: KALON_MODEL_PATH (colon-separated, absolute ones only; others
// are reported), $XDG_DATA_HOME/kalon/models, and `models` beside the folder that this plugin lies in. [any]
std::vector<std::string> model_folders(const Report &report);

// The models of these folders by their manifests, *.json in order of their names; of models with one id the first is
// taken. Each output's dimension is known afterwards. What is broken or lacks its ONNX file is reported and left out,
// never thrown. [any]
std::vector<ModelManifest> find_models(const std::vector<std::string> &folders, const Report &report);

}  // namespace onednn
