// The command that arranges pictures in a grid.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

// Rows are the answer where no sheet was asked for; with one, people get the sheet.
void grid_row(const json &row, const Invocation &invocation) {
  if (json::parse(invocation.parameters).contains("to")) return;
  line(text(row, "column") + "," + text(row, "row") + "  " + text(row, "path"));
}

void grid_summary(const json &summary, const Invocation &, uint64_t) {
  line(plural(count(summary, "pictures"), "picture", "pictures") + " in " +
       plural(count(summary, "columns"), "column", "columns") + " and " +
       plural(count(summary, "rows"), "row", "rows"));
  if (auto missing = count(summary, "without_vector"); missing > 0)
    line(plural(missing, "picture has", "pictures have") + " no vector yet and " + (missing == 1 ? "was" : "were") +
         " left out; run `kalon index FOLDER`.");
  if (auto blank = count(summary, "without_thumbnail"); blank > 0)
    line(plural(blank, "picture has", "pictures have") + " no thumbnail on the sheet; run `kalon index FOLDER`.");
  if (summary.contains("path")) line("Sheet: " + text(summary, "path"));
}

}  // namespace

void add_grid_command(CommandSet &set) {
  struct Options {
    std::optional<int64_t> columns, cell, seed;
    bool overwrite = false;
  };
  auto options = std::make_shared<Options>();
  auto *sub = set.command("grid", "Arrange pictures in a grid, each beside its like, as one picture", Access::read,
                          "grid", [&set, options] {
                            auto parameters = set.narrowed();
                            set.put_model(parameters);
                            if (options->columns) parameters["columns"] = *options->columns;
                            if (options->seed) parameters["seed"] = *options->seed;
                            const auto *grid = set.app().get_subcommand("grid");
                            if (grid->count("--to") == 0) {
                              for (const char *other : {"--cell", "--overwrite"})
                                if (grid->count(other) > 0)
                                  usage_error(std::string(other) + " is about the sheet; --to names its file");
                              return parameters;
                            }
                            parameters["to"] = uri(set.to);
                            parameters["overwrite"] = options->overwrite;
                            if (options->cell) parameters["cell"] = *options->cell;
                            return parameters;
                          });
  sub->footer(
      "Pictures on the sheet are cut to squares. Without --to, the column and row of each are told, counted from 0, "
      "with\n"
      "its path. A PNG of more than 24 megapixels becomes a JPEG: FILE.jpg.");
  set.add_paths(sub, "Only pictures inside these folders");
  sub->add_option("--to", set.to, "The sheet to write: a PNG, or a JPEG by its name")->type_name("FILE.png");
  sub->add_flag("--overwrite", options->overwrite, "Replace the file if it exists");
  sub->add_option("--columns", options->columns, "Columns; default: as many as make a page of about 16:10")
      ->transform(whole_number(1, 100000))
      ->type_name("N");
  sub->add_option("--cell", options->cell,
                  "Side of a picture on the sheet, in pixels; default: up to 320, fewer the more pictures there are")
      ->transform(whole_number(1, 16384))
      ->type_name("PIXELS");
  sub->add_option("--seed", options->seed, "Seed of the arrangement; default 1")
      ->transform(whole_number(0, any_number))
      ->type_name("N");
  set.add_where(sub);
  set.add_model(sub);
}

void add_grid_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["grid"] = {grid_row, grid_summary};
}

}  // namespace kalon::cli
