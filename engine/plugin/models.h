#pragma once
// What model plugins say of their models, checked before anyone relies on it.

#include <map>
#include <string>
#include <vector>

#include "plugin/registry.h"

namespace kalon {

// Every model of a factory with its outputs. Throws missing_feature when a description breaks the contract or a hash
// differs from the manifest's. [any]
std::vector<ModelInfo> describe_models(const std::string &plugin, const kalon_model_factory &factory,
                                       const std::map<std::string, std::string> &weights);

// The same checks, for what was told in another way. Throw missing_feature. [any]
void check_models(const std::vector<ModelInfo> &models);
void check_weights(const std::vector<ModelInfo> &models, const std::map<std::string, std::string> &weights);

}  // namespace kalon
