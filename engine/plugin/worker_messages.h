#pragma once
// What the worker protocol says in JSON, and what the engine knows it as.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "plugin/registry.h"

namespace kalon {

// A member that is a text; empty when it is not there, or something else.
std::string text_of(const nlohmann::json &message, const char *name);

nlohmann::json to_json(const ModelInfo &model);
// Checked as what a library says of itself is. Throws missing_feature. Texts live as long as the process.
std::vector<ModelInfo> models_from_json(const std::string &plugin, const nlohmann::json &list);

nlohmann::json to_json(const kalon_picture_info &info);
kalon_picture_info info_from_json(const nlohmann::json &message);  // throws internal

}  // namespace kalon
