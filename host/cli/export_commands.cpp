// The commands that write what the library knows for other programs.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {
namespace {

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

}  // namespace

void add_export_commands(CommandSet &set) {
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

}  // namespace kalon::cli
