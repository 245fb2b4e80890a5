#pragma once
// What every check of a plugin is made of.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace kalon::check {

// The plugin that is looked at. Nothing of it is loaded but in a check's own process.
struct Subject {
  std::string library, manifest;  // paths
  std::string kind;               // "model", "decoder", as the manifest says
  std::string manifest_text;
  uint64_t seed = 1;                 // of all that is random
  std::vector<std::string> samples;  // pictures for a decoder
  std::string scratch;               // a folder for what the plugin keeps
};

// A check ends well, or throws one of these. The text says what was found, and what the contract wants.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool kept, const std::string &otherwise) {
  if (!kept) throw Fault(otherwise);
}

struct Check {
  const char *name;
  const char *promise;  // what a plugin promises
  void (*run)(const Subject &subject);
};

// One for each file of checks.
std::vector<Check> contract_checks();
std::vector<Check> model_checks();
std::vector<Check> decoder_checks();
std::vector<Check> host_checks();
std::vector<Check> model_host_checks();
std::vector<Check> decoder_host_checks();

}  // namespace kalon::check
