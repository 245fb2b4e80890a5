// The commands that take folders in and tell what the library knows.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

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

struct ExportOptions {
  std::string format = "jsonl", precision = "float32";
  bool overwrite = false;
};

json export_parameters(CommandSet &set, const ExportOptions &options, bool vectors) {
  auto parameters = set.narrowed();
  if (set.to == "-") {
    if (vectors) usage_error("vectors need a file: --to FILE.npy");
    if (options.format == "csv") usage_error("csv needs a file: --to FILE.csv");
    set.invocation().method = "list";  // the same rows
    set.invocation().json = true;
    return parameters;
  }
  parameters["to"] = uri(set.to);
  parameters["overwrite"] = options.overwrite;
  if (vectors)
    parameters["precision"] = options.precision;
  else
    parameters["format"] = options.format;
  set.put_model(parameters);
  return parameters;
}

void add_export(CommandSet &set) {
  auto options = std::make_shared<ExportOptions>();
  auto *above = set.app().add_subcommand("export", "Write the list or the vectors for other programs");
  above->require_subcommand(1);
  auto *list = set.command(*above, "list", "One row for each file, as JSON lines or CSV", Access::read, "export_list",
                           [&set, options] { return export_parameters(set, *options, false); });
  auto *vectors = set.command(
      *above, "vectors", "A NumPy file of one row for each picture, and a .jsonl beside it that names the rows",
      Access::read, "export_vectors", [&set, options] { return export_parameters(set, *options, true); });
  for (auto *kind : {list, vectors}) {
    set.add_paths(kind, "Only files inside these folders");
    kind->add_option("--to", set.to,
                     kind == list ? "The file to write; - writes JSON lines to standard output" : "The file to write")
        ->required()
        ->type_name("FILE");
    kind->add_flag("--overwrite", options->overwrite, "Replace the file if it exists");
    set.add_where(kind);
  }
  list->add_option("--format", options->format, "Default: jsonl")
      ->check(one_of({"jsonl", "csv"}))
      ->type_name("jsonl|csv");
  vectors->add_option("--precision", options->precision, "Default: float32")
      ->check(one_of({"float32", "float16"}))
      ->type_name("float32|float16");
  set.add_model(vectors);
}

void add_exclude(CommandSet &set) {
  struct Options {
    std::string reason;
    bool include = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("exclude", "Leave pictures out of orders and searches; the files stay", Access::write,
                          "exclude", [&set, options] {
                            json parameters{{"paths", uris(set.paths)}, {"include", options->include}};
                            if (!options->reason.empty()) parameters["reason"] = options->reason;
                            return parameters;
                          });
  sub->add_option("FILE", set.paths, "Files of the library")->required();
  sub->add_option("--reason", options->reason, "Why, kept with the decision")->type_name("TEXT");
  sub->add_flag("--include", options->include, "Take them in again");
}

void add_undo(CommandSet &set) {
  auto forget = std::make_shared<bool>(false);
  auto *sub = set.command("undo", "Take back the last folder made or decision taken", Access::write, "undo", [forget] {
    json parameters = json::object();
    if (*forget) parameters["forget"] = true;
    return parameters;
  });
  sub->add_flag("--forget", *forget, "Only take it off the list; no file is touched");
  sub->footer(
      "Only files that are still what was made are removed: a link to its source, an unchanged copy.\n"
      "Run it again to go further back.");
}

void add_plugins(CommandSet &set) {
  auto nothing = [] { return json::object(); };
  set.command("plugins", "List decoders and models, and why one was rejected", Access::none, "plugins", nothing);
  set.command("models", "List the models that can be used", Access::none, "models", nothing);
}

void add_doctor(CommandSet &set) {
  auto *sub = set.app().add_subcommand("doctor", "Check, compact or back up the library");
  sub->require_subcommand(0, 1);
  auto action = std::make_shared<std::string>("check");
  sub->add_subcommand("check", "Read every record and cross-reference (default)")->callback([action] {
    *action = "check";
  });
  sub->add_subcommand("compact", "Give unused space back; no other program may have the library open")
      ->callback([action] { *action = "compact"; });
  auto *backup = sub->add_subcommand("backup", "Copy the library, also while others read and write it");
  backup->add_option("DIR", set.to, "A new or empty folder")->required();
  backup->callback([action] { *action = "backup"; });
  sub->final_callback([&set, action] {
    json parameters{{"action", *action}};
    if (!set.to.empty()) parameters["to"] = uri(set.to);
    set.invocation().method = "doctor";
    set.invocation().access = *action == "compact" ? Access::write : Access::read;
    set.invocation().parameters = dumped(parameters);
  });
}

}  // namespace

void add_library_commands(CommandSet &commands) {
  add_index(commands);
  add_list(commands);
  add_info(commands);
  add_similar(commands);
  add_export(commands);
  add_exclude(commands);
  add_undo(commands);
  add_plugins(commands);
  add_doctor(commands);
}

}  // namespace kalon::cli
