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
  std::string by = "similarity", link = "hardlink", method = "search", start, sections = "auto", vectors;
  std::optional<double> seconds;
  std::optional<int64_t> seed;
  bool dry_run = false, no_sheet = false;
};

// What orders by similarity take, of pictures and of vectors; the start is added by each.
void put_order(const CLI::App &sub, const Options &options, json &parameters) {
  if (options.method == "mst")
    for (const char *other : {"--seconds", "--seed"})
      if (sub.count(other) > 0)
        usage_error(std::string(other) + " is about the search; --method mst takes no time and no chance");
  if (sub.count("--method") > 0) parameters["method"] = options.method;
  if (options.seconds) parameters["seconds"] = *options.seconds;
  if (options.seed) parameters["seed"] = *options.seed;
  if (sub.count("--sections") == 0) return;
  if (options.sections == "auto" || options.sections == "none")
    parameters["sections"] = options.sections;
  else
    parameters["section_count"] = std::stoll(options.sections);
}

// "auto", "none" or a whole number from 1.
std::string check_sections(const std::string &value) {
  if (value == "auto" || value == "none") return {};
  bool number = !value.empty() && value.size() <= 9 && value.find_first_not_of("0123456789") == std::string::npos;
  return number && std::stoll(value) > 0 ? std::string() : value + " is none of auto, none, and a number from 1";
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
    json parameters{{"vectors", uri(options.vectors)}};
    put_order(*sub, options, parameters);
    if (sub->count("--start") > 0) {
      bool number = !options.start.empty() && options.start.size() <= 9 &&
                    options.start.find_first_not_of("0123456789") == std::string::npos;
      if (!number) usage_error("with --vectors, --start is the number of a row, counted from 0");
      parameters["start"] = std::stoll(options.start);
    }
    return parameters;
  }
  if (sub->count("--to") == 0) throw CLI::RequiredError("--to (or --vectors)");
  if (options.by != "similarity")
    for (const char *other : {"--method", "--start", "--sections", "--seconds", "--seed"})
      if (sub->count(other) > 0)
        usage_error(std::string(other) + " is about orders by similarity and does not go with --by " + options.by);
  auto parameters = set.narrowed();
  parameters.update(json{{"by", options.by},
                         {"to", uri(set.to)},
                         {"link", options.link},
                         {"dry_run", options.dry_run},
                         {"no_sheet", options.no_sheet}});
  set.put_model(parameters);
  put_order(*sub, options, parameters);
  if (sub->count("--start") > 0) parameters["start"] = uri(options.start);
  return parameters;
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
  sub->add_option("--start", options->start, "The picture that the order begins with; with --vectors, a row")
      ->type_name("FILE|ROW");
  sub->add_option(
         "--method", options->method,
         "How the order is found; default: search, a short path. mst walks a spanning tree: longer, and sooner "
         "done with a hundred thousand pictures")
      ->check(one_of({"search", "mst"}))
      ->type_name("search|mst");
  sub->add_option("--sections", options->sections,
                  "Into how many sections the order is cut where it makes its largest steps, for the sheet; default: "
                  "auto, as many as suit it")
      ->check(check_sections)
      ->type_name("N|auto|none");
  sub->add_option("--seconds", options->seconds,
                  "Time to search for a better order; default: as many steps as suit the number of pictures, about 3 s "
                  "for 5,000, at most 30 s")
      ->check(seconds_up_to(86400))
      ->type_name("S");
  sub->add_option("--seed", options->seed, "Seed of that search; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be placed");
  sub->add_flag("--no-sheet", options->no_sheet, "No contact sheet");
  set.add_where(sub);
  set.add_model(sub);
  sub->add_option("--vectors", options->vectors,
                  "Order the rows of a NumPy file (N x D, float16 or float32) instead; needs no library and prints one "
                  "JSON object: order, length, mean_step, p99_step, max_step, section_begins")
      ->type_name("FILE.npy");
}

}  // namespace kalon::cli
