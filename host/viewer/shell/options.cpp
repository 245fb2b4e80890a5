#include "shell/options.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "library/catalogue.h"

namespace kalon::viewer {
namespace {

constexpr int usage_error = 2;

std::string default_settings() {
  namespace fs = std::filesystem;
  const char *configured = std::getenv("XDG_CONFIG_HOME");
  const char *home = std::getenv("HOME");
  if (configured && *configured == '/') return (fs::path(configured) / "kalon" / "viewer.json").native();
  if (home && *home == '/') return (fs::path(home) / ".config" / "kalon" / "viewer.json").native();
  return {};
}

}  // namespace

std::optional<Options> parse_options(int argc, char **argv, int &exit_code) {
  Options options;
  options.settings_file = default_settings();
  std::string size;
  CLI::App app{"See, choose, compare, sort and cull pictures with the keyboard.", "kalon-viewer"};
  app.option_defaults()->always_capture_default(false);
  app.add_option("folder", options.paths,
                 "Folders and files to show; new ones are indexed in the background. Default: the whole library");
  app.add_option("--library", options.library, "The library's folder")->type_name("DIR");
  app.add_flag("--read-only", options.read_only, "Look only: nothing is stored");
  app.add_flag("--no-index", options.no_index, "Do not index new pictures");
  app.add_option("--view", options.view,
                 "The view to begin with: grid, loupe, compare, rank, order, map, groups, scores")
      ->check(CLI::IsMember({"grid", "loupe", "compare", "rank", "order", "map", "groups", "scores"}));
  app.add_option("--theme", options.theme, "dark or light")->check(CLI::IsMember({"dark", "light"}));
  app.add_option("--size", size, "Size of the window in pixels")->type_name("WIDTHxHEIGHT");
  app.add_option("--scale", options.scale, "Scale of text and controls, instead of the screen's")
      ->check(CLI::Range(0.5, 4.0));
  app.add_option("--settings", options.settings_file, "Where settings are kept; an empty name keeps none")
      ->type_name("FILE");
  app.add_option("--plugin-path", options.plugin_path, "A folder of plugins, before all others")->type_name("DIR");
  app.add_option("--script", options.script, "Commands to run, one a line; `kalon-viewer --commands` lists them")
      ->type_name("FILE");
  app.add_option("--screenshot", options.screenshot_file, "Save a picture of the window once all is shown, and quit")
      ->type_name("FILE.png");
  app.add_option("--state-json", options.state_file, "Save what is shown as JSON once all is shown, and quit")
      ->type_name("FILE");
  bool list = false;
  app.add_flag("--commands", list, "List all commands with their keys, and quit");
  app.set_version_flag("--version", std::string("kalon-viewer ") + KALON_VERSION);
  app.footer(
      "Press ? for all keys and Ctrl+P for all commands. The library is that of `kalon`, and both may be used at "
      "once.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // Help and version come as such, too.
    exit_code = app.exit(error) == 0 ? 0 : usage_error;
    return std::nullopt;
  }
  if (!size.empty()) {
    char rest = 0;
    if (std::sscanf(size.c_str(), "%dx%d%c", &options.width, &options.height, &rest) != 2 || options.width < 200 ||
        options.height < 200 || options.width > 16384 || options.height > 16384) {
      std::fprintf(stderr, "kalon-viewer: --size: %s is no size like 1440x900\n", size.c_str());
      exit_code = usage_error;
      return std::nullopt;
    }
  }
  for (auto &path : options.paths) {
    if (path.empty()) {
      std::fprintf(stderr, "kalon-viewer: an empty name is no folder\n");
      exit_code = usage_error;
      return std::nullopt;
    }
    path = normal_path(path);
  }
  for (auto *path : {&options.library, &options.plugin_path, &options.script})
    if (!path->empty() && !path->starts_with("file://")) *path = normal_path(*path);
  options.list_commands = list;
  return options;
}

}  // namespace kalon::viewer
