#pragma once
// Plugins that failed too often, remembered between runs: one file for each in the user's data folder.

#include <optional>
#include <string>

namespace kalon {

class Quarantine {
 public:
  // folder: need not exist; empty: nothing is remembered beyond this process.
  explicit Quarantine(std::string folder) : folder_(std::move(folder)) {}

  // Why the plugin is in quarantine; nothing when it is not. file: its library or script: one that is not as it was
  // then has another chance. [any]
  std::optional<std::string> reason(const std::string &plugin, const std::string &file) const;
  // Whether it is noted: a folder that cannot be written costs no more than the memory of it. [any]
  bool put(const std::string &plugin, const std::string &file, const std::string &reason) const;
  // Whether it was there. Throws io. [any]
  bool release(const std::string &plugin) const;

 private:
  std::string path(const std::string &plugin) const;

  std::string folder_;
};

}  // namespace kalon
