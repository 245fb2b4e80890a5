#include "commands.h"

#include <CLI/CLI.hpp>
#include <kalon/kalon.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <vector>

#include "command_set.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

// What goes with every command.
struct Common {
  std::string library, plugins;
  int threads = 0;
  bool verbose = false;
};

void add_common(CLI::App &app, Common &common, Invocation &invocation) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "kalon " KALON_VERSION);
  app.fallthrough();
  app.add_option("--library", common.library, "Folder of the library; default: $XDG_DATA_HOME/kalon/default")
      ->type_name("DIR");
  app.add_flag("--json", invocation.json, "Write JSON lines: one object for each row");
  app.add_flag("-q,--quiet", invocation.quiet, "No progress; failures are still listed");
  app.add_option("--threads", common.threads, "Threads to keep busy; default: all processors")
      ->transform(whole_number(1, 1024))
      ->type_name("N");
  app.add_option("--plugins", common.plugins, "One more folder of plugins, searched first")->type_name("DIR");
  app.add_flag("--verbose", common.verbose, "Log what the engine does to standard error");
}

constexpr const char *overview =
    "A folder goes in:            kalon index ~/Pictures\n"
    "its pictures come out,\n"
    "each beside its like:        kalon sort ~/Pictures --to ~/sorted\n"
    "what is there twice:         kalon duplicates ~/Pictures\n"
    "what does not belong:        kalon outliers ~/Pictures\n"
    "what belongs together:       kalon groups ~/Pictures\n"
    "which ones I like best:      kalon rank start ~/Pictures\n"
    "all of it on one page:       kalon report ~/Pictures --to page.html\n"
    "what looks like this one:    kalon similar cat.jpg -k 12\n"
    "take the last result back:   kalon undo\n\n"
    "PATH arguments narrow a command to folders or files; without any it is about the whole library.\n"
    "`kalon COMMAND --help` or `kalon help COMMAND` explains a command.\n"
    "Exit codes: 0 done, 1 failed, 2 usage, 3 done but some items failed.";

void apply(const Common &common, const CLI::App &app, Invocation &invocation) {
  json options = json::object();
  if (app.count("--library") > 0 && common.library.empty()) usage_error("--library takes a folder, not an empty name");
  if (app.count("--plugins") > 0 && common.plugins.empty()) usage_error("--plugins takes a folder, not an empty name");
  if (!common.library.empty()) invocation.library = uri(common.library);
  if (common.threads > 0) options["threads"] = common.threads;
  if (!common.plugins.empty()) {
    auto folder = uri(common.plugins);
    invocation.plugins = folder;
    std::error_code error;
    if (!std::filesystem::is_directory(path_of_uri(folder), error))
      usage_error("--plugins takes a folder: " + common.plugins + " is none");
    options["plugin_folders"] = json::array({folder});
  }
  if (common.verbose) options["log_level"] = "debug";
  invocation.engine_options = options.dump();
}

}  // namespace

Parsed parse(int argc, char **argv) {
  CLI::App app("Kalon learns what a person finds good in pictures.", "kalon");
  Invocation invocation;
  CommandSet commands(app, invocation);
  Common common;
  add_common(app, common, invocation);
  add_library_commands(commands);
  add_sort_command(commands);
  add_grid_command(commands);
  add_duplicate_commands(commands);
  add_send_commands(commands);
  add_group_commands(commands);
  add_outlier_commands(commands);
  add_rank_commands(commands);
  add_report_command(commands);
  add_import_commands(commands);
  add_export_commands(commands);
  add_decision_commands(commands);
  add_care_commands(commands);
  add_plugin_commands(commands);
  add_serve_command(commands);
  add_view_command(commands);
  // Last: commands would inherit it.
  app.footer(overview);
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  try {
    if (auto wrong = rewrite_help(app, arguments); !wrong.empty()) {
      std::fputs(wrong.c_str(), stderr);
      return {std::nullopt, 2};
    }
    std::reverse(arguments.begin(), arguments.end());  // as the parser wants them
    app.parse(std::move(arguments));
    apply(common, app, invocation);
  } catch (const CLI::Success &success) {
    app.exit(success);
    return {std::nullopt, std::cout.flush() ? 0 : 1};
  } catch (const CLI::ParseError &error) {
    std::fputs(usage_text(app, error).c_str(), stderr);
    return {std::nullopt, 2};
  } catch (const std::filesystem::filesystem_error &error) {  // the folder this was started in is gone
    std::fputs(("kalon: " + printable(error.what()) + '\n').c_str(), stderr);
    return {std::nullopt, 1};
  }
  return {std::move(invocation), 0};
}

}  // namespace kalon::cli
