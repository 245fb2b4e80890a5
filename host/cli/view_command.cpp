// The command "view".

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "command_set.h"

namespace kalon::cli {

void add_view_command(CommandSet &set) {
  auto *sub =
      set.command("view", "Look at pictures, compare, rate and rank them in a window", Access::none, "", [&set] {
        auto &invocation = set.invocation();
        invocation.views = true;
        invocation.viewed = set.paths;
        return json::object();
      });
  set.add_paths(sub, "Folders and files to show; new ones are indexed in the background. Default: the whole library");
  sub->footer(
      "Keys: arrows go, 0 to 5 give stars, P X U flag, 6 to 9 label, G E C N are grid, loupe, compare two and four,\n"
      "R ranks, ? shows all keys, Ctrl+P finds any command. More options: kalon-viewer --help");
}

}  // namespace kalon::cli
