// The command that puts pictures, or any vectors, in an order.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>

#include "command_set.h"
#include "usage.h"

namespace kalon::cli {
namespace {

struct Options {
  std::string by = "similarity", link = "hardlink", vectors;
  std::optional<double> seconds;
  int64_t seed = 1;
  bool dry_run = false, no_sheet = false;
};

json with_search(const Options &options, json parameters) {
  parameters["seed"] = options.seed;
  if (options.seconds) parameters["seconds"] = *options.seconds;
  return parameters;
}

json sort_parameters(CommandSet &set, const Options &options) {
  const auto *sub = set.app().get_subcommand("sort");
  if (sub->count("--vectors") > 0) {
    for (const char *other :
         {"PATH", "--to", "--where", "--by", "--link", "--model", "--crop", "--dry-run", "--no-sheet"})
      if (sub->count(other) > 0)
        usage_error("--vectors orders the rows of a file and makes no folder: " + std::string(other) +
                    " does not go with it");
    set.invocation().method = "order_vectors";
    set.invocation().access = Access::none;
    set.invocation().summary_only = true;
    return with_search(options, json{{"vectors", uri(options.vectors)}});
  }
  if (sub->count("--to") == 0) throw CLI::RequiredError("--to (or --vectors)");
  auto parameters = set.narrowed();
  parameters.update(json{{"by", options.by},
                         {"to", uri(set.to)},
                         {"link", options.link},
                         {"dry_run", options.dry_run},
                         {"no_sheet", options.no_sheet}});
  set.put_model(parameters);
  return with_search(options, std::move(parameters));
}

}  // namespace

void add_sort_command(CommandSet &set) {
  auto options = std::make_shared<Options>();
  auto *sub = set.command("sort", "Make a folder of numbered links in an order, with a contact sheet", Access::write,
                          "sort", [&set, options] { return sort_parameters(set, *options); });
  sub->footer(
      "Files are named {position}_{stem}{ext}. RAW and JPEG of one shot count as one picture, and so do exact\n"
      "copies. Nothing is ever overwritten; `kalon undo` takes the folder back.");
  set.add_paths(sub, "Only pictures inside these folders");
  sub->add_option("--to", set.to, "The folder to make; it must not hold anything yet")->type_name("DIR");
  sub->add_option("--by", options->by, "Order; default: similarity, so that neighbours look alike")
      ->check(one_of({"similarity", "name", "date", "size"}))
      ->type_name("similarity|name|date|size");
  sub->add_option("--link", options->link, "What to place; default: hardlink, or symlink where that is refused")
      ->check(one_of({"hardlink", "symlink", "copy"}))
      ->type_name("hardlink|symlink|copy");
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be placed");
  sub->add_flag("--no-sheet", options->no_sheet, "No contact sheet");
  sub->add_option("--seconds", options->seconds,
                  "Time to search for a better order; default: 2.7 for 5,000 pictures and more, less for fewer")
      ->check(seconds_up_to(86400))
      ->type_name("S");
  sub->add_option("--seed", options->seed, "Seed of that search; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
  set.add_where(sub);
  set.add_model(sub);
  sub->add_option("--vectors", options->vectors,
                  "Order the rows of a NumPy file (N x D, float16 or float32) instead; needs no library and prints one "
                  "JSON object: order, length, p99_step, max_step")
      ->type_name("FILE.npy");
}

}  // namespace kalon::cli
