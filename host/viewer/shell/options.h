#pragma once
// The command line.

#include <optional>
#include <string>
#include <vector>

namespace kalon::viewer {

struct Options {
  std::vector<std::string> paths;  // absolute; none: the whole library
  std::string library;             // empty: the default one
  std::string script, state_file, screenshot_file;
  std::string settings_file;  // empty: nothing is kept
  std::string theme;          // instead of the setting; empty: as it is set
  std::string view;           // shown first; empty: the grid
  std::string plugin_path;
  int width = 0, height = 0;  // pixels; 0: as last time
  double scale = 0;           // instead of the screen's; 0: its own
  bool read_only = false, no_index = false, list_commands = false;
};

// Nothing when there is nothing to run (help, version, wrong usage); exit_code then says with which code to end.
std::optional<Options> parse_options(int argc, char **argv, int &exit_code);

}  // namespace kalon::viewer
