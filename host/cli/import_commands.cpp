// The commands that bring in what other programs know of pictures, and list and drop it.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

constexpr int64_t failures_for_people = 20;

struct Options {
  std::string file, ids, id_column, base, model, weights, metric, direction;
  std::vector<std::string> columns, names, score_columns;
  int64_t failures = failures_for_people;
  bool dry_run = false, add = false, replace = false, attributes = false;
};
using Shared = std::shared_ptr<Options>;

constexpr const char *naming_help =
    "Pictures are named by id (as in `kalon list --json`), file:// URI or path, in a column called id, uri, path,\n"
    "image_path or filename, or in the one of --id-column. Relative paths begin in the folder of the list, or in the\n"
    "current one. Rows that are wrong or name no picture of the library are told, and all others imported. Importing\n"
    "the same file again changes nothing.";

void add_naming(CLI::App *sub, const Shared &options) {
  sub->add_option("--id-column", options->id_column, "Column that names the pictures")->type_name("NAME");
  sub->add_option("--base", options->base, "Folder that relative paths begin in")->type_name("DIR");
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be imported");
  sub->add_option("--failures", options->failures,
                  "List so many of the rows that failed; default: 20, with --json 1,000")
      ->transform(whole_number(0, 1'000'000'000))
      ->type_name("N");
}

// list: the file or folder whose own folder relative paths may begin in.
json shared_parameters(CommandSet &set, const CLI::App &sub, const Options &options, const std::string &list) {
  json parameters{{"path", uri(options.file)}, {"dry_run", options.dry_run}};
  if (options.dry_run) set.invocation().access = Access::read;
  if (!options.id_column.empty()) parameters["id_column"] = options.id_column;
  std::error_code error;
  auto place = std::filesystem::absolute(list);
  if (!std::filesystem::is_directory(place, error)) place = place.parent_path();
  auto bases =
      sub.count("--base") > 0 ? std::vector<std::string>{options.base} : std::vector<std::string>{place.native(), "."};
  parameters["base"] = uris(bases);
  if (sub.count("--failures") > 0 || set.app().count("--json") == 0) parameters["failures"] = options.failures;
  return parameters;
}

// "list" and "drop NAME" beside "import".
void add_kept(CommandSet &set, CLI::App &group, const char *method, const char *list_help, const char *drop_help,
              const char *name_help) {
  set.command(group, "list", list_help, Access::read, method, [] { return json::object(); });
  auto name = std::make_shared<std::string>();
  auto *drop = set.command(group, "drop", drop_help, Access::write, method, [name] {
    if (name->empty()) usage_error("NAME takes a name, not an empty one");
    return json{{"drop", *name}};
  });
  drop->add_option("NAME", *name, name_help)->required();
}

void add_vectors(CommandSet &set) {
  auto *group = set.app().add_subcommand("vectors", "Take in vectors that another program made");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto *sub = set.command(
      *group, "import", "Take in the rows of a NumPy file, one vector for each picture of a list", Access::write,
      "import_vectors", [&set, group, options] {
        const auto &import = *group->get_subcommand("import");
        auto parameters = shared_parameters(set, import, *options, options->ids.empty() ? options->file : options->ids);
        if (!options->ids.empty()) parameters["ids"] = uri(options->ids);
        if (import.count("--model") > 0) parameters["model"] = options->model;
        if (import.count("--weights") > 0) parameters["weights"] = options->weights;
        if (!options->metric.empty()) parameters["metric"] = options->metric;
        if (!options->columns.empty()) parameters["columns"] = options->columns;
        parameters.update(
            json{{"add", options->add}, {"replace", options->replace}, {"attributes", options->attributes}});
        return parameters;
      });
  sub->add_option("FILE", options->file,
                  "A .npy file (N x D, float16, float32 or float64), or a folder of clip-retrieval")
      ->required();
  sub->add_option("--ids", options->ids,
                  "Which picture each row is of: names one a line, or .csv, .jsonl, .parquet; default: the list of the "
                  "same name beside FILE")
      ->type_name("FILE");
  sub->add_option("--model", options->model, "What the vectors are called; default: as FILE")->type_name("NAME");
  sub->add_option("--weights", options->weights,
                  "What made them, the same for all that may be compared; default: a "
                  "hash of FILE")
      ->type_name("TEXT");
  sub->add_option("--metric", options->metric, "Default: cosine, for which they are made unit length")
      ->check(one_of({"cosine", "euclidean"}))
      ->type_name("cosine|euclidean");
  sub->add_flag("--add", options->add, "Put them beside the vectors of that name that are there already");
  sub->add_flag("--replace", options->replace, "Put them in the place of those");
  sub->add_flag("--attributes", options->attributes, "Take in the list's columns caption, NSFW and similarity, too");
  sub->add_option("--columns", options->columns, "Take in these columns of the list, too")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  add_naming(sub, options);
  sub->footer(
      std::string("kalon vectors import clip.npy --ids files.txt --model clip-vit-b32\n"
                  "kalon vectors import vectors.npy --model mine      (with the .jsonl of `kalon export vectors`)\n"
                  "kalon vectors import embeddings --attributes       (img_emb and metadata of clip-retrieval)\n"
                  "kalon sort ~/Pictures --to ~/sorted --model clip-vit-b32\n\n") +
      naming_help);
}

void add_scores(CommandSet &set) {
  auto *group = set.app().add_subcommand("scores", "Columns of numbers: take them in from tables, list or drop them");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto *sub = set.command(*group, "import", "Take in columns of numbers from a table", Access::write, "import_scores",
                          [&set, group, options] {
                            if (options->names.empty() && options->score_columns.empty())
                              throw CLI::RequiredError("--name (or --score-column)");
                            auto parameters =
                                shared_parameters(set, *group->get_subcommand("import"), *options, options->file);
                            if (!options->names.empty()) parameters["name"] = options->names;
                            if (!options->score_columns.empty()) parameters["score_column"] = options->score_columns;
                            if (!options->direction.empty()) parameters["direction"] = options->direction;
                            return parameters;
                          });
  sub->add_option("FILE", options->file, "A table: .csv, .tsv, .jsonl or .parquet")->required();
  sub->add_option("--name", options->names, "What the scores are called; default: as --score-column")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  sub->add_option("--score-column", options->score_columns,
                  "Columns of FILE that hold them; default: as --name, or score")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  sub->add_option("--direction", options->direction, "Whether higher (up) or lower (down) is better; default: not said")
      ->check(one_of({"up", "down", "none"}))
      ->type_name("up|down|none");
  add_naming(sub, options);
  sub->footer(std::string("kalon scores import scores.csv --name aesthetic --direction up\n"
                          "kalon scores import all.parquet --score-column sharpness,noise\n"
                          "kalon list --where 'aesthetic > 5'\n\n"
                          "An empty field, null or NaN is no score.\n") +
              naming_help);
  add_kept(set, *group, "scores",
           "List the columns of numbers that were imported, or kept by `groups --as` and `outliers --scores`",
           "Forget a column of scores; its name is free again, and pictures and their files stay as they are",
           "The column's name");
}

void add_attributes(CommandSet &set) {
  auto *group = set.app().add_subcommand("attributes", "Columns of text: take them in from tables, list or drop them");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto *sub = set.command(
      *group, "import", "Take in columns of a table", Access::write, "import_attributes", [&set, group, options] {
        auto parameters = shared_parameters(set, *group->get_subcommand("import"), *options, options->file);
        if (!options->columns.empty()) parameters["columns"] = options->columns;
        return parameters;
      });
  sub->add_option("FILE", options->file, "A table: .csv, .tsv, .jsonl or .parquet")->required();
  sub->add_option("--columns", options->columns, "Only these; default: all but those that every picture has by itself")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("A,B");
  add_naming(sub, options);
  sub->footer(std::string("kalon attributes import prompts.jsonl --columns prompt,seed\n"
                          "kalon list --where 'prompt ~ \"*sunset*\"'\n\n"
                          "Null and empty fields leave what is there as it is.\n") +
              naming_help);
  add_kept(
      set, *group, "attributes", "List the columns that were imported, and how many pictures have each",
      "Forget an imported column; what files say of themselves under this name shows again, and they stay as they are",
      "The column's name");
}

// ---- for people

void import_failure(const json &row, const Invocation &) {
  auto file = std::filesystem::path(row.value("file_path", std::string())).filename().native();
  auto place = row.contains("line") ? "line " + text(row, "line") : "row " + text(row, "row");
  auto name = text(row, "name");
  say("failed: " + printable(file) + ", " + place + ": " + (name.empty() ? "" : name + ": ") + text(row, "message") +
      '\n');
}

// "; 2 are not in the library; 1 failed", and how many failures were not listed.
std::string shortfall(const json &summary) {
  std::string out;
  auto unknown = count(summary, "not_found"), failed = count(summary, "failed");
  if (unknown > 0) out += "; " + grouped(unknown) + (unknown == 1 ? " is" : " are") + " not in the library";
  if (failed > 0) out += "; " + grouped(failed) + (unknown > 0 ? "" : failed == 1 ? " row" : " rows") + " failed";
  return out;
}

void say_unlisted(const json &summary, const Invocation &invocation) {
  auto all = count(summary, "not_found") + count(summary, "failed"), listed = count(summary, "listed");
  if (all > listed && !invocation.quiet)
    line(grouped(all - listed) + " more of them " + (all - listed == 1 ? "is" : "are") +
         " not listed above; --failures " + std::to_string(all) + " lists them all.");
}

std::string imported_word(const json &summary) {
  return summary.value("dry_run", false) ? " would be imported" : " imported";
}

std::string of_all(const json &summary) {
  auto some = count(summary, "imported"), all = count(summary, "rows");
  return some == all ? grouped(all) : grouped(some) + " of " + grouped(all);
}

void vectors_summary(const json &summary, const Invocation &invocation, uint64_t) {
  line(of_all(summary) + (count(summary, "rows") == 1 ? " vector" : " vectors") + " of " + text(summary, "dimension") +
       " values" + imported_word(summary) + " as " + text(summary, "model") + shortfall(summary));
  if (summary.contains("with_attributes") && !invocation.quiet)
    line(plural(count(summary, "with_attributes"), "picture", "pictures") + " with attributes");
  say_unlisted(summary, invocation);
}

void scores_summary(const json &summary, const Invocation &invocation, uint64_t) {
  std::string columns;
  for (const auto &column : summary.value("columns", json::array()))
    columns += (columns.empty() ? "" : ", ") + grouped(count(column, "scores")) + ' ' + text(column, "name");
  auto without = count(summary, "without_score");
  line(columns + imported_word(summary) + " from " + plural(count(summary, "rows"), "row", "rows") +
       (without > 0 ? "; " + grouped(without) + (without == 1 ? " has" : " have") + " no score" : std::string()) +
       shortfall(summary));
  say_unlisted(summary, invocation);
}

void attributes_summary(const json &summary, const Invocation &invocation, uint64_t) {
  std::string columns;
  for (const auto &column : summary.value("columns", json::array()))
    if (column.is_string()) columns += (columns.empty() ? "" : ", ") + printable(column.get<std::string>());
  line(of_all(summary) + (count(summary, "rows") == 1 ? " row" : " rows") + imported_word(summary) + " with " +
       (columns.empty() ? "no column" : columns) + shortfall(summary));
  if (!invocation.quiet)
    for (const auto &column : summary.value("skipped", json::array()))
      line("The column " + text(column, "name") + " was left out: " + text(column, "reason") + '.');
  say_unlisted(summary, invocation);
}

// A name in a column of its own, as wide as most are.
std::string name_column(const json &row) {
  auto name = text(row, "name");
  name.resize(std::max<size_t>(name.size(), 16), ' ');
  return name + "  ";
}

void score_column_row(const json &row, const Invocation &) {
  auto direction = text(row, "direction");
  auto better = direction == "up" ? ", higher is better" : direction == "down" ? ", lower is better" : "";
  auto model = text(row, "model");
  line(name_column(row) + plural(count(row, "scores"), "score", "scores") + better + ", " + text(row, "source") +
       (model.empty() ? "" : ", by " + model) + ", " + shorter_time(text(row, "time")));
}

void score_columns_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (summary.contains("dropped"))
    return line("Dropped the column " + text(summary, "dropped") + " of " +
                plural(count(summary, "scores"), "score", "scores") + ".");
  if (rows == 0 && !invocation.quiet)
    say("There is no column of scores yet: `kalon scores import`, `kalon groups --as` and `kalon outliers --scores` "
        "make "
        "them.\n");
}

void attribute_row(const json &row, const Invocation &) {
  line(name_column(row) + plural(count(row, "pictures"), "picture", "pictures"));
}

void kept_attributes_summary(const json &summary, const Invocation &invocation, uint64_t rows) {
  if (summary.contains("dropped"))
    return line("Dropped the column " + text(summary, "dropped") + " of " +
                plural(count(summary, "pictures"), "picture", "pictures") + ".");
  if (rows == 0 && !invocation.quiet) say("No attribute was imported yet: `kalon attributes import` takes them in.\n");
}

}  // namespace

void add_import_commands(CommandSet &set) {
  add_vectors(set);
  add_scores(set);
  add_attributes(set);
}

void add_import_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["import_vectors"] = {import_failure, vectors_summary};
  renderers["import_scores"] = {import_failure, scores_summary};
  renderers["import_attributes"] = {import_failure, attributes_summary};
  renderers["scores"] = {score_column_row, score_columns_summary};
  renderers["attributes"] = {attribute_row, kept_attributes_summary};
}

}  // namespace kalon::cli
