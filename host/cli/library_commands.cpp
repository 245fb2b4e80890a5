// The commands that take folders in and tell what the library knows.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {
namespace {

void add_index(CommandSet &set) {
  struct Options {
    bool follow_links = false, retry_failed = false, skip_duplicates = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("index", "Take folders into the library, or bring it up to date with them", Access::create,
                          "index", [&set, options] {
                            json parameters{{"paths", uris(set.paths)},
                                            {"follow_links", options->follow_links},
                                            {"retry_failed", options->retry_failed},
                                            {"skip_duplicates", options->skip_duplicates}};
                            if (set.invocation().json) parameters["rows"] = "all";
                            set.put_model(parameters);
                            return parameters;
                          });
  sub->add_option("PATH", set.paths, "Folders (with everything below them) or files")->required();
  sub->add_flag("--follow-links", options->follow_links, "Descend into linked folders too");
  sub->add_flag("--retry-failed", options->retry_failed, "Decode again what failed before though it did not change");
  sub->add_flag("--skip-duplicates", options->skip_duplicates,
                "Leave out new pictures that look like known ones; they are marked as excluded, with the reason");
  set.add_model(sub);
  sub->footer(
      "Only what is new or changed is read. Files that are gone are marked, never forgotten. Hidden files and\n"
      "folders made by `kalon sort` are passed over. Ctrl-C keeps what is done; the next run goes on.");
}

void add_list(CommandSet &set) {
  struct Options {
    int64_t limit = 0;
    std::string after;
    bool count = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("list", "List the library's files", Access::read, "list", [&set, options] {
    auto parameters = set.narrowed();
    if (options->limit > 0) parameters["limit"] = options->limit;
    if (!options->after.empty()) parameters["after"] = uri(options->after);
    parameters["count"] = options->count;
    return parameters;
  });
  sub->footer("Rows come in order of their paths, one for each file.");
  set.add_paths(sub, "Only files inside these folders");
  set.add_where(sub);
  sub->add_option("--limit", options->limit, "At most so many rows")
      ->transform(whole_number(1, any_number))
      ->type_name("N");
  sub->add_option("--after", options->after, "Go on after this file, the last of the page before")->type_name("FILE");
  sub->add_flag("--count", options->count, "Only count");
}

void add_info(CommandSet &set) {
  auto *sub = set.command("info", "Show all that is known of files", Access::read, "info", [&set] {
    return json{{"paths", uris(set.paths)}};
  });
  sub->add_option("FILE", set.paths, "Files of the library")->required();
}

void add_similar(CommandSet &set) {
  struct Options {
    std::string file;
    int64_t k = 10;
  };
  auto options = std::make_shared<Options>();
  auto *sub =
      set.command("similar", "Find the pictures that look most like one", Access::read, "similar", [&set, options] {
        auto parameters = set.narrowed();
        parameters["path"] = uri(options->file);
        parameters["k"] = options->k;
        set.put_model(parameters);
        return parameters;
      });
  sub->footer("Exact copies of FILE are not listed; `kalon info FILE` names them.");
  sub->add_option("FILE", options->file, "A picture, in the library or not")->required();
  sub->add_option("-k", options->k, "How many; default 10")->transform(whole_number(1, 100000))->type_name("N");
  sub->add_option("--in", set.paths, "Only pictures inside these folders")->type_name("PATH");
  set.add_where(sub);
  set.add_model(sub);
}

}  // namespace

void add_library_commands(CommandSet &commands) {
  add_index(commands);
  add_list(commands);
  add_info(commands);
  add_similar(commands);
}

}  // namespace kalon::cli
