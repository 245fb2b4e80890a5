#pragma once
// What commands are built with: the parser, the words that many of them share, and the invocation that comes out.

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "invocation.h"

namespace CLI {
class App;
}

namespace kalon::cli {

using nlohmann::json;

constexpr uint64_t any_number = std::numeric_limits<int64_t>::max();

class CommandSet {
 public:
  CommandSet(CLI::App &app, Invocation &invocation) : app_(app), invocation_(invocation) {}

  CLI::App &app() { return app_; }
  Invocation &invocation() { return invocation_; }

  // A command of the program, or below another command. When it is given, the invocation gets the access and the
  // method, and then what parameters() returns; parameters() may change the invocation's other members.
  CLI::App *command(const char *name, const char *help, Access access, const char *method,
                    std::function<json()> parameters);
  CLI::App *command(CLI::App &parent, const char *name, const char *help, Access access, const char *method,
                    std::function<json()> parameters);

  // ---- words that many commands take; one command is given at a time, so that they are kept once
  std::vector<std::string> paths;
  std::string where, to, model, crop;

  void add_paths(CLI::App *sub, const char *help);
  void add_where(CLI::App *sub);  // call it after the command's own footer is set
  void add_model(CLI::App *sub);
  json narrowed() const;  // `paths` and `where`
  void put_model(json &parameters) const;

 private:
  CLI::App &app_;
  Invocation &invocation_;
};

// An absolute file:// URI of what a person typed; a usage error when it is empty.
std::string uri(const std::string &path);
json uris(const std::vector<std::string> &paths);
std::string dumped(const json &parameters);

// One for each file of commands.
void add_library_commands(CommandSet &commands);
void add_sort_command(CommandSet &commands);
void add_grid_command(CommandSet &commands);
void add_duplicate_commands(CommandSet &commands);
void add_send_commands(CommandSet &commands);
void add_outlier_commands(CommandSet &commands);
void add_group_commands(CommandSet &commands);
void add_import_commands(CommandSet &commands);
void add_rank_commands(CommandSet &commands);
void add_report_command(CommandSet &commands);
void add_export_commands(CommandSet &commands);
void add_decision_commands(CommandSet &commands);
void add_care_commands(CommandSet &commands);
void add_plugin_commands(CommandSet &commands);
void add_serve_command(CommandSet &commands);
void add_view_command(CommandSet &commands);

}  // namespace kalon::cli
