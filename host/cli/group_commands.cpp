// The command that puts pictures into groups.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

constexpr size_t most_files_shown = 8;  // of a group, to people

struct Options {
  std::string by = "similarity", algorithm = "kmeans", pick = "centre", link = "hardlink", as;
  double level = 0, gap = 0, max_length = 0;
  int64_t clusters = 0, size = 0, min_size = 0, min_samples = 0, samples = 0, seed = 1;
  bool use_mtime = false, no_sheet = false;
};

// An option, and when it means something.
struct Belongs {
  const char *option;
  bool given_way;
  const char *to;
};

json group_parameters(CommandSet &set, const Options &options) {
  const auto *sub = set.app().get_subcommand("groups");
  auto given = [&](const char *name) { return sub->count(name) > 0; };
  bool burst = options.by == "burst", cluster = options.by == "cluster";
  bool density = cluster && options.algorithm == "density", k_means = cluster && !density;
  for (const auto &[option, fits, to] :
       {Belongs{"--level", !cluster, "--by similarity and --by burst"}, Belongs{"--gap", burst, "--by burst"},
        Belongs{"--max-length", burst, "--by burst"}, Belongs{"--use-mtime", burst, "--by burst"},
        Belongs{"--algorithm", cluster, "--by cluster"}, Belongs{"--clusters", k_means, "--by cluster"},
        Belongs{"--size", k_means, "--by cluster"}, Belongs{"--seed", k_means, "--by cluster"},
        Belongs{"--min-samples", density, "--by cluster --algorithm density"},
        Belongs{"--min-size", !k_means, "--by similarity, --by burst and --by cluster --algorithm density"},
        Belongs{"--samples", given("--to"), "--to"}, Belongs{"--pick", given("--samples"), "--samples"},
        Belongs{"--link", given("--to"), "--to"}, Belongs{"--no-sheet", given("--to"), "--to"}})
    if (given(option) && !fits) usage_error(std::string(option) + " goes with " + to);
  if (given("--clusters") && given("--size")) usage_error("give --clusters or --size, not both");

  auto parameters = set.narrowed();
  parameters["by"] = options.by;
  if (cluster) parameters["algorithm"] = options.algorithm;
  if (given("--level")) parameters["level"] = options.level;
  if (given("--gap")) parameters["gap"] = options.gap;
  if (given("--max-length")) parameters["max_length"] = options.max_length;
  if (given("--use-mtime")) parameters["use_mtime"] = true;
  if (given("--clusters")) parameters["clusters"] = options.clusters;
  if (given("--size")) parameters["size"] = options.size;
  if (given("--min-size")) parameters["min_size"] = options.min_size;
  if (given("--min-samples")) parameters["min_samples"] = options.min_samples;
  if (given("--seed")) parameters["seed"] = options.seed;
  if (given("--as")) parameters["as"] = options.as;
  if (given("--to")) {
    parameters.update(json{{"to", uri(set.to)}, {"link", options.link}, {"no_sheet", options.no_sheet}});
    if (given("--samples")) parameters.update(json{{"samples", options.samples}, {"pick", options.pick}});
  }
  if (given("--to") || given("--as")) set.invocation().access = Access::write;
  set.put_model(parameters);
  return parameters;
}

CLI::Validator level_from_0_to_1() {
  auto check = [](std::string &text) -> std::string {
    double value = -1;
    const auto *end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end && value >= 0 && value <= 1 ? "" : "takes a number from 0 to 1";
  };
  return CLI::Validator(check, "");
}

std::string fixed(double value, const char *format = "%.3f") {
  char digits[40];
  std::snprintf(digits, sizeof digits, format, value);
  return digits;
}

// What stands behind the last slash; both are printable already.
std::string name_of(const std::string &path) {
  return path.substr(path.rfind('/') + 1);
}

void group_row(const json &row, const Invocation &) {
  if (row.contains("status")) return failure_line(row);
  const auto &files = row.at("files");
  auto head = "group " + text(row, "group") + ": " + plural(count(row, "size"), "picture", "pictures");
  if (row.contains("start")) head += ", " + shorter_time(text(row, "start")) + ", " + duration(number(row, "seconds"));
  if (files.size() > 1) head += ", the two least alike " + fixed(number(row, "min_similarity"));
  if (row.contains("best_path") && text(row, "best_by") == "sharpness")
    head += "; sharpest: " + name_of(text(row, "best_path"));
  line(head);
  size_t shown = files.size() > most_files_shown ? most_files_shown - 1 : files.size();
  for (size_t i = 0; i < shown; ++i) {
    std::string mark = files[i].value("uri", "") == row.value("best", row.value("medoid", "")) ? "*" : " ";
    line("  " + mark + " " + fixed(number(files[i], "similarity")) + "  " + text(files[i], "path"));
  }
  if (shown < files.size()) line("    ... and " + grouped(files.size() - shown) + " more");
}

