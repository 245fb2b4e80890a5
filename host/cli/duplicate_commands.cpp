// The command that finds pictures that are there more than once, and acts on them.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command_set.h"
#include "renderers.h"
#include "style.h"
#include "usage.h"

namespace kalon::cli {
namespace {

struct Options {
  std::string action = "list", relation, keep, keep_in, link = "hardlink";
  std::optional<double> level;
  std::optional<int64_t> hash, distance;
  std::vector<std::string> apart;
  bool dry_run = false, no_mirrored = false;
};

json apart_parameters(CommandSet &set, const CLI::App &sub, const Options &options) {
  for (const auto *option : sub.get_options())
    if (option->count() > 0 && option->get_name() != "--not")
      usage_error("--not only says that its files are no duplicates of one another: " + option->get_name() +
                  " does not go with it");
  set.invocation().method = "not_duplicates";
  set.invocation().access = Access::write;
  return json{{"paths", uris(options.apart)}};
}

json duplicate_parameters(CommandSet &set, const Options &options) {
  const auto *sub = set.app().get_subcommand("duplicates");
  if (!options.apart.empty()) return apart_parameters(set, *sub, options);
  auto parameters = set.narrowed();
  auto action = sub->count("--action") == 0 && sub->count("--to") > 0 ? "folder" : options.action;
  if (action == "folder" && set.to.empty()) usage_error("--action folder needs --to DIR, the folder to make");
  if (action != "folder" && !set.to.empty()) usage_error("--to DIR goes with --action folder only");
  if (action != "list" && !options.dry_run) set.invocation().access = Access::write;
  parameters["action"] = action;
  parameters["dry_run"] = options.dry_run;
  if (action == "folder") parameters["link"] = options.link;
  if (!set.to.empty()) parameters["to"] = uri(set.to);
  if (!options.relation.empty()) parameters["relation"] = options.relation;
  if (!options.keep.empty()) parameters["keep"] = options.keep;
  if (!options.keep_in.empty()) parameters["keep_folder"] = uri(options.keep_in);
  if (options.level) parameters["level"] = *options.level;
  if (options.no_mirrored) parameters["no_mirrored"] = true;
  if (options.hash) parameters["hash"] = *options.hash;
  if (options.distance) parameters["distance"] = *options.distance;
  set.put_model(parameters);
  return parameters;
}

CLI::Validator cosine_level() {
  auto check = [](std::string &text) -> std::string {
    char *end = nullptr;
    double value = std::strtod(text.c_str(), &end);
    bool whole = !text.empty() && *end == '\0' && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
    return whole && value >= 0 && value <= 1 ? std::string() : "takes a number from 0 to 1";
  };
  return CLI::Validator(check, "");
}

// ---- for people

std::string shown(double similarity) {
  char text[16];
  std::snprintf(text, sizeof text, "%.4f", similarity);
  return text;
}

std::string words_for(const std::string &relation) {
  if (relation == "same_bytes") return "same bytes";
  if (relation == "same_payload") return "same picture, other metadata";
  return "similar";
}

void file_line(const json &file) {
  auto size = text(file, "width") + "x" + text(file, "height");
  std::string marks;
  if (!file.value("keep", false)) {
    auto relation = text(file, "relation");
    auto judged_by = file.contains("mirrored_similarity") ? "mirrored_similarity" : "similarity";
    marks = relation == "similar" ? "similar " + shown(number(file, judged_by)) : words_for(relation);
    if (file.value("mirrored", false)) marks += ", mirrored";
    if (auto guard = text(file, "guarded"); !guard.empty()) marks += "; is left: " + guard;
    marks = "  (" + marks + ")";
  }
  std::printf("  %-4s  %11s  %-5s  %8s  %s%s\n", file.value("keep", false) ? "keep" : "", size.c_str(),
              text(file, "format").c_str(), file_size(count(file, "size")).c_str(), text(file, "path").c_str(),
              marks.c_str());
}

void group_lines(const json &group) {
  const auto &files = group.at("files");
  // Links to a file that is listed take no room, and are not worth a line each.
  auto another_name = [](const json &file) { return text(file, "relation") == "same_file"; };
  auto names = static_cast<uint64_t>(std::count_if(files.begin(), files.end(), another_name));
  auto head = "Group " + text(group, "group") + ": " + plural(files.size() - names, "file", "files");
  if (text(group, "relation") == "similar")
    head += ", least similarity " + shown(number(group, "similarity"));
  else
    head += ", " + words_for(text(group, "relation"));
  line(head + "; kept: " + text(group, "reason"));
  for (const auto &file : files)
    if (!another_name(file)) file_line(file);
  if (names > 0) line("        and " + plural(names, "more name", "more names") + " of these files (links)");
  line("");
}

// How many of the rows so far were left because they have a RAW file.
uint64_t &left_for_raw() {
  static uint64_t rows = 0;
  return rows;
}

void outcome_line(const json &row, const Invocation &invocation) {
  auto fate = text(row, "fate");
  if (fate == "failed") return failure_line(row);
  bool placing = text(row, "action") == "folder";
  if (fate == "planned" && placing) return line(text(row, "name") + "  " + text(row, "path"));
  if (fate == "planned") {
    auto along = sidecars_along(row);
    return line("would " + text(row, "action") + "  " + text(row, "path") + "  (duplicate of " +
                text(row, "duplicate_of_path") + (along.empty() ? "" : "; " + along) + ")");
  }
  if (fate == "left" && text(row, "message").find("RAW") != std::string::npos) ++left_for_raw();
  if (fate == "left" && text(row, "action") != "mark" && !invocation.quiet)
    line("left  " + text(row, "path") + ": " + text(row, "message"));
}

void duplicate_row(const json &row, const Invocation &invocation) {
  row.contains("fate") ? outcome_line(row, invocation) : group_lines(row);
}

std::string done_text(const json &summary) {
  auto action = text(summary, "action");
  auto done = count(summary, "done");
  if (action == "mark" && count(summary, "pictures") == 0) return "No picture was marked";
  if (action == "mark")
    return plural(count(summary, "pictures"), "picture", "pictures") +
           " marked as excluded; `kalon undo` takes it back";
  if (action == "folder")
    return plural(done, "file", "files") + " placed in " + text(summary, "folder_path") +
           "; `kalon undo` takes it back";
  if (action == "link" && done == 0) return "No file was replaced by a link";
  if (action == "link")
    return plural(done, "file", "files") + " replaced by hard links; `kalon undo` makes " +
           (done == 1 ? "it a file of its" : "them files of their") + " own again";
  return trashed_text(summary);
}

std::string planned_text(const json &summary) {
  auto action = text(summary, "action");
  if (action == "trash") return trash_planned_text(summary);
  auto planned = count(summary, "planned");
  std::string out = "Nothing was done (dry run)";
  if (planned > 0 && action == "link")
    out += "; " + plural(planned, "file", "files") + " would be replaced by hard links";
  return out;
}

void duplicates_summary(const json &summary, const Invocation &invocation, uint64_t) {
  auto groups = count(summary, "groups"), redundant = count(summary, "redundant");
  if (groups == 0) {
    line("No duplicates.");
  } else {
    auto out = plural(groups, "group", "groups") + " of " + plural(count(summary, "files"), "file", "files");
    line(out + "; " + plural(redundant, "file is", "files are") + " redundant and " +
         (redundant == 1 ? "takes " : "take ") + file_size(count(summary, "bytes")) + ".");
  }
  if (auto missing = count(summary, "missing"); missing > 0)
    line(plural(missing, "picture has", "pictures have") + " no vector or fingerprint yet and " +
         (missing == 1 ? "was" : "were") + " not compared by looks; run `kalon index FOLDER`.");
  if (text(summary, "action") == "list" || groups == 0) return;
  if (summary.value("dry_run", false)) return line(planned_text(summary) + ".");
  line(done_text(summary) + ".");
  if (auto left = count(summary, "left"); left > 0 && text(summary, "action") == "mark" && !invocation.quiet)
    line(plural(left, "file was", "files were") +
         " left: " + (left_for_raw() < left ? "copies are one picture with what is kept" : "") +
         (left_for_raw() > 0 && left_for_raw() < left ? ", and " : "") +
         (left_for_raw() > 0 ? "RAW files are not given up for less." : "."));
}

void told_apart(const json &summary, const Invocation &, uint64_t) {
  line(plural(count(summary, "told_apart"), "picture", "pictures") +
       " will not be shown as duplicates of one another again; `kalon undo` takes it back.");
}

}  // namespace

void add_duplicate_commands(CommandSet &set) {
  auto options = std::make_shared<Options>();
  auto *sub = set.command("duplicates", "Find pictures that are there more than once, and act on them", Access::read,
                          "duplicates", [&set, options] { return duplicate_parameters(set, *options); });
  sub->footer(
      "Copies of the same bytes, files that differ in metadata alone, and pictures that look alike, plain or "
      "mirrored,\n"
      "in groups; each names the one to keep and why. RAW and JPEG of one shot are one picture; a picture with a RAW "
      "is\n"
      "never given up for one without. Every action can be taken back with `kalon undo`.\n\n"
      "  kalon duplicates                                  what there is\n"
      "  kalon duplicates --level .9 ~/Pictures            also what is only very similar\n"
      "  kalon duplicates --to ~/look                      a folder of links to look through\n"
      "  kalon duplicates --action mark                    leave them out of orders and searches\n"
      "  kalon duplicates --action trash -n                what would be trashed (files of the same bytes)\n"
      "  kalon duplicates --action trash --relation similar --keep-in ~/Pictures\n"
      "  kalon duplicates --not a.jpg b.jpg                these are no duplicates: remembered");
  set.add_paths(sub, "Only files inside these folders");
  sub->add_option(
         "--level", options->level,
         "Least similarity to the one that is kept (cosine): .98 almost identical (default), .90, .85 very similar")
      ->check(cosine_level())
      ->type_name("L");
  sub->add_option("--relation", options->relation,
                  "The weakest relation that counts; default: similar, for trash and link: same_bytes")
      ->check(one_of({"same_bytes", "same_payload", "similar"}))
      ->type_name("same_bytes|same_payload|similar");
  sub->add_option("--keep", options->keep,
                  "What decides first about the one to keep; default: most pixels, then rated higher, dated, better "
                  "format, less compressed, clearly sharper, older, first by name")
      ->check(one_of({"pixels", "format", "sharpness", "oldest", "newest"}))
      ->type_name("pixels|format|sharpness|oldest|newest");
  sub->add_option("--keep-in", options->keep_in, "Above all, keep what lies in this folder")->type_name("DIR");
  sub->add_option("--action", options->action,
                  "list (default); mark: exclude the others; link: make hard links of copies; folder: links to look "
                  "through; trash: move the others to the trash")
      ->check(one_of({"list", "mark", "link", "folder", "trash"}))
      ->type_name("list|mark|link|folder|trash");
  sub->add_option("--to", set.to, "The folder to make, one folder in it for each group; it must not hold anything yet")
      ->type_name("DIR");
  sub->add_option("--link", options->link, "What to place there; default: hardlink, or symlink where that is refused")
      ->check(one_of({"hardlink", "symlink", "copy"}))
      ->type_name("hardlink|symlink|copy");
  sub->add_flag("-n,--dry-run", options->dry_run, "Only say what would be done");
  sub->add_option("--not", options->apart, "Remember that these files are no duplicates of one another")
      ->type_name("FILE")
      ->expected(2, -1);
  sub->add_option("--hash", options->hash,
                  "Side of the perceptual hash that finds candidates; default 24; 16 finds slightly cropped pictures "
                  "too")
      ->check(one_of({"8", "16", "24"}))
      ->type_name("8|16|24");
  sub->add_flag("--no-mirrored", options->no_mirrored,
                "Mirror images are different pictures: arrows, writing, left and right hands");
  sub->add_option("--distance", options->distance, "Bits of it that may differ; default 63 of 576, 64 of 256, 10 of 64")
      ->transform(whole_number(0, 576))
      ->type_name("N");
  set.add_where(sub);
  set.add_model(sub);
}

void add_duplicate_renderers(std::map<std::string, Renderer> &renderers) {
  renderers["duplicates"] = {duplicate_row, duplicates_summary};
  renderers["not_duplicates"] = {nullptr, told_apart};
}

}  // namespace kalon::cli