void groups_summary(const json &summary, const Invocation &invocation, uint64_t) {
  auto groups = count(summary, "groups");
  auto out = groups == 0 ? std::string("No group was found")
                         : plural(groups, "group", "groups") + " of " +
                               plural(count(summary, "grouped"), "picture", "pictures");
  if (auto alone = count(summary, "alone"); alone > 0) out += "; " + grouped(alone) + " in none";
  if (auto timeless = count(summary, "without_time"); timeless > 0)
    out += "; " + grouped(timeless) + " without a capture time";
  line(out + " (" + text(summary, "model") + ").");
  if (auto missing = count(summary, "without_vector"); missing > 0 && !invocation.quiet)
    line(plural(missing, "picture has", "pictures have") + " no vector yet and " + (missing == 1 ? "was" : "were") +
         " left out; run `kalon index FOLDER`.");
  if (summary.contains("column"))
    line("Stored as " + text(summary, "column") + ": `kalon list --where '" + text(summary, "column") + " = 1'`.");
  if (!summary.contains("folder_path")) {
    if (json::parse(invocation.parameters).contains("to")) line("No folder was made.");
    return;
  }
  line(plural(count(summary, "placed"), "picture", "pictures") + " placed in " + text(summary, "folder_path"));
  if (auto blank = count(summary, "without_thumbnail"); blank > 0)
    line(plural(blank, "picture has", "pictures have") + " no thumbnail on the sheet; run `kalon index FOLDER`.");
  if (summary.contains("sheet_path")) line("Contact sheet: " + text(summary, "sheet_path"));
  if (auto shown = count(summary, "sampled"); shown > 0)
    line("The sheet shows " + grouped(shown) + " of " + grouped(count(summary, "placed")) + ", evenly sampled.");
}

}  // namespace

void add_group_commands(CommandSet &set) {
  auto options = std::make_shared<Options>();
  auto *sub = set.command("groups", "Find the pictures that belong together", Access::read, "groups",
                          [&set, options] { return group_parameters(set, *options); });
  sub->footer(
      "similarity: every two pictures of a group are at least --level alike; most pictures may be in none.\n"
      "burst: shots of one camera, each at most --gap after the one before, and like one of the last eight.\n"
      "cluster: kmeans puts every picture into one of --clusters groups around their means; density finds the\n"
      "regions that are denser than their surroundings, and leaves the rest out.\n"
      "Figures are cosines with the picture in the group's middle; * marks that picture, or a burst's sharpest.");
  set.add_paths(sub, "Only pictures inside these folders");
  sub->add_option("--by", options->by, "What makes a group; default: similarity")
      ->check(one_of({"similarity", "burst", "cluster"}))
      ->type_name("similarity|burst|cluster");
  sub->add_option("--level", options->level, "How alike, 0 to 1; default .9, for bursts .8 (0: the time alone counts)")
      ->check(level_from_0_to_1())
      ->type_name("LEVEL");
  constexpr double year = 86400 * 366.0;
  sub->add_option("--gap", options->gap, "Longest time between two shots of a burst; default 2")
      ->check(seconds_up_to(year))
      ->type_name("SECONDS");
  sub->add_option("--max-length", options->max_length, "Longest time from the first shot of a burst to the last")
      ->check(seconds_up_to(year))
      ->type_name("SECONDS");
  sub->add_flag("--use-mtime", options->use_mtime, "Take the file's time where there is no capture time");
  sub->add_option("--algorithm", options->algorithm, "Of clusters; default: kmeans")
      ->check(one_of({"kmeans", "density"}))
      ->type_name("kmeans|density");
  sub->add_option("--clusters", options->clusters, "How many clusters; default: the root of half the pictures")
      ->transform(whole_number(1, any_number))
      ->type_name("K");
  sub->add_option("--size", options->size, "As many clusters as give this size on average")
      ->transform(whole_number(1, any_number))
      ->type_name("N");
  sub->add_option("--min-size", options->min_size, "Smallest group; default 2, of density 5")
      ->transform(whole_number(2, any_number))
      ->type_name("N");
  sub->add_option("--min-samples", options->min_samples,
                  "Neighbours, itself included, that make a place dense, 1 to 200; default: as --min-size")
      ->transform(whole_number(1, 200))
      ->type_name("N");
  sub->add_option("--seed", options->seed, "Seed of kmeans; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
  sub->add_option("--to", set.to, "Make a folder with a folder of numbered links for each group, and a contact sheet")
      ->type_name("DIR");
  sub->add_option("--samples", options->samples, "Only so many links for each group; default: all")
      ->transform(whole_number(1, any_number))
      ->type_name("N");
  sub->add_option("--pick", options->pick,
                  "Which samples: centre (default: nearest the middle; of bursts the sharpest) or spread (those that "
                  "differ most)")
      ->check(one_of({"centre", "spread"}))
      ->type_name("centre|spread");
  sub->add_option("--link", options->link, "What to place; default: hardlink, or symlink where that is refused")
      ->check(one_of({"hardlink", "symlink", "copy"}))
      ->type_name("hardlink|symlink|copy");
  sub->add_flag("--no-sheet", options->no_sheet, "No contact sheet");
  sub->add_option("--as", options->as, "Keep each picture's group number as a column, for --where 'NAME = 3'")
      ->type_name("NAME");
  set.add_where(sub);
  set.add_model(sub);
}

void add_group_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["groups"] = {group_row, groups_summary};
}

}  // namespace kalon::cli
